package columns

import (
	"strings"
	"testing"
)

// TestHostile reads what nobody should have written.
func TestHostile(t *testing.T) {
	wide := strings.Repeat("a,", 20_000) + "a\n" + strings.Repeat("1,", 20_000) + "1\n"
	table := read(t, wide, nil)
	if len(table.Columns) != 20_001 || table.Columns[20_000].Name != "a (20001)" || len(table.Notes) != 20_000 {
		t.Errorf("%d columns, the last is %q", len(table.Columns), table.Columns[len(table.Columns)-1].Name)
	}
	long := strings.Repeat("x", 1<<20)
	table = read(t, long+",b\n"+long+",\x00\xff\n"+long+"1,\u2028\n", nil)
	if a, b := table.Columns[0], table.Columns[1]; a.Name != long || a.Max != 1<<20+1 || b.Missing != 1 || b.Max != 2 {
		t.Errorf("long: %v, %+v", a.Max, b)
	}
	table = read(t, lines("v", strings.Repeat("9", 400), "1"+strings.Repeat("0", 300), "0."+strings.Repeat("0", 400)+"1", "1", "e5", ".", "-", "+.e1", "1e", "--1"), nil)
	if c := table.Columns[0]; c.Kind != Text || c.Count != 10 {
		t.Errorf("nearly numbers: %+v", c)
	}
	table = read(t, lines("v", "1"+strings.Repeat("0", 300), "0."+strings.Repeat("0", 400)+"1", "123456789012345678", "0.1234567890123456789"), nil)
	if c := table.Columns[0]; !same(c.X, []float64{1e300, 0, 123456789012345678, 0.1234567890123456789}) {
		t.Errorf("long numbers: %+v", c)
	}
}
