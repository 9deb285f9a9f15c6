package segment_test

import (
	"bytes"
	"strings"
	"testing"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/segment"
)

// Rules and baseline travel with the model; rules of another segmentation are refused.
func TestModelKeepsRulesAndBaseline(t *testing.T) {
	customers := dataset.Synthesize(500, 1)
	m, err := segment.Fit(t.Context(), customers, segment.Recipe{K: 3})
	if err != nil {
		t.Fatal(err)
	}
	if m.Rules, err = segment.FitRules(customers, m.Labels, nil); err != nil {
		t.Fatal(err)
	}
	if m.Baseline, err = segment.NewBaseline(customers, m.Labels, 0); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	loaded, err := segment.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := loaded.Rules.Text(m.Names), m.Rules.Text(m.Names); got != want {
		t.Errorf("the rules came back as %s, not %s", got, want)
	}
	if report, err := segment.Drift(loaded.Baseline, customers, m.Labels); err != nil || len(report.Features) != 17 || report.Features[0].PSI.Value != 0 {
		t.Errorf("the same customers have drifted: %+v, %v", report, err)
	}
	four, err := segment.Fit(t.Context(), customers, segment.Recipe{K: 4})
	if err != nil {
		t.Fatal(err)
	}
	four.Rules = m.Rules
	if _, err := four.WriteTo(&b); err == nil || !strings.Contains(err.Error(), "rules") {
		t.Errorf("rules for three segments in a model of four: %v", err)
	}
}
