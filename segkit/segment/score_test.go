package segment_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/segment"
)

// two is a model of the columns a and b, with the centres (0, 0) and (10, 10) in their units, 0 the larger.
func two(t testing.TB) *segment.Model {
	return fit(t, columns("a b", []float64{0, 0, 0, 10, 10}, []float64{0, 0, 0, 10, 10}), segment.Recipe{K: 2, Restarts: 1})
}

// lines is a reader of a header and generated lines, that needs no memory for them.
type lines struct {
	header string
	line   func(i int) string
	n, i   int
	buffer bytes.Buffer
}

func (l *lines) Read(p []byte) (int, error) {
	for l.buffer.Len() < len(p) && l.i <= l.n {
		if l.i == 0 {
			l.buffer.WriteString(l.header)
		} else {
			l.buffer.WriteString(l.line(l.i - 1))
		}
		l.buffer.WriteByte('\n')
		l.i++
	}
	return l.buffer.Read(p)
}

// ended fails the test if more goroutines run than before.
func ended(t *testing.T, about string, before int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: %d goroutines, %d before", about, runtime.NumGoroutine(), before)
		}
	}
}

func TestScoreCSVByHand(t *testing.T) {
	m := two(t) // mean 4, deviation √24 in either column: the centres are 10·√2/√24 = 2.886751 apart
	if err := m.Rename("small, \"quiet\"", "large\nones"); err != nil {
		t.Fatal(err)
	}
	in := "\ufeffx,b, CUST_ID ,a\r\n?,0,C1,0\n,10,\"C,2\",10\n,3,=C3,3\n,,C4,NA\n"
	want := [][]string{
		{"CUST_ID", "segment", "name", "distance", "margin", "next", "unlike_anyone", "missing_values"},
		{"C1", "0", "small, \"quiet\"", "0", "2.88675", "1", "false", "0"},
		{"C,2", "1", "large\nones", "0", "2.88675", "0", "false", "0"},
		{"=C3", "0", "small, \"quiet\"", "0.866025", "1.1547", "1", "true", "0"}, // 3 of 10 on the way, and 7-3
		{"C4", "0", "small, \"quiet\"", "0", "2.88675", "1", "false", "2"},       // the medians are 0
	}
	var out bytes.Buffer
	var progress []int
	scored, err := m.ScoreCSV(t.Context(), &out, iotest.OneByteReader(strings.NewReader(in)), &segment.ScoreOptions{Progress: func(rows int) { progress = append(progress, rows) }})
	if err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&out).ReadAll()
	if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%q, %v", got, err)
	}
	if scored.Rows != 4 || !slices.Equal(scored.Segments, []int{3, 1}) || scored.Unlike != 1 || scored.Missing != 2 || !slices.Equal(progress, []int{4}) {
		t.Errorf("%+v, %v", scored, progress)
	}
	out.Reset()
	if _, err := m.ScoreCSV(t.Context(), &out, strings.NewReader("a,b,who\n1,2,x\n"), nil); err != nil || !strings.HasPrefix(out.String(), "row,segment,") || !strings.Contains(out.String(), "\n1,0,") {
		t.Errorf("without ids: %q, %v", out.String(), err)
	}
	out.Reset()
	if _, err := m.ScoreCSV(t.Context(), &out, strings.NewReader("a,b,who\n1,2,x\n"), &segment.ScoreOptions{ID: "who"}); err != nil || !strings.HasPrefix(out.String(), "who,segment,") || !strings.Contains(out.String(), "\nx,0,") {
		t.Errorf("with another id: %q, %v", out.String(), err)
	}
	one := fit(t, columns("a", []float64{1, 3}), segment.Recipe{K: 1})
	out.Reset()
	if _, err := one.ScoreCSV(t.Context(), &out, strings.NewReader("a\n2\n"), nil); err != nil || !strings.HasSuffix(out.String(), "\n1,0,segment 0,0,,,false,0\n") {
		t.Errorf("one segment: %q, %v", out.String(), err)
	}
}

