// Command compare measures segkit against scikit-learn and other Go packages; scripts/bench calls it. Each side is a process
// of its own that loads the same table. Then the sides do the work in turns, so that a busy minute of the machine hits all
// alike, and what they computed is compared: against scikit-learn, a figure counts only when both did the same work. The
// other Go packages end where they end; their inertia is shown.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit"
	"example.com/marketing/segkit/atomicfile"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/pca"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	if len(os.Args) == 3 && os.Args[1] == "work" {
		if err := work(os.Args[2], os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	b := bench{rounds: 9}
	var report string
	flag.StringVar(&b.python, "python", "", "Python with scikit-learn; empty for none")
	flag.StringVar(&b.peers, "peers", "", "the program in peers; empty for none")
	flag.StringVar(&report, "report", "", "file whose measured part is replaced")
	flag.BoolVar(&b.quick, "quick", false, "small tables and one round, to see that everything works")
	flag.Parse()
	if b.quick {
		b.rounds = 1
	}
	text, err := b.run(context.Background())
	if err == nil {
		fmt.Print(text)
		if report != "" {
			err = replace(report, text)
		}
	}
	if err != nil {
		log.Fatal(err)
	}
}

// bench is one run of the program.
type bench struct {
	python, peers string
	quick         bool
	rounds        int
	dir           string
	report        strings.Builder
	versions      map[string]string
}

// side is one way of doing the work of a comparison.
type side struct {
	name    string
	command []string
	job     job
}

// measured is what came of a side.
type measured struct {
	side
	seconds   float64 // median
	megabytes float64 // peak beyond the table, in the first round
	values    []float64
}

func (b *bench) run(ctx context.Context) (string, error) {
	var err error
	if b.dir, err = os.MkdirTemp("", "segkit-bench-"); err != nil {
		return "", err
	}
	defer os.RemoveAll(b.dir)
	b.versions = map[string]string{"Go": strings.TrimPrefix(runtime.Version(), "go")}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "gonum.org/v1/gonum" {
				b.versions["gonum"] = m.Version
			}
		}
	}
	data, err := segkit.Load(ctx)
	if err != nil {
		return "", err
	}
	full := data.X
	components, err := pca.Fit(full, 2)
	if err != nil {
		return "", err
	}
	plane := components.Transform(full)
	for _, part := range []func(full, plane *mat.Dense) error{b.restarts, b.single, b.silhouettes, b.small, b.batches, b.packages} {
		if err := part(full, plane); err != nil {
			return "", err
		}
	}
	n, d := full.Dims()
	var versions []string
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range b.versions {
			if !yield(name) {
				return
			}
		}
	}) {
		versions = append(versions, name+" "+b.versions[name])
	}
	head := fmt.Sprintf("Measured on %s: %s, %d processors. %s. The table: %d×%d, %s.\n\n"+
		"Medians of %d rounds in which the sides took turns; of scikit-learn's algorithms the faster one counts. Memory is the peak beyond the table.\n",
		time.Now().Format(time.DateOnly), processor(), runtime.NumCPU(), strings.Join(versions, ", "), n, d, data.Source, b.rounds)
	return head + b.report.String(), nil
}

// processor returns its name, where Linux tells it.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// file saves a table for the workers.
func (b *bench) file(name string, x *mat.Dense) (string, error) {
	path := filepath.Join(b.dir, name)
	return path, save(path, x.RawMatrix().Data)
}

// ours is segkit's side.
func ours(name string, j job) side {
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	return side{name, []string{self, "work"}, j}
}

// sklearn is scikit-learn's side.
func (b *bench) sklearn(name string, j job) side {
	return side{name, []string{b.python, filepath.Join("scripts", "compare", "peers", "sklearn_peer.py")}, j}
}

// worker is a side's process.
type worker struct {
	side
	process *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
	results []result
}

