package profile_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.com/marketing/segkit/profile"
)

// written is a list of values as text: 5×3 is a 5 that occurs three times.
func written(list []profile.Value) string {
	var parts []string
	for _, v := range list {
		text := v.Text
		if !math.IsNaN(float64(v.Number)) {
			text += fmt.Sprint(v.Number)
		}
		text += fmt.Sprintf("×%d", v.Count)
		if v.Groups != nil {
			text += fmt.Sprint(v.Groups)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// Equally frequent values stand in ascending order, and the 15 that are listed are the smallest of these. Zeros are values.
func TestListsOfValues(t *testing.T) {
	c := one(t, 9, 0, 3, 3, 9, 5, 0, -2, 7)
	for about, got := range map[string][2]string{
		"frequent": {written(c.Frequent), "0×2 3×2 9×2 -2×1 5×1 7×1"}, "smallest": {written(c.Smallest), "-2×1 0×2 3×2 5×1 7×1 9×2"}, "largest": {written(c.Largest), "9×2 7×1 5×1 3×2 0×2 -2×1"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, want %s", about, got[0], got[1])
		}
	}
	var many []float64 // 40 down to 0, and 40, 20 and 0 again
	for i := range 41 {
		many = append(many, float64(40-i))
	}
	c = one(t, append(many, 40, 20, 0)...)
	for about, got := range map[string][2]string{
		"frequent": {written(c.Frequent), "0×2 20×2 40×2 1×1 2×1 3×1 4×1 5×1 6×1 7×1 8×1 9×1 10×1 11×1 12×1"},
		"smallest": {written(c.Smallest), "0×2 1×1 2×1 3×1 4×1 5×1 6×1 7×1 8×1 9×1 10×1 11×1 12×1 13×1 14×1"},
		"largest":  {written(c.Largest), "40×2 39×1 38×1 37×1 36×1 35×1 34×1 33×1 32×1 31×1 30×1 29×1 28×1 27×1 26×1"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, want %s", about, got[0], got[1])
		}
	}
}

// Levels and values count in each group, rows in none and holes in no group; texts of a mixed column stand among its numbers.
func TestValuesOfGroups(t *testing.T) {
	const csv = "g,few,level,yes,odd,day\nq,1,a,y,5,2026-01-02\nq,1,b,n,n/k,2026-01-01\nq,2,a,y,n/k,2026-01-02\np,2,a,n,5,2026-01-02\np,2,b,n,7,\n,1,b,n,n/k,2026-01-01\np,,,,8,\n"
	r := read(t, csv, &profile.Options{By: "g"})
	for name, want := range map[string]string{"few": "1×3[0 2] 2×3[2 1]", "level": "a×3[1 2] b×3[1 1]", "yes": "n×4[2 1] y×2[0 2]"} {
		if got := written(column(t, r, name).Levels); got != want {
			t.Errorf("levels of %s: %s, want %s", name, got, want)
		}
	}
	for name, want := range map[string]string{"odd": "n/k×3 5×2[1 1] 7×1[1 0] 8×1[1 0]", "few": "1×3[0 2] 2×3[2 1]"} {
		if got := written(column(t, r, name).Frequent); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := written(column(t, r, "odd").Smallest); got != "5×2[1 1] 7×1[1 0] 8×1[1 0]" {
		t.Errorf("smallest: %s", got)
	}
	if day := column(t, r, "day"); written(day.Smallest) == "" || day.Smallest[0].Count != 2 || fmt.Sprint(day.Smallest[0].Groups, day.Largest[0].Groups) != "[0 1] [1 2]" {
		t.Errorf("days: %+v", day.Smallest)
	}
}

// Files are groups by their names without folder and extension, which are told apart where two are the same.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for i := range 13 {
		folder := filepath.Join(dir, string(rune('a'+i)))
		if err := os.Mkdir(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		name := "x.csv"
		if i > 1 {
			name = fmt.Sprintf("y%d.csv", i)
		}
		paths = append(paths, filepath.Join(folder, name))
		if err := os.WriteFile(paths[i], fmt.Appendf(nil, "v,w%d\n%d,1\n%d,2\n", i%2, i, i), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r, err := profile.ReadFile(t.Context(), nil, paths[:3]...)
	if err != nil {
		t.Fatal(err)
	}
	// w0 is in the first and third file.
	got := fmt.Sprintf("%v %v %s %v %v", r.Groups.Names, r.Groups.Rows, r.Source, difference(t, r, "w0").Missing, difference(t, r, "w1").Missing)
	if got != "[x x (2) y2] [2 2 2] x.csv, x.csv, y2.csv [0 1 0] [1 0 1]" {
		t.Error(got)
	}
	if r, err = profile.ReadFile(t.Context(), nil, paths[:12]...); err != nil || len(r.Groups.Names) != 12 {
		t.Errorf("12 files: %v", err)
	}
	if r, err = profile.ReadFile(t.Context(), nil, paths[0]); err != nil || r.Groups != nil {
		t.Errorf("one file: %v", err)
	}
	refused := func(want string, err error) {
		t.Helper()
		if err == nil || !strings.HasPrefix(err.Error(), "profile: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	_, err = profile.ReadFile(t.Context(), nil, paths...)
	refused("13 files, 12 are the most", err)
	_, err = profile.ReadFile(t.Context(), &profile.Options{By: "v"}, paths[:2]...)
	refused(`2 files are groups already, By names column "v"`, err)
	_, err = profile.New(tableOf([]string{"v"}, []float64{1, 2}), &profile.Options{By: "v", Groups: &profile.Groups{Names: []string{"a"}, Labels: []int{0, 0}}})
	refused("both Groups and By are given", err)
}

// What a file's groups are called must tell them apart even where a name looks like the second of another.
func TestFilesOfLikeNames(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"x (3).csv", "x.csv", "x.txt"} {
		paths = append(paths, filepath.Join(dir, name))
		if err := os.WriteFile(paths[len(paths)-1], []byte("v\n1\n2\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r, err := profile.ReadFile(t.Context(), nil, paths...)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Groups.Names; n[0] == n[2] || n[1] == n[2] {
		t.Errorf("names %q", n)
	}
}

// JSON reads back into the same report: null as NaN, no infinity, every other figure as it was.
func TestJSONReadsBack(t *testing.T) {
	for _, o := range []*profile.Options{nil, {By: "grade", Target: "amount"}, {Private: true, Target: "member"}} {
		r := read(t, mixture, o)
		var back profile.Report
		text := asJSON(t, r)
		if err := json.Unmarshal([]byte(text), &back); err != nil {
			t.Fatal(err)
		}
		if !math.IsNaN(float64(back.Column("grade").Mean)) || !math.IsNaN(float64(back.Associations.Pearson[index(t, r, "grade")][0])) {
			t.Errorf("%+v", back.Column("grade"))
		}
		if again := asJSON(t, &back); again != text || !reflect.DeepEqual(back.Kinds, r.Kinds) {
			t.Errorf("%s\n%s", again, text)
		}
	}
	for text, want := range map[string]float64{"null": nan, "1.5": 1.5, "-0.25": -0.25} {
		n := profile.Number(7)
		if err := json.Unmarshal([]byte(text), &n); err != nil || !near(n, want) {
			t.Errorf("%s reads as %v: %v", text, n, err)
		}
	}
	for n, want := range map[profile.Number]string{profile.Number(nan): "null", profile.Number(math.Inf(-1)): "null", 0.1: "0.1"} {
		if got, err := json.Marshal(n); err != nil || string(got) != want {
			t.Errorf("%v is written %s: %v", n, got, err)
		}
	}
}

// Rows 2 and 4 are row 1 again, row 4 with its id; row 3 is row 1 but for a hole, and row 6 is row 3.
func TestDuplicatesWithIDs(t *testing.T) {
	const csv = "id,x,t\n1,5,a\n2,5,a\n3,,a\n1,5.0,a\n5,6,b\n6,NA,a\n"
	for o, want := range map[*profile.Options]string{{ID: "id"}: "3 1", {}: "1 1"} {
		r := read(t, csv, o)
		if got := fmt.Sprint(r.DuplicateRows, r.DuplicateWithIDs); got != want {
			t.Errorf("id %q: %s, want %s", o.ID, got, want)
		}
	}
}