// Each line is AssignTable's row.
func TestScoreCSV(t *testing.T) {
	training, others := dataset.Synthesize(900, 1), with(dataset.Synthesize(9000, 2))
	var text bytes.Buffer
	if err := others.WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	for about, r := range recipes() {
		m := fit(t, training, r)
		want, err := m.AssignTable(t.Context(), others)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		scored, err := m.ScoreCSV(t.Context(), &out, bytes.NewReader(text.Bytes()), nil)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 9001 || scored.Rows != 9000 {
			t.Fatalf("%s: %d rows, %v", about, len(rows), err)
		}
		sizes, unlike, missing := make([]int, r.K), 0, 0
		for i, a := range want {
			number := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
			line := []string{others.IDs[i], strconv.Itoa(a.Segment), m.Names[a.Segment], number(a.Distance), number(a.Margin), strconv.Itoa(a.Next), strconv.FormatBool(a.Unlike), strconv.Itoa(a.Missing)}
			if r.K == 1 {
				line[4], line[5] = "", ""
			}
			if !slices.Equal(rows[i+1], line) {
				t.Fatalf("%s: row %d is %q, want %q", about, i, rows[i+1], line)
			}
			sizes[a.Segment]++
			missing += a.Missing
			if a.Unlike {
				unlike++
			}
		}
		if !slices.Equal(scored.Segments, sizes) || scored.Unlike != unlike || scored.Missing != missing {
			t.Errorf("%s: %+v, want %v, %d, %d", about, scored, sizes, unlike, missing)
		}
	}
}

// An error says where, and before it stand whole lines, of all rows before it; nothing goes on running.
func TestScoreCSVErrors(t *testing.T) {
	m := two(t)
	good := func(i int) string { return fmt.Sprintf("C%d,%d,%d", i, i%11, i%7) }
	at := func(line int, text string) func(i int) string {
		return func(i int) string {
			if i == line-2 {
				return text
			}
			return good(i)
		}
	}
	before := runtime.NumGoroutine()
	for about, c := range map[string]struct {
		line func(i int) string
		want error
		says string
		rows int // written
	}{
		"text":         {at(70_000, "C,1,many"), dataset.ErrNotNumber, "line 70000, column b", 69_998},
		"fields":       {at(70_000, "C,1"), dataset.ErrFieldCount, "line 70000", 69_998},
		"no id":        {at(70_000, ",1,1"), dataset.ErrMissingID, "line 70000, column CUST_ID", 69_998},
		"quote":        {at(70_000, `C,1,"1"2`), dataset.ErrSyntax, "line 70000", 69_998},
		"infinite":     {at(70_000, "C,1e999,1"), dataset.ErrInfinite, "line 70000, column a", 69_998},
		"large":        {at(70_000, "C,1,-1e200"), kmeans.ErrNotFinite, "line 70000, column b: ", 69_998},
		"at once":      {at(2, "C,1e200,1"), kmeans.ErrNotFinite, "line 2, column a: ", 0},
		"in the block": {at(4098, "C,1e200,1"), kmeans.ErrNotFinite, "line 4098, column a: ", 4096},
	} {
		var out bytes.Buffer
		scored, err := m.ScoreCSV(t.Context(), &out, &lines{header: "CUST_ID,a,b", line: c.line, n: 90_000}, nil)
		if scored != nil || !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "segment: ") || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", about, err)
		}
		if rows := strings.Count(out.String(), "\n") - 1; rows != c.rows || !strings.HasSuffix(out.String(), "\n") {
			t.Errorf("%s: %d rows written, not %d, up to %q", about, rows, c.rows, out.String()[max(0, out.Len()-40):])
		}
		ended(t, about, before)
	}
	for about, c := range map[string]struct {
		r    io.Reader
		want error
		says string
	}{
		"lacking":        {strings.NewReader("CUST_ID,a,c\n1,2,3\n"), segment.ErrColumns, `"b"`},
		"twice":          {strings.NewReader("a,b,a\n1,2,3\n"), segment.ErrColumns, `"a"`},
		"empty":          {strings.NewReader(""), dataset.ErrEmpty, "line 1"},
		"no rows":        {strings.NewReader("a,b\n"), dataset.ErrEmpty, "line 1"},
		"fails at once":  {iotest.ErrReader(io.ErrClosedPipe), io.ErrClosedPipe, ""},
		"fails later":    {io.MultiReader(&lines{header: "a,b", line: func(int) string { return "1,2" }, n: 30_000}, iotest.ErrReader(io.ErrClosedPipe)), io.ErrClosedPipe, ""},
		"fails at first": {io.MultiReader(strings.NewReader("a,b\n1,2\n"), iotest.ErrReader(io.ErrClosedPipe)), io.ErrClosedPipe, ""},
	} {
		if scored, err := m.ScoreCSV(t.Context(), io.Discard, c.r, nil); scored != nil || !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "segment: ") || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", about, err)
		}
		ended(t, about, before)
	}
	for _, after := range []int{0, 1, 4096, 100_000} {
		_, err := m.ScoreCSV(t.Context(), &full{after}, &lines{header: "CUST_ID,a,b", line: good, n: 60_000}, nil)
		if !errors.Is(err, errFull) {
			t.Errorf("a writer that fails after %d bytes: %v", after, err)
		}
		ended(t, "writer", before)
	}
	for _, stop := range []int{0, 5000, 40_000} {
		ctx, cancel := context.WithCancel(t.Context())
		if stop == 0 {
			cancel()
		}
		var out bytes.Buffer
		scored, err := m.ScoreCSV(ctx, &out, &lines{header: "CUST_ID,a,b", line: good, n: 1_000_000}, &segment.ScoreOptions{Progress: func(rows int) {
			if rows >= stop {
				cancel()
			}
		}})
		cancel()
		if scored != nil || !errors.Is(err, context.Canceled) || !strings.HasSuffix(out.String(), "\n") || strings.Count(out.String(), "\n") > stop+100_000 {
			t.Errorf("cancelled at %d: %v, %d bytes", stop, err, out.Len())
		}
		ended(t, "cancelled", before)
	}
}

