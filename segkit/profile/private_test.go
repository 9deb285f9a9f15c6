package profile_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/marketing/segkit/profile"
)

// rareTable has something rare in each column: few zeros, negatives, texts, levels, holes, values far out, and groups of one to
// half of the rows.
func rareTable(n int) string {
	rng := rand.New(rand.NewPCG(uint64(n), 10))
	var csv strings.Builder
	csv.WriteString("id,amount,whole,minus,group,level,flag,half,odd,day,note,hole,also,far\n")
	for i := range n {
		amount, whole, minus, group, level, flag, odd, hole := fmt.Sprint(math.Exp(rng.NormFloat64())), i%7, rng.Float64(), "b", "usual", "no", fmt.Sprint(rng.IntN(90)), fmt.Sprint(rng.Float64())
		if i%50 == 3 {
			amount = ""
		}
		switch {
		case i%100 == 9:
			minus = -rng.Float64()
		case i%70 == 8:
			minus = 0
		}
		switch {
		case i < 1+n/100:
			group, level, flag, odd = "a", "rare", "yes", "n/k"
		case i < n/40:
			group, level, hole = "d", "next", ""
		case i < n/8:
			group, level, hole = "c", fmt.Sprintf("l%d", i%8), ""
		}
		far := rng.Float64()
		if i%90 == 5 {
			far = 500 + rng.Float64()
		}
		also := fmt.Sprint(rng.NormFloat64())
		if i%37 == 0 {
			also = ""
		}
		fmt.Fprintf(&csv, "r%d,%s,%d,%g,%s,%s,%s,%d,%s,2026-%02d-%02d,note %d,%s,%s,%g\n", i, amount, whole, minus, group, level, flag, rng.IntN(2), odd, 1+rng.IntN(12), 1+rng.IntN(28), i, hole, also, far)
	}
	return csv.String()
}

// notRows are whole numbers that count something else than rows, or all rows.
var notRows = regexp.MustCompile(`^(version|rows|kept|bytes|kinds|associations\.(rows|order|levels)|columns\.distinct|missing\.pattern_count|missing\.little\.(df|patterns|rows)|target\.rows)$|\.cells$`)

// integers calls f for each whole number of a report with the names that lead there.
func integers(v reflect.Value, path string, f func(path string, n int)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			integers(v.Elem(), path, f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			integers(v.Index(i), path, f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			at := path
			if name := field.Tag.Get("json"); name != "" {
				at = strings.TrimPrefix(path+"."+name, ".")
			}
			integers(v.Field(i), at, f)
		}
	case reflect.Int, reflect.Int64:
		f(path, int(v.Int()))
	}
}

// Whatever counts rows in a private report is 0, -1 or at least 10.
func TestPrivateCounts(t *testing.T) {
	small := regexp.MustCompile(`(^|[^\d,.])[1-9] (row|value|text)s?\b`)
	for _, n := range []int{3, 9, 15, 25, 60, 130, 250, 800} {
		csv := rareTable(n)
		for _, o := range []profile.Options{{}, {By: "group"}, {Target: "level"}, {Target: "flag", By: "half"}, {Target: "amount", By: "level"}} {
			if n < 15 && (o.Target == "level" || o.By == "level") { // not a category yet
				continue
			}
			o.Private, o.ID = true, "id"
			r, err := profile.Read(t.Context(), strings.NewReader(csv), &o)
			if err != nil {
				t.Fatalf("%d rows, %+v: %v", n, o, err)
			}
			seen := map[string]bool{}
			integers(reflect.ValueOf(r), "", func(path string, count int) {
				if (count < -1 || count > 0 && count < profile.SmallCount) && !notRows.MatchString(path) && !seen[path] {
					seen[path] = true
					t.Errorf("%d rows, by %q, target %q: %s is %d", n, o.By, o.Target, path, count)
				}
			})
			for _, a := range r.Alerts {
				for _, text := range append([]profile.AlertColumn{{Text: a.Text}}, a.Columns...) {
					if found := small.FindString(strings.ReplaceAll(text.Text, "up to 9 ", "few ")); found != "" {
						t.Errorf("%d rows: alert %q tells of %q", n, text.Text, found)
					}
				}
			}
			if bad := broken(page(t, r)); bad != "" {
				t.Errorf("%d rows: the page has %q", n, bad)
			}
		}
	}
}

