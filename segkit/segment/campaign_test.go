package segment_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"example.com/marketing/segkit/segment"
)

// R 4.2.2, power.prop.test with tol = 1e-12 gives n; its help page has the first figures, 76.7 and 10451937. Groups of different sizes by
// the formula in SampleSize's comment with SciPy 1.10.1's normal distribution.
func TestSampleSizeAgainstR(t *testing.T) {
	for _, test := range []struct {
		p, q, alpha, power, ratio, control float64
	}{
		{0.5, 0.75, 0.05, 0.9, 1, 76.7069284518},
		{0.5, 0.501, 0.001, 0.9, 1, 10451936.5955},
		{0.02, 0.03, 0.05, 0.8, 1, 3825.1497221},
		{0.1, 0.08, 0.01, 0.8, 1, 4781.09903658},
		{0.02, 0.03, 0.05, 0.8, 4, 2494.7804037161955},
		{0.1, 0.15, 0.01, 0.9, 0.5, 1909.6432123510776},
	} {
		got, err := segment.SampleSize(test.p, test.q-test.p, test.alpha, test.power, test.ratio)
		want := segment.Groups{Treated: int(math.Ceil(test.ratio * test.control)), Control: int(math.Ceil(test.control))}
		if err != nil || got != want {
			t.Errorf("%+v: %+v, %v, want %+v", test, got, err, want)
		}
	}
}

// The same sources: power.prop.test(n = 50, p1 = 0.5, p2 = 0.75) is 0.740 on R's help page, and with n = 50, p1 = 0.5 and
// power = 0.9 it gives p2 = 0.8026.
func TestPowerAndDetectableLiftAgainstR(t *testing.T) {
	for _, test := range []struct {
		n1, n2               int
		p1, p2, alpha, power float64
	}{
		{50, 50, 0.5, 0.75, 0.05, 0.740165901331},
		{2000, 2000, 0.05, 0.07, 0.05, 0.759214611277},
		{4000, 1000, 0.03, 0.02, 0.05, 0.3911998026907606},
		{100, 300, 0.2, 0.1, 0.1, 0.8032002856911032},
		{70, 500, 0.3, 0.3, 0.08, 0.04},
	} {
		if got, err := segment.Power(test.n1, test.n2, test.p1, test.p2, test.alpha); err != nil || math.Abs(got-test.power) > 1e-9 {
			t.Errorf("%+v: power %v, %v", test, got, err)
		}
	}
	for _, test := range []struct {
		n                     int
		baseline, power, want float64
	}{{50, 0.5, 0.9, 0.802630581704}, {1000, 0.02, 0.8, 0.0416414461771}} {
		if got, err := segment.DetectableLift(test.n, test.n, test.baseline, 0.05, test.power); err != nil || math.Abs(test.baseline+got-test.want) > 1e-9 {
			t.Errorf("%+v: lift %v, %v", test, got, err)
		}
	}
	// R's help page: 30 customers with p1 = 0.9 find nothing with a power of 0.8, not even p2 = 1, which takes 74.
	if _, err := segment.DetectableLift(30, 30, 0.9, 0.05, 0.8); !errors.Is(err, segment.ErrTooFew) {
		t.Errorf("30 customers: %v", err)
	}
	if _, err := segment.DetectableLift(73, 73, 0.9, 0.05, 0.8); !errors.Is(err, segment.ErrTooFew) {
		t.Errorf("73 customers: %v", err)
	}
	if lift, err := segment.DetectableLift(74, 74, 0.9, 0.05, 0.8); err != nil || lift < 0.09 || lift > 0.1 {
		t.Errorf("74 customers: %v, %v", lift, err)
	}
}