func (b *bench) start(s side) (*worker, error) {
	argument, err := json.Marshal(s.job)
	if err != nil {
		return nil, err
	}
	w := &worker{side: s, process: exec.Command(s.command[0], append(s.command[1:], string(argument))...)}
	w.process.Stderr = os.Stderr
	if w.in, err = w.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := w.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := w.process.Start(); err != nil {
		return nil, err
	}
	w.out = json.NewDecoder(bufio.NewReader(out))
	var first opening
	if err := w.out.Decode(&first); err != nil {
		w.process.Process.Kill()
		w.process.Wait()
		return nil, fmt.Errorf("%s did not start: %w", s.name, err)
	}
	for name, version := range first.Versions {
		b.versions[name] = version
	}
	return w, nil
}

// round has the worker do its job once, when the threads of the one before have gone to sleep.
func (w *worker) round() error {
	time.Sleep(100 * time.Millisecond)
	if _, err := io.WriteString(w.in, "\n"); err != nil {
		return fmt.Errorf("%s: %w", w.name, err)
	}
	var r result
	if err := w.out.Decode(&r); err != nil {
		return fmt.Errorf("%s: %w", w.name, err)
	}
	w.results = append(w.results, r)
	return nil
}

// measure has all sides do their work in turns. The first round, in which libraries set themselves up, is not timed.
func (b *bench) measure(sides ...side) ([]measured, error) {
	var workers []*worker
	defer func() {
		for _, w := range workers {
			w.in.Close()
			w.process.Wait()
		}
	}()
	for _, s := range sides {
		if s.command[0] == "" {
			continue // that peer is not there
		}
		w, err := b.start(s)
		if err != nil {
			return nil, err
		}
		workers = append(workers, w)
	}
	for range 1 + b.rounds {
		for _, w := range workers {
			if err := w.round(); err != nil {
				return nil, err
			}
		}
	}
	var all []measured
	for _, w := range workers {
		var seconds []float64
		for _, r := range w.results[1:] {
			seconds = append(seconds, r.Seconds)
		}
		slices.Sort(seconds)
		m := measured{w.side, seconds[len(seconds)/2], float64(w.results[0].Kilobytes) / 1024, w.results[0].Values}
		log.Printf("%-40s %9.4f s  %7.1f MB", m.name, m.seconds, m.megabytes)
		all = append(all, m)
	}
	return all, nil
}

