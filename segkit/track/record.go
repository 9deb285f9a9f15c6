package track

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// State says how far a run has come.
type State string

// The states of a run.
const (
	Running     State = "running"     // its program holds it open
	Interrupted State = "interrupted" // its program is gone, and it has not ended
	Ended       State = "ended"
	Damaged     State = "damaged" // its log cannot be read beyond what the record holds
)

// Point is one value of a metric.
type Point struct {
	Step  int
	Value float64
	At    time.Time
}

// Metric is what a metric's points come to. Last is the one that was logged last; Min and Max leave out what is no number,
// and are NaN where nothing is one.
type Metric struct {
	Count          int
	Last, Min, Max float64
	Step           int // of the last
}

func (m *Metric) add(step int, value float64) {
	if m.Count == 0 {
		m.Min, m.Max = math.NaN(), math.NaN()
	}
	m.Count++
	m.Last, m.Step = value, step
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	if !(m.Min <= value) {
		m.Min = value
	}
	if !(m.Max >= value) {
		m.Max = value
	}
}

// Dataset is data that a run worked on.
type Dataset struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
	Rows        int    `json:"rows"`
	Columns     int    `json:"columns"`
}

// Summary is what a log comes to, but for the points of the metrics.
type Summary struct {
	Name        string            `json:"name"`
	ID          string            `json:"id"` // 32 hexadecimal digits, new for each run
	Started     time.Time         `json:"started"`
	Ended       time.Time         `json:"ended,omitzero"`
	Params      map[string]any    `json:"params"` // as JSON gives them back: numbers are float64, integers from 2^53 on json.Number
	Others      map[string]any    `json:"others"`
	Metrics     map[string]Metric `json:"metrics"`
	Tags        []string          `json:"tags"`
	Files       []File            `json:"files"`
	Datasets    []Dataset         `json:"datasets"`
	Made        []ArtifactRef     `json:"made"` // versions of artifacts that the run made
	Used        []ArtifactRef     `json:"used"` // and those that it worked with
	Environment map[string]string `json:"environment"`
	LogBytes    int64             `json:"log_bytes"` // size of the log that this sums up, up to its last whole line

	fileIndex map[string]int // of Files, by kind and path
}

// copy shares nothing that a run adds to.
func (m *Summary) copy() Summary {
	c := *m
	c.Params, c.Others, c.Metrics = maps.Clone(m.Params), maps.Clone(m.Others), maps.Clone(m.Metrics)
	c.Tags, c.Files, c.Datasets = slices.Clone(m.Tags), slices.Clone(m.Files), slices.Clone(m.Datasets)
	c.Made, c.Used = slices.Clone(m.Made), slices.Clone(m.Used)
	c.fileIndex = maps.Clone(m.fileIndex)
	return c
}

func newSummary(name, id string, at time.Time) Summary {
	return Summary{
		Name: name, ID: id, Started: at.UTC().Truncate(time.Millisecond), Params: map[string]any{}, Others: map[string]any{}, Metrics: map[string]Metric{},
		Tags: []string{}, Files: []File{}, Datasets: []Dataset{}, Made: []ArtifactRef{}, Used: []ArtifactRef{},
		fileIndex: map[string]int{},
	}
}