// The three functions are inverses of each other, and each lift below the detectable one has less power.
func TestDesignsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		baseline, alpha, power := 0.01+0.5*r.Float64(), 0.01+0.1*r.Float64(), 0.5+0.45*r.Float64()
		lift, ratio := 0.01+0.3*r.Float64(), math.Exp(2*r.NormFloat64())
		g, err := segment.SampleSize(baseline, lift, alpha, power, ratio)
		if err != nil {
			t.Fatal(err)
		}
		enough, err := segment.Power(g.Treated, g.Control, baseline+lift, baseline, alpha)
		if err != nil || enough < power-1e-9 {
			t.Errorf("%v + %v, ratio %v: %+v has power %v, want %v", baseline, lift, ratio, g, enough, power)
		}
		if g.Treated > 30 && g.Control > 30 {
			few, err := segment.Power(int(0.96*float64(g.Treated)), int(0.96*float64(g.Control)), baseline+lift, baseline, alpha)
			if err != nil || few >= power {
				t.Errorf("%v + %v, ratio %v: 96 %% of %+v have power %v, want less than %v", baseline, lift, ratio, g, few, power)
			}
		}
		n1, n2 := 1+r.IntN(300), 1+r.IntN(300)
		least, err := segment.DetectableLift(n1, n2, baseline, alpha, power)
		if err != nil && !errors.Is(err, segment.ErrTooFew) {
			t.Fatal(err)
		}
		limit := least
		if err != nil {
			limit = 1 - baseline
		}
		for step := 1; step < 50; step++ {
			below := limit * float64(step) / 50
			got, err := segment.Power(n1, n2, baseline+below, baseline, alpha)
			if err != nil || got >= power {
				t.Fatalf("%d and %d, baseline %v: lift %v has power %v of %v, %v; the least is said to be %v", n1, n2, baseline, below, got, power, err, least)
			}
		}
	}
}

// The normal approximation against the exact power: the sum of both groups' binomial probabilities over all outcomes that
// the pooled test of two proportions rejects, in the right direction. With ten or more conversions expected in each group
// they differ by less than two points.
func TestPowerAgainstBinomials(t *testing.T) {
	worst := 0.0
	for _, test := range []struct {
		n1, n2 int
		p1, p2 float64
	}{
		{77, 77, 0.75, 0.5}, {500, 500, 0.05, 0.02}, {1000, 1000, 0.03, 0.015}, {800, 400, 0.08, 0.04}, {400, 800, 0.08, 0.04},
		{300, 300, 0.1, 0.18}, {2000, 1000, 0.02, 0.01}, {200, 200, 0.3, 0.45}, {150, 450, 0.12, 0.2},
	} {
		a, b := distuv.Binomial{N: float64(test.n1), P: test.p1}, distuv.Binomial{N: float64(test.n2), P: test.p2}
		probability := func(of distuv.Binomial, n int) []float64 {
			p := make([]float64, n+1)
			for x := range p {
				p[x] = of.Prob(float64(x))
			}
			return p
		}
		pa, pb := probability(a, test.n1), probability(b, test.n2)
		exact := 0.0
		for x, p := range pa {
			for y, q := range pb {
				if p*q < 1e-14 {
					continue
				}
				r1, r2 := float64(x)/a.N, float64(y)/b.N
				m := float64(x+y) / (a.N + b.N)
				z := (r1 - r2) / math.Sqrt(m*(1-m)*(1/a.N+1/b.N))
				if test.p1 < test.p2 {
					z = -z
				}
				if z > 1.959963984540054 {
					exact += p * q
				}
			}
		}
		got, err := segment.Power(test.n1, test.n2, test.p1, test.p2, 0.05)
		if err != nil || math.Abs(got-exact) > 0.02 {
			t.Errorf("%+v: power %.4f, %v, exactly %.4f", test, got, err, exact)
		}
		worst = max(worst, math.Abs(got-exact))
	}
	t.Logf("the approximation is off by at most %.4f", worst)
}