// heading starts a table of the report.
func (b *bench) heading(title string, columns ...string) {
	fmt.Fprintf(&b.report, "\n### %s\n\n| %s |\n|%s\n", title, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	log.Print(title)
}

func (b *bench) row(cells ...string) {
	fmt.Fprintf(&b.report, "| %s |\n", strings.Join(cells, " | "))
}

// fastest returns the fastest of the sides after the first, and how many times as long as the first it took.
func fastest(all []measured) (peer, times string, ratio float64) {
	if len(all) < 2 {
		return "–", ratioText(math.NaN()), math.NaN()
	}
	least := slices.MinFunc(all[1:], func(a, b measured) int { return cmp.Compare(a.seconds, b.seconds) })
	ratio = least.seconds / all[0].seconds
	return fmt.Sprintf("%s (%s)", seconds(least.seconds), least.name), ratioText(ratio), ratio
}

// ratioText shows a ratio, where there is one.
func ratioText(ratio float64) string {
	if math.IsNaN(ratio) {
		return "–"
	}
	return fmt.Sprintf("%.1f", ratio)
}

func seconds(s float64) string {
	if math.IsNaN(s) {
		return "–"
	}
	if s < 1 {
		return fmt.Sprintf("%.3g ms", s*1000)
	}
	return fmt.Sprintf("%.3g s", s)
}

// inertia is the sum of squared distances of the rows of x to the nearest of the centres.
func inertia(x *mat.Dense, k int, centers []float64) (float64, error) {
	_, d := x.Dims()
	if len(centers) != k*d {
		return 0, fmt.Errorf("%d numbers are not %d centres of %d columns", len(centers), k, d)
	}
	m := kmeans.Model{Centers: mat.NewDense(k, d, centers)}
	distances, err := m.Transform(x)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	n, _ := x.Dims()
	for i := range n {
		least := slices.Min(distances.RawRowView(i))
		sum += least * least
	}
	return sum, nil
}

// inertias computes them for all sides, and returns an error unless each lies within the tolerance of the first's, relative.
func inertias(x *mat.Dense, k int, all []measured, below, above float64) ([]float64, error) {
	var sums []float64
	for _, m := range all {
		sum, err := inertia(x, k, m.values)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		sums = append(sums, sum)
		if r := sum/sums[0] - 1; !(r >= -below && r <= above) {
			return nil, fmt.Errorf("%s did other work: inertia %v, segkit %v", m.name, sum, sums[0])
		}
	}
	return sums, nil
}

// restarts: the tutorial's k-means, 100 restarts.
func (b *bench) restarts(full, plane *mat.Dense) error {
	for _, table := range []struct {
		name string
		x    *mat.Dense
	}{{"all columns", full}, {"two components", plane}} {
		n, d := table.x.Dims()
		file, err := b.file("restarts.f64", table.x)
		if err != nil {
			return err
		}
		b.heading(fmt.Sprintf("k-means, 100 restarts, tol 1e-4, %d×%d (%s)", n, d, table.name),
			"k", "segkit", "scikit-learn, elkan", "times as fast", "scikit-learn, lloyd", "times as fast", "inertia", "scikit-learn's", "segkit, to convergence", "inertia")
		var total [4]float64
		for k := 3; k <= 5; k++ {
			settled := job{Job: "kmeans", X: file, N: n, D: d, K: k, Restarts: 100}
			stopped := settled
			stopped.Tol = 1e-4
			elkan, lloyd := stopped, stopped
			elkan.Algorithm, lloyd.Algorithm = "elkan", "lloyd"
			all, err := b.measure(ours("segkit", stopped), ours("to convergence", settled), b.sklearn("elkan", elkan), b.sklearn("lloyd", lloyd))
			if err != nil {
				return err
			}
			sums, err := inertias(table.x, k, all, 1e-3, 1e-3) // restarts draw their own centres, and a tolerance stops early
			if err != nil {
				return err
			}
			took, theirs := [4]float64{all[0].seconds, all[1].seconds, math.NaN(), math.NaN()}, "–"
			if len(all) > 2 {
				took[2], took[3] = all[2].seconds, all[3].seconds
				theirs = fmt.Sprintf("%.2f", min(sums[2], sums[3]))
			}
			b.restartsRow(strconv.Itoa(k), took, fmt.Sprintf("%.2f", sums[0]), theirs, fmt.Sprintf("%.2f", sums[1]))
			for i := range total {
				total[i] += took[i]
			}
		}
		b.restartsRow("sum", total, "", "", "")
	}
	return nil
}

// restartsRow shows the times of segkit, of segkit to convergence, and of scikit-learn's two algorithms.
func (b *bench) restartsRow(k string, took [4]float64, ours, theirs, settled string) {
	b.row(k, seconds(took[0]), seconds(took[2]), ratioText(took[2]/took[0]), seconds(took[3]), ratioText(took[3]/took[0]), ours, theirs, seconds(took[1]), settled)
}

// jittered draws n rows of x and moves each a little, so that a large table has the small one's shape.
func jittered(x *mat.Dense, n int) *mat.Dense {
	rows, d := x.Dims()
	random := rand.New(rand.NewPCG(1, 2))
	big := mat.NewDense(n, d, nil)
	for i := range n {
		from := x.RawRowView(random.IntN(rows))
		for j, v := range from {
			big.Set(i, j, v+0.1*random.NormFloat64())
		}
	}
	return big
}

// single: one fit of k = 8 from the same centres, on growing tables.
func (b *bench) single(full, _ *mat.Dense) error {
	const k = 8
	_, d := full.Dims()
	b.heading(fmt.Sprintf("k-means, one fit from the same centres, k = %d, tol 1e-4, %d columns", k, d),
		"rows", "segkit", "scikit-learn", "times as fast", "memory ÷ table, segkit", "scikit-learn", "inertia, relative difference")
	sizes := []int{1e4, 1e5, 1e6}
	if b.quick {
		sizes = []int{1000, 5000}
	}
	for _, n := range sizes {
		x := jittered(full, n)
		file, err := b.file("single.f64", x)
		if err != nil {
			return err
		}
		start, err := b.file("start.f64", mat.DenseCopyOf(x.Slice(0, k, 0, d)))
		if err != nil {
			return err
		}
		j := job{Job: "kmeans", X: file, N: n, D: d, K: k, Start: start, Tol: 1e-4}
		elkan, lloyd := j, j
		elkan.Algorithm, lloyd.Algorithm = "elkan", "lloyd"
		all, err := b.measure(ours("segkit", j), b.sklearn("elkan", elkan), b.sklearn("lloyd", lloyd))
		if err != nil {
			return err
		}
		sums, err := inertias(x, k, all, 1e-6, 1e-6)
		if err != nil {
			return err
		}
		megabytes := float64(8*n*d) / (1 << 20)
		peer, times, _ := fastest(all)
		memory, difference := "–", 0.0
		for i, m := range all[1:] {
			memory = fmt.Sprintf("%s / %.2f", strings.TrimSuffix(memory, "–"), m.megabytes/megabytes)
			difference = max(difference, math.Abs(sums[i+1]/sums[0]-1))
		}
		b.row(strconv.Itoa(n), seconds(all[0].seconds), peer, times, fmt.Sprintf("%.2f", all[0].megabytes/megabytes),
			strings.TrimPrefix(memory, " / "), fmt.Sprintf("%.0e", difference))
	}
	return nil
}

// silhouettes: of three labelings, over all distances.
func (b *bench) silhouettes(full, _ *mat.Dense) error {
	n, d := full.Dims()
	file, err := b.file("silhouettes.f64", full)
	if err != nil {
		return err
	}
	j := job{Job: "silhouettes", X: file, N: n, D: d}
	for k := 3; k <= 5; k++ {
		m, err := kmeans.Fit(context.Background(), full, k, nil)
		if err != nil {
			return err
		}
		labels := mat.NewDense(n, 1, nil)
		for i, c := range m.Labels {
			labels.Set(i, 0, float64(c))
		}
		name, err := b.file(fmt.Sprintf("labels%d.f64", k), labels)
		if err != nil {
			return err
		}
		j.Labels = append(j.Labels, name)
	}
	b.heading(fmt.Sprintf("Silhouettes of three labelings, %d×%d", n, d), "segkit", "scikit-learn", "times as fast", "largest difference")
	return b.compare(1e-9, ours("segkit", j), b.sklearn("silhouette_score, three times", j))
}

// small: what takes milliseconds.
func (b *bench) small(full, _ *mat.Dense) error {
	n, d := full.Dims()
	file, err := b.file("small.f64", full)
	if err != nil {
		return err
	}
	for _, s := range []struct {
		job, title, peer string
		tolerance        float64
	}{
		{"pca", "PCA to two components, fit and transform", "PCA", 1e-5}, // its solver is a randomised one
		{"scale", "Scaling, fit and transform", "StandardScaler", 1e-12},
	} {
		b.heading(fmt.Sprintf("%s, %d×%d", s.title, n, d), "segkit", "scikit-learn", "times as fast", "largest difference")
		j := job{Job: s.job, X: file, N: n, D: d}
		if err := b.compare(s.tolerance, ours("segkit", j), b.sklearn(s.peer, j)); err != nil {
			return err
		}
	}
	return nil
}

// compare measures sides that compute the same few numbers.
func (b *bench) compare(tolerance float64, sides ...side) error {
	all, err := b.measure(sides...)
	if err != nil {
		return err
	}
	difference := 0.0
	for _, m := range all[1:] {
		same := len(m.values) == len(all[0].values)
		for i := 0; same && i < len(m.values); i++ {
			difference = max(difference, math.Abs(m.values[i]-all[0].values[i]))
		}
		if !same || !(difference <= tolerance) {
			return fmt.Errorf("%s did other work: %v, segkit %v", m.name, m.values, all[0].values)
		}
	}
	peer, times, _ := fastest(all)
	b.row(seconds(all[0].seconds), peer, times, fmt.Sprintf("%.0e", difference))
	return nil
}

// batches: mini-batch k-means from a file.
func (b *bench) batches(full, _ *mat.Dense) error {
	const k = 8
	_, d := full.Dims()
	b.heading(fmt.Sprintf("Mini-batch k-means from a file, k = %d, %d columns", k, d),
		"rows", "file", "segkit", "partial_fit, 1,024 rows a call", "times as fast", "10,240 rows a call", "times as fast", "memory, segkit", "scikit-learn", "inertia, scikit-learn ÷ segkit")
	sizes := []int{1e5, 1e6}
	if b.quick {
		sizes = []int{5000}
	}
	for _, n := range sizes {
		x := jittered(full, n)
		file, err := b.file("rows.f64", x)
		if err != nil {
			return err
		}
		text := filepath.Join(b.dir, "rows.csv")
		if err := writeCSV(text, x); err != nil {
			return err
		}
		for _, format := range []struct{ job, file string }{{"csv", text}, {"binary", file}} {
			j := job{Job: format.job, File: format.file, N: n, D: d, K: k}
			few, many := j, j
			few.Batch, many.Batch = 1024, 10240
			all, err := b.measure(ours("segkit, "+format.job, j), b.sklearn("1,024 rows a call", few), b.sklearn("10,240 rows a call", many))
			if err != nil {
				return err
			}
			sums, err := inertias(x, k, all, 0.1, 0.3) // a single pass ends near, not at, a minimum
			if err != nil {
				return err
			}
			cells := []string{strconv.Itoa(n), format.job, seconds(all[0].seconds)}
			memory, quality := "–", "–"
			for _, m := range all[1:] {
				cells = append(cells, seconds(m.seconds), ratioText(m.seconds/all[0].seconds))
			}
			if len(all) > 1 {
				memory = fmt.Sprintf("%.0f / %.0f MB", all[1].megabytes, all[2].megabytes)
				quality = fmt.Sprintf("%.3f / %.3f", sums[1]/sums[0], sums[2]/sums[0])
			} else {
				cells = append(cells, "–", "–", "–", "–")
			}
			b.row(append(cells, fmt.Sprintf("%.0f MB", all[0].megabytes), memory, quality)...)
		}
	}
	return nil
}

func writeCSV(name string, x *mat.Dense) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriterSize(f, 1<<20)
	n, _ := x.Dims()
	var line []byte
	for i := range n {
		line = line[:0]
		for _, v := range x.RawRowView(i) {
			line = append(strconv.AppendFloat(line, v, 'g', 10, 64), ',')
		}
		line[len(line)-1] = '\n'
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// packages: one fit by other Go packages, with their defaults.
func (b *bench) packages(full, _ *mat.Dense) error {
	const k = 5
	n, d := full.Dims()
	file, err := b.file("packages.f64", full)
	if err != nil {
		return err
	}
	b.heading(fmt.Sprintf("k-means packages in Go, one start, k = %d, %d×%d", k, n, d), "package", "time", "inertia", "times as long as segkit")
	j := job{Job: "kmeans", X: file, N: n, D: d, K: k, Restarts: 1}
	muesli, goml := j, j
	muesli.Job, goml.Job = "muesli", "goml"
	all, err := b.measure(ours("segkit", j), side{"muesli/kmeans", []string{b.peers}, muesli}, side{"cdipaolo/goml", []string{b.peers}, goml})
	if err != nil {
		return err
	}
	for _, m := range all {
		sum, err := inertia(full, k, m.values)
		if err != nil {
			return err
		}
		b.row(m.name, seconds(m.seconds), fmt.Sprintf("%.0f", sum), fmt.Sprintf("%.1f", m.seconds/all[0].seconds))
	}
	return nil
}

// replace puts text between the two comments of a Markdown file.
func replace(name, text string) error {
	const begin, end = "<!-- measured: written by scripts/bench -->\n", "<!-- end of what was measured -->\n"
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok1 := strings.Cut(string(old), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s has no place for what was measured", name)
	}
	return atomicfile.Write(name, func(w io.Writer) error {
		_, err := io.WriteString(w, before+begin+"\n"+text+"\n"+end+after)
		return err
	})
}