// A figure is told from so many numbers on, in a column and in a group of it. The groups have a hundred rows each, of which
// so many have a number; figures have three digits.
func TestPrivateFigures(t *testing.T) {
	least := map[string]int{"Q05": 200, "Q95": 200, "Q25": 40, "Q75": 40, "IQR": 40, "Skewness": 40, "Kurtosis": 40, "Median": 20, "MAD": 20, "Mean": 10, "Std": 10, "Variance": 10, "CV": 10, "Sum": 10}
	check := func(about string, numbers int, s profile.Statistics) {
		t.Helper()
		v := reflect.ValueOf(s)
		for i := range v.NumField() {
			figure, ok := v.Field(i).Interface().(profile.Number)
			if !ok {
				continue
			}
			name := v.Type().Field(i).Name
			from, known := least[name] // extremes and the range are never told
			if hidden := math.IsNaN(float64(figure)); hidden != (!known || numbers < from) {
				t.Errorf("%s of %d numbers, %s: %v", about, numbers, name, figure)
			} else if short, _ := strconv.ParseFloat(strconv.FormatFloat(float64(figure), 'e', 2, 64), 64); !hidden && short != float64(figure) {
				t.Errorf("%s of %d numbers: %s is %v", about, numbers, name, figure)
			}
		}
	}
	for _, n := range []int{8, 9, 10, 11, 19, 20, 39, 40, 99, 100, 199, 200} {
		alone, values, labels := make([]float64, n), make([]float64, 500), make([]int, 500) // of group 0 the first n have a number
		for i := range values {
			labels[i], values[i] = i%2, math.Sqrt(float64(i))+1
			if i%2 == 0 && i >= 2*n {
				values[i] = nan
			}
			if i < n {
				alone[i] = math.Sqrt(float64(i)) + 1
			}
		}
		groups := &profile.Groups{Names: []string{"a", "b"}, Labels: labels}
		check("a group", n, report(t, tableOf([]string{"x"}, values), &profile.Options{Private: true, Groups: groups}).Columns[0].Groups[0])
		c := report(t, tableOf([]string{"x"}, alone), &profile.Options{Private: true}).Columns[0]
		check("a column", n, c.Statistics)
		if (len(c.Histograms) > 0) != (n >= 100) || !math.IsNaN(float64(c.Box.Low)) || !math.IsNaN(float64(c.Box.High)) || c.Smallest != nil || c.Largest != nil {
			t.Errorf("%d numbers: %d histograms, %+v", n, len(c.Histograms), c.Box)
		}
	}
}

// How many rows lack a value, if fewer than 10, must not be told by how many have one.
func TestPrivateComplements(t *testing.T) {
	for _, missing := range []int{1, 3, 9, 10, 30} {
		values := make([]float64, 500)
		for i := range values {
			values[i] = float64(i * 7 % 45)
			if i%16 == 1 && i/16 < missing {
				values[i] = nan
			}
		}
		r := report(t, tableOf([]string{"x"}, values), &profile.Options{Private: true})
		c := r.Columns[0]
		for about, n := range map[string]int{"count": c.Count, "numbers": c.Numbers, "kept": c.Kept, "complete rows": r.Missing.CompleteRows, "cells": r.Rows - r.MissingCells} {
			if less := r.Rows - n; less > 0 && less < profile.SmallCount {
				t.Errorf("%d missing: %s is %d of %d", missing, about, n, r.Rows)
			}
		}
	}
}

// An alert says the same of one row as of three, in 600 rows: of texts among numbers, duplicates, ids that
// repeat, and numbers that are not whole.
func TestPrivateAlerts(t *testing.T) {
	alerts := func(few int) map[string]string {
		var csv strings.Builder
		csv.WriteString("id,odd,whole\n")
		for i := range 600 - few { // and as many again
			id, odd, whole := fmt.Sprint("c", i), fmt.Sprint(i), fmt.Sprint(i*11%600)
			if i < few {
				odd, whole = "n/k", whole+".25"
			}
			if i >= 500 && i < 500+few {
				id = "c80"
			}
			fmt.Fprintf(&csv, "%s,%s,%s\n", id, odd, whole)
			if i >= 600-2*few {
				fmt.Fprintf(&csv, "d%s,%s,%s\n", id, odd, whole)
			}
		}
		kinds := map[string]string{}
		for _, a := range read(t, csv.String(), &profile.Options{Private: true, ID: "id"}).Alerts {
			kinds[a.Kind] += fmt.Sprint(a.Text, a.Columns)
		}
		return kinds
	}
	one, three := alerts(1), alerts(3)
	for _, kind := range []string{"mixed", "duplicates", "ids", "whole"} {
		if one[kind] == "" || one[kind] != three[kind] {
			t.Errorf("%s: of one row %q, of three %q", kind, one[kind], three[kind])
		}
	}
}

// Ten rows of a level are shown, nine are not; of a target the share in nine rows neither.
func TestPrivateLevels(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("level,target,note\n")
	for i := range 300 {
		level, target := "many", "no"
		switch {
		case i < 10:
			level = "ten"
		case i < 19:
			level = "nine"
		}
		if i%3 == 0 {
			target = "yes"
		}
		fmt.Fprintf(&csv, "%s,%s,%d secrets\n", level, target, i)
	}
	r := read(t, csv.String(), &profile.Options{Private: true, Target: "target"})
	c := column(t, r, "level")
	names := []string{}
	for _, l := range c.Levels {
		names = append(names, l.Text)
		if share := float64(l.Target[0]); l.Text == "ten" && !math.IsNaN(share) { // 4 of 10
			t.Errorf("ten: %v", share)
		}
		if share := float64(l.Target[0]); l.Text == "many" && math.Abs(share-1./3) > 0.01 {
			t.Errorf("many: %v", share)
		}
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "many ten" {
		t.Errorf("levels %s", got)
	}
	if text := asJSON(t, r) + page(t, r); strings.Contains(text, "nine") || strings.Contains(text, "secrets") {
		t.Error("a rare level or a text is in the report")
	}
}
