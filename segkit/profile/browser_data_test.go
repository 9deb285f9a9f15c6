package profile_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/profile"
)

// hostile are names of columns and values of categories that break pages which do not escape them.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</script><script>alert(1)</script>`, `{{.}}`, `javascript:alert(1)`,
	`"quotes" and 'apostrophes' & <b>`, strings.Repeat("very long name ", 20), strings.Repeat("unbroken", 38), "\u202bשלום עולם عربي", `__proto__`, "two\nlines",
}

// synthetic makes CSV of 2000 synthetic customers with columns of every kind, among them the categories class and month for a
// target and groups, and columns with hostile names.
var synthetic = sync.OnceValues(func() ([]byte, error) {
	var b bytes.Buffer
	if err := dataset.Synthesize(2000, 1).WriteCSV(&b); err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(1, 2))
	add := func(name string, value func(row int) string) {
		rows[0] = append(rows[0], name)
		for i := range rows[1:] {
			rows[i+1] = append(rows[i+1], value(i))
		}
	}
	one := func(of ...string) string { return of[random.IntN(len(of))] }
	add("class", func(int) string { return one("gold", "silver", `<i>"bronze"</i>`) })
	add("month", func(row int) string { return []string{"June & July", "<b>May</b>", "April", hostile[6]}[row*row%7%4] })
	add("active", func(int) string { return one("yes", "yes", "no", "") })
	add("joined", func(row int) string { return time.Unix(int64(row)*86400*3, 0).UTC().Format(time.DateOnly) })
	add("remark", func(row int) string { return fmt.Sprintf("%s, remark %d", one(hostile...), row) })
	add("amount or reason", func(row int) string { return one("12.5", fmt.Sprint(row), fmt.Sprint(row%50), "unknown", "n/k") })
	add("nothing", func(int) string { return "" })
	add("constant", func(int) string { return "7" })
	for i, name := range hostile {
		add(name, func(row int) string {
			switch i % 3 {
			case 0:
				return one(hostile...)
			case 1:
				return fmt.Sprintf("%.3f", random.NormFloat64()+float64(row)/1000)
			}
			return one("1", "2", "3", "", "50000")
		})
	}
	var out bytes.Buffer
	err = csv.NewWriter(&out).WriteAll(rows)
	return out.Bytes(), err
})

func syntheticReport(t testing.TB, o profile.Options) *profile.Report {
	t.Helper()
	data, err := synthetic()
	if err != nil {
		t.Fatal(err)
	}
	o.Source, o.Synthetic = "made up", true
	r, err := profile.Read(context.Background(), bytes.NewReader(data), &o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// reports are one with groups, one with the classes of a target, one with a numeric target and a private one.
var reports = map[string]profile.Options{
	"groups": {Title: hostile[0], By: "month"}, "target": {Title: hostile[1], Target: "class"},
	"number": {Target: "BALANCE"}, "private": {Private: true, By: "active"},
}
