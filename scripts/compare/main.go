// Command compare measures segkit against scikit-learn, PyTorch and other Go packages; scripts/bench calls it. Each side is a
// process of its own that loads the same table. Then the sides do the work in turns, so that a busy minute of the machine hits
// all alike, and what they computed is compared: against scikit-learn and PyTorch, a figure counts only when both did the same
// work. The other Go packages end where they end; their inertia is shown.
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
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit"
	"example.com/marketing/segkit/atomicfile"
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
	flag.StringVar(&b.sklearnPython, "sklearn", "", "Python with scikit-learn and pandas; empty for none")
	flag.StringVar(&b.torchPython, "torch", "", "Python with PyTorch; empty for none")
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
	sklearnPython, torchPython, peers string

	quick    bool
	rounds   int
	dir      string
	report   strings.Builder
	versions map[string]string
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
			switch m.Path {
			case "gonum.org/v1/gonum", "github.com/gomlx/gomlx":
				b.versions[filepath.Base(m.Path)] = m.Version
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
	for _, part := range []func(full, plane *mat.Dense) error{b.restarts, b.single, b.silhouettes, b.small, b.training, b.encoding, b.batches, b.packages, b.reports} {
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
		"Medians of %d rounds (of the trainings: %d) in which the sides took turns; of scikit-learn's algorithms the faster one counts. Memory is the peak beyond the table.\n",
		time.Now().Format(time.DateOnly), processor(), runtime.NumCPU(), strings.Join(versions, ", "), n, d, data.Source, b.rounds, b.trainings())
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
	return script(b.sklearnPython, "sklearn_peer.py", name, j)
}

// torch is PyTorch's side.
func (b *bench) torch(name string, j job) side {
	return script(b.torchPython, "torch_peer.py", name, j)
}

func script(python, file, name string, j job) side {
	return side{name, []string{python, filepath.Join("scripts", "compare", "peers", file)}, j}
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
	return b.measureRounds(b.rounds, sides...)
}

// measureRounds has as many rounds as it is told; of 0, the first one counts.
func (b *bench) measureRounds(rounds int, sides ...side) ([]measured, error) {
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
	for range 1 + rounds {
		for _, w := range workers {
			if err := w.round(); err != nil {
				return nil, err
			}
		}
	}
	var all []measured
	for _, w := range workers {
		var seconds []float64
		for _, r := range w.results[min(rounds, 1):] {
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
