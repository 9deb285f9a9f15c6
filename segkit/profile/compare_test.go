package profile_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"example.com/marketing/segkit/profile"
)

func difference(t *testing.T, r *profile.Report, name string) profile.Difference {
	t.Helper()
	for _, d := range r.Groups.Columns {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("%s is not compared", name)
	panic("unreachable")
}

// What the group says about a category is another figure than the reverse: groups p and q share colour r, group s has b and g
// half and half. The group leaves ln 2 of the colour's entropy in a third of the rows; the whole is that of 4 to 1 to 1. Of the rows of s a third lacks x; the other groups lack none, and y lacks all of q.
func TestGroupsOfCategories(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("group,colour,yes,x,y\n")
	for i := range 12 {
		fmt.Fprintf(&csv, "q,r,%d,1,\np,r,1,%d,%d\n", i%2, i, i)
		x := fmt.Sprint(i)
		if i%3 == 0 {
			x = ""
		}
		fmt.Fprintf(&csv, "s,%s,0,%s,%d\n", []string{"b", "g"}[i%2], x, i)
	}
	r := read(t, csv.String(), &profile.Options{By: "group"})
	if got := fmt.Sprint(r.Groups.Names, r.Groups.Rows, " ", r.Groups.By); got != "[p q s] [12 12 12] group" {
		t.Errorf("groups %s", got)
	}
	entropy := -2./3*math.Log(2./3) - 2*math.Log(1./6)/6
	d := difference(t, r, "colour")
	if d.Measure != profile.TheilsU || !near(d.Value, 1-math.Ln2/3/entropy) {
		t.Errorf("colour: %+v", d)
	}
	if d := difference(t, r, "yes"); d.Measure != profile.TheilsU || !near(d.Value, 1-1./3) { // ln 2 is left in q alone
		t.Errorf("yes: %+v", d)
	}
	for name, want := range map[string]string{"x": "[0 0 0.3333333333333333]", "y": "[0 1 0]", "colour": "[0 0 0]"} {
		if got := fmt.Sprint(difference(t, r, name).Missing); got != want {
			t.Errorf("%s: missing %s, want %s", name, got, want)
		}
	}
	for _, l := range column(t, r, "colour").Levels {
		if want := map[string]string{"r": "24 [12 12 0]", "b": "6 [0 0 6]", "g": "6 [0 0 6]"}[l.Text]; fmt.Sprint(l.Count, " ", l.Groups) != want {
			t.Errorf("%s: %+v", l.Text, l)
		}
	}
	for _, c := range r.Groups.Columns {
		if c.Name == "group" {
			t.Error("the groups are compared by the column that makes them")
		}
	}
}

// Groups stand in the order that a reader expects, not in that of the file or of their sizes.
func TestOrderOfGroups(t *testing.T) {
	for values, want := range map[string]string{
		"Pear apple Pear apple Pear Apple": "Apple Pear apple [1 3 2]", "10 2 10 -5 1000 2 10": "-5 2 10 1000 [1 2 3 1]", "yes no yes": "no yes [1 2]",
		"2026-03-01 2026-02-10 2026-03-01": "2026-02-10 2026-03-01 [1 2]", "2.5 1.5 0.5 2.5": "0.5 1.5 2.5 [1 1 2]",
		"12 11 10 9 8 7 6 5 4 3 2 1": "1 2 3 4 5 6 7 8 9 10 11 12 [1 1 1 1 1 1 1 1 1 1 1 1]",
	} {
		g := read(t, "v\n"+strings.ReplaceAll(values, " ", "\n")+"\n", &profile.Options{By: "v"}).Groups
		if got := strings.Join(g.Names, " ") + fmt.Sprint(" ", g.Rows); got != want {
			t.Errorf("%s: %s, want %s", values, got, want)
		}
	}
	for _, csv := range []string{"v\n" + "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n", "v,x\n,1\n,2\n"} {
		if _, err := profile.Read(t.Context(), strings.NewReader(csv), &profile.Options{By: "v"}); err == nil || !strings.Contains(err.Error(), "groups are from 1 to 12 values") {
			t.Errorf("%q: %v", csv, err)
		}
	}
}

// In a private report a group of fewer than 10 rows is none; and where all rows in no group are fewer than 10, the smallest
// that is left goes, too. Of the groups that stay, the means are their own: x is 100 times the group's size.
func TestPrivateGroups(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		want  string
	}{
		{[]int{10, 100, 10}, "[a b c] [10 100 10]"}, {[]int{9, 100, 10}, "[b] [100]"}, {[]int{10, 100, 9}, "[b] [100]"}, {[]int{100, 9, 10}, "[a] [100]"},
		{[]int{9, 100, 1, 10}, "[b d] [100 10]"}, {[]int{1, 40, 30, 50}, "[b d] [40 50]"}, {[]int{9, 9, 100}, "[c] [100]"}, {[]int{9, 100}, "[] []"},
		{[]int{9, 10, 10, 100}, "[c d] [10 100]"},
	} {
		var csv strings.Builder
		csv.WriteString("g,x\n")
		for g, size := range c.sizes {
			for i := range size {
				fmt.Fprintf(&csv, "%c,%d\n", 'a'+rune(g), 100*size+i%2*2-1)
			}
		}
		r := read(t, csv.String(), &profile.Options{By: "g", Private: true})
		if got := fmt.Sprint(r.Groups.Names, " ", r.Groups.Rows); got != c.want {
			t.Errorf("%v: %s, want %s", c.sizes, got, c.want)
			continue
		}
		for g, s := range column(t, r, "x").Groups {
			if want := 100 * float64(r.Groups.Rows[g]); math.Abs(float64(s.Mean)/want-1) > 0.005 { // three digits
				t.Errorf("%v: the mean of group %d is %v, want %v", c.sizes, g, s.Mean, want)
			}
		}
		if bad := broken(page(t, r)); bad != "" {
			t.Errorf("%v: the page has %q", c.sizes, bad)
		}
	}
}

