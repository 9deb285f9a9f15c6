package segment_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/segment"
)

const savedByHand = `{"columns":["A","B"],"fill":[1,2.5],"segments":2,"tree":{"column":"A","at_most":3,` +
	`"yes":{"segment":0,"fitted":4,"held_out":[2,1]},"no":{"column":"B","at_most":-1,` +
	`"yes":{"segment":1,"fitted":5,"held_out":[0,3]},"no":{"segment":0,"fitted":6,"held_out":[1,0]}}},` +
	`"held_out":{"customers":7,"fidelity":0.8571428571428571,"precision":[0.75,1],"recall":[1,0.75],"confusion":[[3,0],[1,3]]}}`

// By hand: 7 were held out. Those given 0 are 2+1 and 1 who belong there, and 1 who does not; all 3 given 1 belong there.
func TestRulesJSON(t *testing.T) {
	var r segment.Rules
	if err := json.Unmarshal([]byte(savedByHand), &r); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(r)
	if err != nil || string(got) != savedByHand {
		t.Errorf("got  %s, %v\nwant %s", got, err, savedByHand)
	}
	if a, b, c := r.Segment([]float64{3, 9}), r.Segment([]float64{4, -1}), r.Segment([]float64{4, math.NaN()}); a != 0 || b != 1 || c != 0 {
		t.Errorf("segments %d, %d, %d", a, b, c)
	}
	customers, labels := random(9, 500, 4)
	fitted, err := segment.FitRules(customers, labels, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(fitted)
	if err != nil {
		t.Fatal(err)
	}
	var again segment.Rules
	if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(&again, fitted) {
		t.Errorf("read as other rules, %v", err)
	}
	// The figures are the leaves', whatever the file says.
	if err := json.Unmarshal([]byte(strings.Replace(savedByHand, `"customers":7`, `"customers":700`, 1)), &again); err != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("figures %+v, %v", again.HeldOut, err)
	}
}

// A model takes its rules along.
func TestRulesInModel(t *testing.T) {
	customers := dataset.Synthesize(300, 1)
	m, err := segment.Fit(t.Context(), customers, segment.Recipe{K: 3})
	if err != nil {
		t.Fatal(err)
	}
	if m.Rules, err = segment.FitRules(customers, m.Labels, nil); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	loaded, err := segment.Read(&b)
	if err != nil || !reflect.DeepEqual(loaded.Rules, m.Rules) {
		t.Errorf("other rules come back, %v", err)
	}
}

func TestRulesJSONRefuses(t *testing.T) {
	for _, c := range []struct{ old, new string }{
		{`"columns":["A","B"]`, `"columns":[]`},
		{`"columns":["A","B"]`, `"columns":["A"]`},
		{`"columns":["A","B"]`, `"columns":["A","A"]`},
		{`"columns":["A","B"]`, `"columns":["A","B","C"]`},
		{`"columns":["A","B"]`, `"columns":["A","B\u0000"]`},
		{`"fill":[1,2.5]`, `"fill":[1]`},
		{`"fill":[1,2.5]`, `"fill":[1,null]`},
		{`"fill":[1,2.5]`, `"fill":[1,1e999]`},
		{`"segments":2`, `"segments":0`},
		{`"segments":2`, `"segments":3`},
		{`"segments":2`, `"segments":1000000000`},
		{`"column":"A"`, `"column":"C"`},
		{`"column":"A",`, ``},
		{`"column":"B"`, `"column":"A"`},                          // -1 is not above 3: nobody gets there
		{`"column":"B","at_most":-1`, `"column":"A","at_most":3`}, // nor is 3
		{`"at_most":3,`, ``},
		{`"at_most":3`, `"at_most":null`},
		{`"yes":{"segment":0,"fitted":4,"held_out":[2,1]},`, ``},
		{`"yes":{"segment":0,`, `"yes":{"segment":2,`},
		{`"yes":{"segment":0,`, `"yes":{"segment":-1,`},
		{`"yes":{"segment":0,`, `"yes":{`},
		{`"fitted":4,`, ``},
		{`"fitted":4`, `"fitted":-4`},
		{`"fitted":4`, `"fitted":9223372036854775807`},
		{`[2,1]`, `[2]`},
		{`[2,1]`, `[2,null]`},
		{`[2,1]`, `[2,-1]`},
		{`"column":"A","at_most"`, `"column":"A","segment":0,"at_most"`},
		{`"tree":{"column":"A"`, `"three":{"column":"A"`},
		{`{"columns"`, `[{"columns"`},
	} {
		changed := strings.Replace(savedByHand, c.old, c.new, 1)
		if changed == savedByHand {
			t.Fatalf("%s is not there", c.old)
		}
		var r segment.Rules
		switch err := json.Unmarshal([]byte(changed), &r); {
		case err == nil:
			t.Errorf("%s instead of %s is read", c.new, c.old)
		case c.new != `[{"columns"` && !errors.Is(err, segment.ErrRules):
			t.Errorf("%s instead of %s: %v", c.new, c.old, err)
		}
	}
	if _, err := json.Marshal(segment.Rules{}); !errors.Is(err, segment.ErrRules) {
		t.Errorf("no rules at all are written: %v", err)
	}
	var r segment.Rules
	if err := json.Unmarshal([]byte(savedByHand), &r); err != nil {
		t.Fatal(err)
	}
	r.Fill[0] = math.NaN()
	if _, err := json.Marshal(r); !errors.Is(err, segment.ErrRules) {
		t.Errorf("a missing value that counts as NaN is written: %v", err)
	}
}

// What is read works, and is written and read as the same.
func FuzzRules(f *testing.F) {
	f.Add([]byte(savedByHand), 1.0, 2.0)
	f.Add([]byte(`{"columns":["A"],"fill":[0],"segments":1,"tree":{"segment":0,"fitted":1,"held_out":[0]}}`), math.NaN(), math.Inf(1))
	f.Add([]byte(`{"columns":[""],"fill":[-0],"segments":1,"tree":null}`), 0.0, 0.0)
	f.Fuzz(func(t *testing.T, text []byte, a, b float64) {
		var r segment.Rules
		if err := json.Unmarshal(text, &r); err != nil {
			return
		}
		row := make([]float64, len(r.Columns))
		for j := range row {
			row[j] = []float64{a, b}[j%2]
		}
		if s := r.Segment(row); s < 0 || s >= r.Segments {
			t.Errorf("segment %d of %d", s, r.Segments)
		}
		if r.Text(nil) == "" || r.SQL(nil) == "" {
			t.Error("nothing said")
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var same segment.Rules
		if err := json.Unmarshal(again, &same); err != nil || !reflect.DeepEqual(r, same) {
			t.Errorf("%s is read as something else, %v", again, err)
		}
	})
}
