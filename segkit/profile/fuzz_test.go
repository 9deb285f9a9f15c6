package profile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/marketing/segkit/profile"
)

// Whatever is read gives a page without a broken figure, and JSON that reads back.
func FuzzRead(f *testing.F) {
	f.Add([]byte(mixture), false)
	f.Add([]byte("a;b\n1;2\n,\n"), true)
	f.Add([]byte("a,b\n1e308,-1e308\n-1e308,1e308\n0,\n"), false)
	f.Add([]byte("x\n"+strings.Repeat("1\n2\n", 60)), true)
	f.Fuzz(func(t *testing.T, csv []byte, private bool) {
		r, err := profile.Read(context.Background(), bytes.NewReader(csv), &profile.Options{Private: private})
		if err != nil {
			return
		}
		if err := r.WriteHTML(io.Discard); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := r.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		var back profile.Report
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Columns {
			for _, h := range c.Histograms {
				if !slices.IsSorted(h.Edges) || len(h.Edges) != len(h.Counts)+1 {
					t.Fatalf("%s: %+v", c.Name, h)
				}
				rows := h.Below + h.Above + h.Zeros
				for _, n := range h.Counts {
					rows += n
				}
				if !private && rows != c.Numbers {
					t.Fatalf("%s, %s: %d of %d", c.Name, h.Name, rows, c.Numbers)
				}
			}
		}
	})
}

// The names in the JSON are documented, and stay.
func TestJSONNames(t *testing.T) {
	var names []string
	var walk func(t reflect.Type)
	seen := map[reflect.Type]bool{}
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(t.Elem())
		case reflect.Struct:
			if seen[t] {
				return
			}
			seen[t] = true
			for i := range t.NumField() {
				if tag := t.Field(i).Tag.Get("json"); tag != "" {
					names = append(names, tag)
				} else if !t.Field(i).Anonymous {
					names = append(names, "no tag: "+t.Field(i).Name)
				}
				walk(t.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[profile.Report]())
	slices.Sort(names)
	got := strings.Join(slices.Compact(names), " ")
	const want = "a above alerts associations b below both box by bytes cells chance classes columns complete_rows correlation_ratio count counts cv " +
		"depends df difference discrete distinct distinct_error duplicate_rows duplicate_with_ids edges frequent frequent_of_first groups hexagons high histograms " +
		"id_name in_memory iqr kept kind kinds kurtosis largest layout left levels little low mad max mean measure median min missing missing_cells name names " +
		"negative notes number numbers numeric only_a only_b order outside overall p pairs pattern_count patterns pearson phi present private q05 q25 " +
		"q75 q95 range rank_error rows skewness smallest source spearman statistic std sum synthetic target target_missing text texts theils_u title " +
		"together value variance version whole words x y zeros"
	if got != want {
		t.Errorf("the names are\n%s, want\n%s", got, want)
	}
}