func TestDesignsOutOfRange(t *testing.T) {
	nan := math.NaN()
	for _, p := range [][5]float64{
		{0, 0.1, 0.05, 0.8, 1}, {1, -0.1, 0.05, 0.8, 1}, {nan, 0.1, 0.05, 0.8, 1}, {0.9, 0.1, 0.05, 0.8, 1}, {0.1, -0.1, 0.05, 0.8, 1},
		{0.1, 0, 0.05, 0.8, 1}, {0.1, nan, 0.05, 0.8, 1}, {0.1, 0.1, 0, 0.8, 1}, {0.1, 0.1, 1, 0.8, 1}, {0.1, 0.1, 0.05, 1, 1},
		{0.1, 0.1, 0.05, 0.04, 1}, {0.1, 0.1, 0.05, 0.8, 0}, {0.1, 0.1, 0.05, 0.8, -1}, {0.1, 0.1, 0.05, 0.8, math.Inf(1)}, {0.1, 1e-12, 0.05, 0.8, 1},
		{0.1, 1e-17, 0.05, 0.8, 1}, {0.1, 0.1, 0.05, 0.8, 1e300}, {0.1, 0.1, 0.05, 0.8, 1e-300},
	} {
		if g, err := segment.SampleSize(p[0], p[1], p[2], p[3], p[4]); !errors.Is(err, segment.ErrRange) || strings.Contains(err.Error(), "\n") || g != (segment.Groups{}) {
			t.Errorf("%v: %+v, %v", p, g, err)
		}
	}
	for _, f := range []func() error{
		func() error { _, err := segment.Power(0, 5, 0.1, 0.2, 0.05); return err },
		func() error { _, err := segment.Power(5, 5, 0, 1, 0.05); return err },
		func() error { _, err := segment.Power(5, 5, 0.1, 0.2, 0); return err },
		func() error { _, err := segment.DetectableLift(5, -1, 0.1, 0.05, 0.8); return err },
		func() error { _, err := segment.DetectableLift(5, 5, 1, 0.05, 0.8); return err },
		func() error { _, err := segment.Allocate(-1, segment.Groups{Treated: 1, Control: 1}); return err },
		func() error { _, err := segment.Allocate(5, segment.Groups{Treated: 1}); return err },
		func() error {
			_, err := segment.PlanCampaign(segment.Segment{Size: 5}, segment.Action{}, segment.Design{Baseline: 2})
			return err
		},
		func() error {
			_, err := segment.CompareRates(segment.Response{Converted: 5, Customers: 4}, segment.Response{Customers: 4}, 0.95)
			return err
		},
		func() error {
			_, err := segment.CompareRates(segment.Response{Converted: 1, Customers: 4}, segment.Response{}, 0.95)
			return err
		},
		func() error {
			_, err := segment.CompareRates(segment.Response{Customers: 4}, segment.Response{Customers: 4}, 95)
			return err
		},
	} {
		if err := f(); !errors.Is(err, segment.ErrRange) || !strings.HasPrefix(err.Error(), "segment: ") || strings.Contains(err.Error(), "\n") {
			t.Error(err)
		}
	}
}

// Newcombe (1998), table II, method 10. The shares' intervals are R 4.2.2's prop.test(x, n, correct = FALSE).
func TestCompareRatesAgainstNewcombe(t *testing.T) {
	for _, test := range []struct {
		a, n, b, m int
		low, high  float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090}, {6, 7, 2, 7, 0.0582, 0.8062}, {5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 20, -0.1611, 0.2775}, {0, 10, 0, 10, -0.2775, 0.2775}, {10, 10, 0, 20, 0.6791, 1}, {10, 10, 0, 10, 0.6075, 1},
	} {
		e, err := segment.CompareRates(segment.Response{Converted: test.a, Customers: test.n}, segment.Response{Converted: test.b, Customers: test.m}, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if d := e.Difference; math.Abs(d.Low-test.low) > 5e-5 || math.Abs(d.High-test.high) > 5e-5 || !same(e.Extra.High, float64(test.n)*d.High) {
			t.Errorf("%+v: %+v", test, d)
		}
	}
	for _, test := range []struct {
		x, n             int
		level, low, high float64
	}{
		{56, 70, 0.95, 0.691833555037, 0.876952607516}, {48, 80, 0.95, 0.490454650052, 0.700381724041}, {0, 10, 0.95, 0, 0.277532799863},
		{10, 10, 0.95, 0.722467200137, 1}, {34, 2000, 0.95, 0.0121906805218, 0.0236611871518}, {34, 2000, 0.9, 0.0128565293211, 0.0224484827837},
	} {
		e, err := segment.CompareRates(segment.Response{Converted: test.x, Customers: test.n}, segment.Response{Converted: 1, Customers: 2}, test.level)
		if s := e.Treated.Share; err != nil || math.Abs(s.Low-test.low) > 1e-9 || math.Abs(s.High-test.high) > 1e-9 {
			t.Errorf("%+v: %+v, %v", test, s, err)
		}
	}
}