// full is a disk with so much room.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestScoreFile(t *testing.T) {
	m, dir := two(t), t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv")
	write := func(text string) {
		if err := os.WriteFile(in, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("a,b\n0,0\n")
	if scored, err := m.ScoreFile(t.Context(), out, in, nil); err != nil || scored.Rows != 1 {
		t.Fatalf("%+v, %v", scored, err)
	}
	want, err := os.ReadFile(out)
	if err != nil || !strings.HasPrefix(string(want), "row,segment") {
		t.Fatalf("%q, %v", want, err)
	}
	for text, says := range map[string]string{
		"a,b\n0,0\n0,x\n": "line 3, column b", "a,b\n0,0\n1e200,0\n": "line 3, column a", "a,c\n1,2\n": `"b"`, "a,b\n": "line 1", "": "line 1",
	} {
		write(text)
		if _, err := m.ScoreFile(t.Context(), out, in, nil); err == nil || !strings.Contains(err.Error(), in+", line ") || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := m.ScoreFile(t.Context(), out, filepath.Join(dir, "none.csv"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	write("a,b\n0,0\n")
	if _, err := m.ScoreFile(t.Context(), filepath.Join(out, "below"), in, nil); err == nil || !strings.HasPrefix(err.Error(), "segment: ") {
		t.Errorf("below a file: %v", err)
	}
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file is another one now: %q, %v", got, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if scored, err := m.ScoreFile(t.Context(), in, in, nil); err != nil || scored.Rows != 1 { // over itself
		t.Errorf("%+v, %v", scored, err)
	}
}

// What is asked of AssignTable and Assign besides good rows.
func TestAssignErrors(t *testing.T) {
	m := two(t)
	table := columns("x b a", []float64{1, 2}, []float64{10, 0}, []float64{10, nan})
	if got, err := m.AssignTable(t.Context(), table); err != nil || got[0].Segment != 1 || got[1].Segment != 0 || got[1].Missing != 1 {
		t.Errorf("other columns, in another order: %+v, %v", got, err)
	}
	if _, err := m.AssignTable(t.Context(), columns("x y b", []float64{1}, []float64{1}, []float64{1})); !errors.Is(err, segment.ErrColumns) || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("%v", err)
	}
	if _, err := m.Space(columns("a", []float64{1})); !errors.Is(err, segment.ErrColumns) {
		t.Errorf("%v", err)
	}
	for _, row := range [][]float64{nil, {1}, {1, 2, 3}} {
		if _, err := m.Assign(row); !errors.Is(err, segment.ErrColumns) || !strings.Contains(err.Error(), strconv.Itoa(len(row))+" values for 2") {
			t.Errorf("%v", err)
		}
	}
	constant := fit(t, columns("a b", []float64{0, 1, 5}, []float64{2, 2, 2}), segment.Recipe{K: 2})
	for about, m := range map[string]*segment.Model{
		"plain": m, "constant": constant, "ranks": fit(t, dataset.Synthesize(50, 1).Select("BALANCE", "PURCHASES"), segment.Recipe{K: 2, Transform: segment.Ranks}),
		"log": fit(t, dataset.Synthesize(50, 1).Select("BALANCE", "PURCHASES"), segment.Recipe{K: 2, Transform: segment.Log1p}),
		"pca": fit(t, dataset.Synthesize(50, 1).Select("BALANCE", "PURCHASES"), segment.Recipe{K: 2, Components: 1}),
	} {
		for _, v := range []float64{math.Inf(1), math.Inf(-1), 1e200, -1e200} {
			x := make([][]float64, 2)
			for j := range x {
				x[j] = make([]float64, 3000)
			}
			x[1][2500], x[0][2600] = v, v
			table := columns(strings.Join(m.Columns, " "), x...)
			_, err := m.AssignTable(t.Context(), table)
			says := fmt.Sprintf("segment: row 2500, column %s: ", m.Columns[1])
			if !errors.Is(err, kmeans.ErrNotFinite) || !strings.HasPrefix(err.Error(), says) {
				t.Errorf("%s, %v: %v", about, v, err)
			}
			if _, err := m.Space(table); !errors.Is(err, kmeans.ErrNotFinite) || !strings.HasPrefix(err.Error(), says) {
				t.Errorf("%s, %v: %v", about, v, err)
			}
			if a, err := m.Assign([]float64{v, 1}); !errors.Is(err, kmeans.ErrNotFinite) || a != (segment.Assignment{}) {
				t.Errorf("%s, %v: %+v, %v", about, v, a, err)
			}
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := m.AssignTable(cancelled, table); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, %v", got, err)
	}
	view := table.X.Slice(0, 2, 1, 3).(*mat.Dense) // b and a, in memory with gaps
	if got, err := m.AssignTable(t.Context(), &dataset.Table{Names: []string{"b", "a"}, X: view}); err != nil || got[0].Segment != 1 || got[1].Segment != 0 {
		t.Errorf("a view: %v, %v", got, err)
	}
}

// The heap does not grow with the rows.
func TestScoreCSVMemory(t *testing.T) {
	m := two(t)
	peak := func(rows int) float64 {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		base, most := s.HeapAlloc, uint64(0)
		_, err := m.ScoreCSV(t.Context(), io.Discard, &lines{header: "CUST_ID,a,b", n: rows, line: func(i int) string { return fmt.Sprintf("C%d,%d,%d", i, i%11, i%7) }},
			&segment.ScoreOptions{Progress: func(rows int) {
				if rows/4096%8 != 0 {
					return
				}
				runtime.GC() // what is left is in use
				runtime.ReadMemStats(&s)
				most = max(most, s.HeapAlloc)
			}})
		if err != nil {
			t.Fatal(err)
		}
		return float64(max(most, base)-base) / (1 << 20)
	}
	few, many := 100_000, 1_000_000
	if testing.Short() {
		many = 300_000
	}
	small, large := peak(few), peak(many)
	t.Logf("peak of the heap: %.1f MB of %d rows, %.1f MB of %d", small, few, large, many)
	if large > small+2 { // the ids alone would be more
		t.Errorf("the heap grows from %.1f to %.1f MB", small, large)
	}
}