// Rows in no group count among those that the groups leave: with ten of them a small group tells nothing.
func TestPrivateRowsInNoGroup(t *testing.T) {
	for none, want := range map[int]string{0: "[a c] [50 10]", 3: "[a] [50]", 9: "[a] [50]", 10: "[a c] [50 10]"} {
		labels := make([]int, 62+none)
		values := make([]float64, len(labels))
		for i := range labels {
			values[i] = float64(i)
			switch {
			case i >= 62:
				labels[i] = -1
			case i >= 50:
				labels[i] = 2
			}
		}
		r := report(t, tableOf([]string{"x"}, values), &profile.Options{Private: true, Groups: &profile.Groups{Names: []string{"a", "b", "c"}, Labels: labels}})
		if got := fmt.Sprint(r.Groups.Names, " ", r.Groups.Rows); got != want {
			t.Errorf("%d rows in no group: %s, want %s", none, got, want)
		}
	}
}

// Eight classes of 9, 8 ... 2 rows: six have names. Bin 1 of x holds those of 9, 8 and 2 rows, bin 2 the others.
func TestTargetOfManyClasses(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("x,class\n")
	for k := range 8 {
		x := "2"
		switch {
		case k < 2 || k == 7:
			x = "1"
		case k == 2:
			x = ""
		}
		for range 9 - k {
			fmt.Fprintf(&csv, "%s,%c\n", x, 'h'-rune(k))
		}
	}
	r := read(t, csv.String(), &profile.Options{Target: "class"})
	if got := fmt.Sprint(r.Target.Classes, r.Target.Rows, r.Target.Numeric); got != "[h g f e d c others] 44 false" {
		t.Errorf("classes %s", got)
	}
	ones, twos := []float64{9. / 19, 8. / 19, 0, 0, 0, 0, 2. / 19}, []float64{0, 0, 0, 6. / 18, 5. / 18, 4. / 18, 3. / 18}
	x := column(t, r, "x")
	h := histogram(t, x, "auto")
	if len(h.Target) != 7 || len(h.Counts) != 2 {
		t.Fatalf("%+v", h)
	}
	for k, shares := range h.Target {
		all := []float64{9, 8, 7, 6, 5, 4, 5}[k] / 44
		if !near(shares[0], ones[k]) || !near(shares[1], twos[k]) || !near(x.Smallest[0].Target[k], ones[k]) || !near(r.Target.Overall[k], all) || !near(x.TargetMissing[k], float64(b(k == 2))) {
			t.Errorf("class %d: %v, %v, %v overall, %v without x", k, shares, x.Smallest[0].Target[k], r.Target.Overall[k], x.TargetMissing[k])
		}
	}
}

// A binary target is named by what counts as true, however it is spelled and whichever comes first or more often.
func TestBinaryTarget(t *testing.T) {
	for _, c := range [][3]string{{"yes", "no", "yes"}, {"no", "yes", "yes"}, {"FALSE", "TRUE", "TRUE"}, {"y", "n", "y"}, {"0", "1", "1"}, {"1", "0", "1"}} {
		r := read(t, fmt.Sprintf("x,t\n1,%[1]s\n1,%[1]s\n2,%[1]s\n2,%[2]s\n,%[2]s\n,\n3,\n", c[0], c[1]), &profile.Options{Target: "t"})
		first := float64(b(c[0] == c[2])) // the share of the true in bin 1
		got := histogram(t, column(t, r, "x"), "auto").Target
		if fmt.Sprint(r.Target.Classes) != "["+c[2]+"]" || len(got) != 1 || !near(got[0][0], first) || !near(got[0][1], 0.5) || !near(got[0][2], nan) {
			t.Errorf("%v: %v of %v", c, got, r.Target.Classes)
		}
		if missing := column(t, r, "x").TargetMissing; len(missing) != 1 || !near(missing[0], 1-first) || r.Target.Rows != 5 || !near(r.Target.Overall[0], 0.4+0.2*first) {
			t.Errorf("%v: %v without x, %v overall", c, missing, r.Target.Overall)
		}
	}
	if whole := read(t, "x,t\n1,yes\n2,no\n", &profile.Options{Target: "t"}); column(t, whole, "x").TargetMissing != nil {
		t.Error("figures of no rows")
	}
}