// Of campaigns that bring 1 point on top of 4 %, with 900 treated and 300 in the control group, the interval holds that point in
// 95 of 100: three standard errors of 4,000 campaigns are 1 point.
func TestNewcombeHoldsTheTruth(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	draw := func(n int, p float64) segment.Response {
		x := 0
		for range n {
			if r.Float64() < p {
				x++
			}
		}
		return segment.Response{Converted: x, Customers: n}
	}
	held := 0
	for range 4000 {
		e, err := segment.CompareRates(draw(900, 0.05), draw(300, 0.04), 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if e.Difference.Low <= 0.01 && 0.01 <= e.Difference.High {
			held++
		}
	}
	t.Logf("held in %.4f", float64(held)/4000)
	if share := float64(held) / 4000; math.Abs(share-0.95) > 0.0104+0.005 {
		t.Errorf("95 %% intervals hold the truth in %.4f", share)
	}
}

func TestAllocate(t *testing.T) {
	for _, test := range []struct {
		available int
		required  segment.Groups
		feasible  bool
		split     segment.Groups
	}{
		{10000, segment.Groups{Treated: 3826, Control: 3826}, true, segment.Groups{Treated: 6174, Control: 3826}},
		{7652, segment.Groups{Treated: 3826, Control: 3826}, true, segment.Groups{Treated: 3826, Control: 3826}},
		{7651, segment.Groups{Treated: 3826, Control: 3826}, false, segment.Groups{Treated: 3825, Control: 3826}},
		{100, segment.Groups{Treated: 9000, Control: 1000}, false, segment.Groups{Treated: 90, Control: 10}},
		{3, segment.Groups{Treated: 9000, Control: 10}, false, segment.Groups{Treated: 2, Control: 1}},
		{2, segment.Groups{Treated: 10, Control: 9000}, false, segment.Groups{Treated: 1, Control: 1}},
		{1, segment.Groups{Treated: 10, Control: 10}, false, segment.Groups{Treated: 0, Control: 1}},
		{0, segment.Groups{Treated: 10, Control: 10}, false, segment.Groups{}},
	} {
		a, err := segment.Allocate(test.available, test.required)
		if err != nil || a.Feasible != test.feasible || a.Split != test.split || a.Split.Total() != test.available {
			t.Errorf("%+v: %+v, %v", test, a, err)
		}
	}
}

// The detectable fall is R's: power.prop.test(n = 1500, p1 = 0.9, power = 0.8) has p2 - p1 = 0.0286227. The power of the others
// is checked by Power.
func TestPlanCampaign(t *testing.T) {
	action := segment.Action{Name: "A letter", Channel: "post", Measure: "orders"}
	for _, test := range []struct {
		size       int
		design     segment.Design
		feasible   bool
		detectable float64
		words      string
	}{
		{8000, segment.Design{Baseline: 0.02, Lift: 0.01}, true, 0.0097838, "leave 3,826, drawn by lot"},
		{85, segment.Design{Baseline: 0.02, Lift: 0.01}, false, 0.1914256, "7,567 more than there are"},
		{4, segment.Design{Baseline: 0.9, Lift: 0.05}, false, 0, "cannot show any change"},
		{1, segment.Design{Baseline: 0.02, Lift: 0.01}, false, 0, "cannot show any change"},
		{3000, segment.Design{Baseline: 0.1, Lift: -0.02}, false, 0.0286227, "from 10 % to 8.0 %"},
	} {
		c, err := segment.PlanCampaign(segment.Segment{Number: 4, Size: test.size}, action, test.design)
		if err != nil {
			t.Fatal(err)
		}
		if c.Feasible != test.feasible || math.Abs(c.Detectable-test.detectable) > 1e-7 || !strings.Contains(c.Words, test.words) || c.Alpha != 0.05 || c.Power != 0.8 || c.Name != "A letter" || c.Available != test.size {
			t.Errorf("%+v: %+v", test, c)
		}
		if c.Detectable > 0 && c.Lift > 0 {
			if power, err := segment.Power(c.Split.Treated, c.Split.Control, c.Baseline+c.Detectable, c.Baseline, 0.05); err != nil || math.Abs(power-0.8) > 1e-9 {
				t.Errorf("%+v: a lift by %v has power %v, %v", test, c.Detectable, power, err)
			}
		}
	}
	// A fall of the detectable size has the power that was asked for.
	c, err := segment.PlanCampaign(segment.Segment{Size: 3000}, action, segment.Design{Baseline: 0.1, Lift: -0.02})
	if err != nil {
		t.Fatal(err)
	}
	if power, err := segment.Power(c.Split.Treated, c.Split.Control, 0.1-c.Detectable, 0.1, 0.05); err != nil || math.Abs(power-0.8) > 1e-9 {
		t.Errorf("a fall by %v has power %v, %v", c.Detectable, power, err)
	}
	b, err := json.Marshal(c)
	if err != nil || !strings.Contains(string(b), `"segment":0,"name":"A letter","channel":"post","measure":"orders","baseline":0.1`) {
		t.Errorf("%s %v", b, err)
	}
}

func TestSuggest(t *testing.T) {
	of := func(features ...any) segment.Segment {
		s := segment.Segment{}
		for i := 0; i < len(features); i += 2 {
			s.Marks = append(s.Marks, segment.Mark{Feature: features[i].(string), Difference: features[i+1].(float64)})
		}
		return s
	}
	for _, test := range []struct {
		segment segment.Segment
		want    string
	}{
		{of("CASH_ADVANCE", 1.7, "BALANCE", 1.2, "PURCHASES_FREQUENCY", -0.6), "instalment loan"},
		{of("CASH_ADVANCE", 1.7, "BALANCE", 0.1), "decide with the owner"},
		{of("PURCHASES", 6.9, "PURCHASES_INSTALLMENTS_FREQUENCY", 1.), "loyalty"},
		{of("PURCHASES", 0.1, "PURCHASES_INSTALLMENTS_FREQUENCY", 1.2), "instalment offers"},
		{of("PURCHASES_FREQUENCY", -0.83), "reactivation"},
		{of("PURCHASES_FREQUENCY", -0.2), "decide with the owner"},
		{of("VISITS", 3.), "decide with the owner"},
		{of(), "decide with the owner"},
	} {
		if a := segment.CardCatalogue().Suggest(test.segment); !strings.Contains(a.Name, test.want) || a.Channel == "" || a.Measure == "" {
			t.Errorf("%+v: %+v", test.segment.Marks, a)
		}
	}
	mine := segment.Catalogue{{Action: segment.Action{Name: "for all?"}}, {When: []segment.Condition{{Feature: "VISITS", Difference: 1}}, Action: segment.Action{Name: "mine"}}}
	if a := mine.Suggest(of("VISITS", 3.)); a.Name != "mine" {
		t.Errorf("%+v", a)
	}
}

func ExamplePlanCampaign() {
	big := segment.Segment{Number: 3, Size: 1151, Marks: []segment.Mark{{Feature: "CASH_ADVANCE", Difference: 1.7}, {Feature: "BALANCE", Difference: 1.5}}}
	c, err := segment.PlanCampaign(big, segment.CardCatalogue().Suggest(big), segment.Design{Baseline: 0.05, Lift: 0.05})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Words)
	c, err = segment.PlanCampaign(segment.Segment{Number: 4, Size: 85}, segment.CardCatalogue().Suggest(segment.Segment{}), segment.Design{Baseline: 0.05, Lift: 0.05})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Words)
	// Output:
	// Segment 3, a proposal: offer an instalment loan that costs less than cash advances, to those who can afford it. Count in both groups: customers without a cash advance in the next 90 days. A change from 5.0 % to 10 % of the customers is to be found in 80 % of such campaigns, and one seen by mistake in 5.0 % of campaigns that change nothing. 1,151 customers are enough: leave 435, drawn by lot, without the campaign as the control group and treat the other 716 (435 would do).
	// Segment 4, a proposal: decide with the owner of the segment what to offer. Count in both groups: a conversion that customers of both groups can have; decide with the owner of the segment. A change from 5.0 % to 10 % of the customers is to be found in 80 % of such campaigns, and one seen by mistake in 5.0 % of campaigns that change nothing. 85 customers are too few: 435 treated and 435 in the control group are needed, 785 more than there are. With 42 treated and 43 not, only a change by 21.9 percentage points or more would show. Run it together with a segment that gets the same action, count something that happens more often, or repeat it; a result of this one alone is no evidence.
}

func ExampleCompareRates() {
	e, err := segment.CompareRates(segment.Response{Converted: 68, Customers: 716}, segment.Response{Converted: 21, Customers: 435}, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Sentence())
	// Output:
	// 9.5 % of 716 treated customers converted, 4.8 % of 435 in the control group: +4.7 percentage points (95 % interval +1.6 to +7.6); the campaign brought about 33 conversions (11 to 54)
}