func newID() string {
	var b [16]byte
	rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

func (m *Summary) addTag(tag string) (added bool) {
	if slices.Contains(m.Tags, tag) {
		return false
	}
	m.Tags = append(m.Tags, tag)
	return true
}

// addFile adds a file at the end, and takes away one of the same kind and path: files stand in the order in which they were
// logged last.
func (m *Summary) addFile(f File) {
	if i, ok := m.fileIndex[f.slot()]; ok {
		m.Files = slices.Delete(m.Files, i, i+1)
		for ; i < len(m.Files); i++ {
			m.fileIndex[m.Files[i].slot()] = i
		}
	}
	m.fileIndex[f.slot()] = len(m.Files)
	m.Files = append(m.Files, f)
}

func (f File) slot() string { return string(f.Kind) + " " + f.Path() }

// file returns a file by kind and path.
func (m *Summary) file(kind Kind, path string) (f File, ok bool) {
	i, ok := m.fileIndex[string(kind)+" "+path]
	if !ok {
		return f, false
	}
	return m.Files[i], true
}

func (m *Summary) addDataset(d Dataset) {
	m.Datasets = slices.DeleteFunc(m.Datasets, func(old Dataset) bool { return old.Name == d.Name })
	m.Datasets = append(m.Datasets, d)
}

// Record is a run that was read.
type Record struct {
	Summary
	State  State
	Damage error // why the log cannot be read, where the state is Damaged

	store      *Store
	generation int
}

// Last returns the last value of a metric. ok is false if it was not logged.
func (r *Record) Last(metric string) (value float64, ok bool) {
	m, ok := r.Metrics[metric]
	return m.Last, ok
}

// Points returns all points of a metric, in the order in which they were logged.
func (r *Record) Points(metric string) ([]Point, error) {
	var points []Point
	err := r.Replay(func(e *Entry, _ int64) error {
		if e.Kind == EntryMetric && e.Name == metric {
			points = append(points, Point{e.Step, e.Value.(float64), time.UnixMilli(e.At).UTC()})
		}
		return nil
	})
	return points, err
}

// Open opens a file of the run by its kind and path, which is its name, or for a model's the model's name and its, as in
// kmeans/kmeans.json. If there is none, the error wraps fs.ErrNotExist and names those that there are.
func (r *Record) Open(kind Kind, path string) (*os.File, error) {
	file, ok := r.file(kind, path)
	if !ok {
		there := []string{}
		for _, f := range r.Files {
			there = append(there, string(f.Kind)+" "+f.Path())
		}
		if len(there) == 0 {
			there = []string{"none"}
		}
		return nil, fmt.Errorf("track: run %s: %w: %s %q; it has %s", r.Name, fs.ErrNotExist, kind, path, strings.Join(there, ", "))
	}
	f, err := r.store.openObject(file.object, file.Name)
	if err != nil {
		return nil, fmt.Errorf("track: run %s: %w", r.Name, err)
	}
	return f, nil
}

func (s *Store) logPath(name string, generation int) string {
	return filepath.Join(s.dir, name, fmt.Sprintf("%04d.jsonl", generation))
}

func (s *Store) summaryPath(name string, generation int) string {
	return filepath.Join(s.dir, name, fmt.Sprintf("%04d.json", generation))
}

// generations returns the numbers of a run's logs, ascending; none if there is no such run.
func (s *Store) generations(name string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []int
	for _, e := range entries {
		var n int
		if rest, ok := strings.CutSuffix(e.Name(), ".jsonl"); ok {
			if _, err := fmt.Sscanf(rest, "%d", &n); err == nil && n > 0 && fmt.Sprintf("%04d", n) == rest {
				list = append(list, n)
			}
		}
	}
	slices.Sort(list)
	return list, nil
}

// Runs returns the store's runs, by name: of each name the one that Load returns. One that cannot be read is among them, in
// the state Damaged.
func (s *Store) Runs() ([]*Record, error) {
	names, err := s.names()
	if err != nil {
		return nil, fmt.Errorf("track: %w", err)
	}
	var records []*Record
	for _, name := range names {
		r, err := s.load(name)
		if err != nil {
			return nil, fmt.Errorf("track: run %s: %w", name, err)
		}
		if r != nil {
			records = append(records, r)
		}
	}
	return records, nil
}

// names returns the names of the folders that may hold runs.
func (s *Store) names() ([]string, error) {
	if s == nil {
		return nil, nil
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && checkName(e.Name()) == nil {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Load returns the run of that name: of those that have ended the one that began last, or where none has, the one that began
// last. If there is none, the error wraps ErrNoRun and names those that there are. A run that cannot be read is an error.
func (s *Store) Load(name string) (*Record, error) {
	if s == nil {
		return nil, fmt.Errorf("track: %w: %q; tracking is off", ErrNoRun, name)
	}
	if err := checkName(name); err != nil {
		return nil, fmt.Errorf("track: run: %w", err)
	}
	r, err := s.load(name)
	if err == nil && r != nil {
		err = r.Damage
	}
	if err != nil {
		return nil, fmt.Errorf("track: run %s: %w", name, err)
	}
	if r != nil {
		return r, nil
	}
	runs, err := s.Runs()
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, r := range runs {
		names = append(names, r.Name)
	}
	if len(names) == 0 {
		names = []string{"none"}
	}
	return nil, fmt.Errorf("track: %w: %q in %s; there are: %s", ErrNoRun, name, s.dir, strings.Join(names, ", "))
}

// load returns nil where there is no run.
func (s *Store) load(name string) (*Record, error) {
	history, err := s.history(name)
	return current(history), err
}

// current is the run of a name that stands for it: of those that have ended the last, else the last; nil where there is none.
func current(history []*Record) *Record {
	if len(history) == 0 {
		return nil
	}
	for _, r := range slices.Backward(history) {
		if r.State == Ended {
			return r
		}
	}
	return history[len(history)-1]
}

// History returns all runs of a name that the store holds, in the order in which they began: beside the one that Load returns
// those that have not ended, or whose program was killed before it could remove the one before.
func (s *Store) History(name string) ([]*Record, error) {
	if s == nil {
		return nil, nil
	}
	if err := checkName(name); err != nil {
		return nil, fmt.Errorf("track: run: %w", err)
	}
	history, err := s.history(name)
	if err != nil {
		return nil, fmt.Errorf("track: run %s: %w", name, err)
	}
	return history, nil
}

// history reads again when a log goes while it is read: the run was replaced, and another is there.
func (s *Store) history(name string) ([]*Record, error) {
	for attempt := 0; ; attempt++ {
		history, err := s.historyOnce(name)
		if errors.Is(err, fs.ErrNotExist) && attempt < 20 {
			continue
		}
		return history, err
	}
}

func (s *Store) historyOnce(name string) ([]*Record, error) {
	generations, err := s.generations(name)
	if err != nil {
		return nil, err
	}
	var history []*Record
	for _, g := range generations {
		r, err := s.readSummary(name, g)
		if err == nil && r == nil {
			r, err = s.readLog(name, g)
		}
		if err != nil {
			return nil, err
		}
		if r != nil { // not killed before its first line was whole
			history = append(history, r)
		}
	}
	return history, nil
}

// readSummary returns nil where the run has none, because it has not ended, and where it is of another log than is there.
func (s *Store) readSummary(name string, generation int) (*Record, error) {
	b, err := os.ReadFile(s.summaryPath(name, generation))
	if err != nil {
		return nil, nil // the log has it all
	}
	info, err := os.Stat(s.logPath(name, generation))
	if err != nil {
		return nil, err
	}
	r := &Record{State: Ended, store: s, generation: generation}
	if err := decode(b, &r.Summary); err != nil || r.LogBytes != info.Size() || r.Summary.check() != nil {
		return nil, nil
	}
	plain(r.Params)
	plain(r.Others)
	r.Name = name // whatever its folder was called before
	return r, nil
}

// check refuses a summary that this package did not write, and makes the index of its files.
func (m *Summary) check() error {
	if err := checkID(m.ID); err != nil {
		return err
	}
	m.fileIndex = map[string]int{}
	for i, f := range m.Files {
		if err := f.check(); err != nil {
			return err
		}
		m.fileIndex[f.slot()] = i
	}
	for _, refs := range [][]ArtifactRef{m.Made, m.Used} {
		for _, ref := range refs {
			if err := checkName(ref.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropBefore removes the logs of earlier runs of a name, except those that are being written.
func (s *Store) dropBefore(name string, generation int) error {
	generations, err := s.generations(name)
	if err != nil {
		return err
	}
	for _, g := range generations {
		if g >= generation {
			continue
		}
		if err := s.drop(name, g); err != nil {
			return err
		}
	}
	return nil
}

// drop removes a log while it holds its lock; one that another program holds stays.
func (s *Store) drop(name string, generation int) error {
	f, err := os.Open(s.logPath(name, generation))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close() // and with it the lock goes
	if ok, err := lock(f, false, false); err != nil || !ok {
		return err
	}
	for _, path := range []string{s.summaryPath(name, generation), s.logPath(name, generation)} { // without the log there is no run
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// isOpen tells whether a program is writing the log. Readers share their lock, so that they do not take each other for one.
func (s *Store) isOpen(name string, generation int) bool {
	f, err := os.Open(s.logPath(name, generation))
	if err != nil {
		return false
	}
	defer f.Close() // and with it the lock goes
	ok, err := lock(f, true, false)
	return err == nil && !ok
}
