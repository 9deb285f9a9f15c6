package segment

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/atomicfile"
	"example.com/marketing/segkit/autoencoder"
	"example.com/marketing/segkit/internal/distance"
	"example.com/marketing/segkit/internal/source"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/pca"
)

// Errors of Read and Load about the file. ErrNewer stands beside ErrFile where the file is one of a later version.
var (
	ErrFile  = errors.New("not a segkit/segment model")
	ErrNewer = errors.New("written by a newer version")
)

const (
	format  = "segkit/segment"
	version = 1
)

// file is a saved model: what it is, and the model's JSON with the sum of its bytes.
type file struct {
	Format  string          `json:"format"`
	Version int             `json:"version"`
	Go      string          `json:"go"` // that wrote it
	SHA256  string          `json:"sha256"`
	Model   json.RawMessage `json:"model"`
}

// saved is the model in a file. The parts that have a format of their own are in that.
type saved struct {
	Recipe   Recipe          `json:"recipe"`
	Columns  []string        `json:"columns"`
	Names    []string        `json:"names"`
	Rows     int             `json:"rows"`
	Data     string          `json:"data"`
	Limit    float64         `json:"limit"`
	Fill     []float64       `json:"fill"`
	Curves   []curve         `json:"curves,omitempty"`
	Mean     []float64       `json:"mean"`
	Scale    []float64       `json:"scale"`
	PCA      json.RawMessage `json:"pca,omitempty"`
	Encoder  []byte          `json:"encoder,omitempty"` // safetensors
	Clusters json.RawMessage `json:"clusters"`
	Rules    *Rules          `json:"rules,omitempty"`
	Baseline *Baseline       `json:"baseline,omitempty"`
}

// WriteTo writes the whole pipeline as one JSON file: the recipe, the values for missing ones, the transform, the scaler, the
// projection, the centres, the segments' names, rules and baseline, the fingerprint of the data and the versions. Customers
// are not in it, but extreme values of columns may be. The same model gives the same bytes from the same version of Go. A model
// whose fields were changed so that they do not fit each other is an error.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	b, err := m.encode()
	if err != nil {
		return 0, fmt.Errorf("segment: %w", err)
	}
	n, err := w.Write(b)
	if err != nil {
		return int64(n), fmt.Errorf("segment: %w", err)
	}
	return int64(n), nil
}

// Save writes the model to a file as WriteTo does. The file is either replaced as a whole or left as it was.
func (m *Model) Save(path string) error {
	b, err := m.encode()
	if err != nil {
		return fmt.Errorf("segment: saving %s: %w", path, err)
	}
	err = atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	if err != nil {
		return fmt.Errorf("segment: saving %s: %w", path, err)
	}
	return nil
}

func (m *Model) encode() ([]byte, error) {
	if m.pipeline == nil {
		return nil, errors.New("a model that Fit did not make")
	}
	p := m.pipeline
	s := saved{
		Recipe: m.Recipe, Columns: m.Columns, Names: m.Names, Rows: m.Rows, Data: m.Data, Limit: m.Limit,
		Fill: p.fill, Curves: p.curves, Mean: p.mean, Scale: p.scale, Rules: m.Rules, Baseline: m.Baseline,
	}
	var b bytes.Buffer
	if _, err := m.clusters.WriteTo(&b); err != nil {
		return nil, err
	}
	s.Clusters = bytes.Clone(b.Bytes())
	if p.projection != nil {
		b.Reset()
		if _, err := p.projection.WriteTo(&b); err != nil {
			return nil, err
		}
		s.PCA = bytes.Clone(b.Bytes())
	}
	if p.encoder != nil {
		b.Reset()
		if _, err := p.encoder.WriteTo(&b); err != nil {
			return nil, err
		}
		s.Encoder = bytes.Clone(b.Bytes())
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	model, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	f := file{Format: format, Version: version, Go: runtime.Version(), SHA256: sum(model), Model: model}
	out, err := json.MarshalIndent(f, "", " ")
	return append(out, '\n'), err
}

// sum returns the SHA-256 of JSON without blanks between its parts, so that another layout of the same file is the same model.
func sum(b []byte) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, b); err != nil {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(compact.Bytes()))
}

// Load reads a model that Save wrote. Errors are Read's, and name the file.
func Load(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	defer f.Close()
	m, err := source.Read(f, ErrFile, read)
	if err != nil {
		return nil, fmt.Errorf("segment: %s: %w", path, err)
	}
	return m, nil
}

// Read reads a model that WriteTo wrote; it has no Labels. Anything else is an error that wraps ErrFile: other files, those
// that are cut off or were changed after they were written, and files of a later version, which wrap ErrNewer as well. An error
// of r is wrapped without it.
func Read(r io.Reader) (*Model, error) {
	m, err := source.Read(r, ErrFile, read)
	if err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	return m, nil
}

func read(r io.Reader) (*Model, error) {
	var f file
	decoder := json.NewDecoder(r)
	switch err := decoder.Decode(&f); {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, errors.New("the file is cut off")
	case err != nil:
		return nil, err
	case f.Format != format:
		return nil, fmt.Errorf("its format is %q, not %q", f.Format, format)
	case f.Version > version:
		return nil, fmt.Errorf("%w: %d, this program reads version %d", ErrNewer, f.Version, version)
	case f.Version != version:
		return nil, fmt.Errorf("its version is %d, not %d", f.Version, version)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the model")
	}
	if f.SHA256 != sum(f.Model) {
		return nil, errors.New("it was changed after it was written: the sum of its bytes is another one")
	}
	var s saved
	if err := json.Unmarshal(f.Model, &s); err != nil {
		return nil, err
	}
	return s.model()
}

// model puts the parts together, and refuses those that do not fit.
func (s *saved) model() (*Model, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	p := &pipeline{transform: s.Recipe.Transform, fill: s.Fill, curves: s.Curves, mean: s.Mean, scale: s.Scale}
	width := len(s.Columns)
	var err error
	if s.PCA != nil {
		if p.projection, err = pca.Read(bytes.NewReader(s.PCA)); err != nil {
			return nil, err
		}
		q, d := p.projection.Components.Dims()
		if d != width || q != s.Recipe.Components {
			return nil, fmt.Errorf("%d components of %d columns, where the recipe has %d of %d", q, d, s.Recipe.Components, width)
		}
		width = q
	}
	if s.Encoder != nil {
		if p.encoder, err = autoencoder.Read(bytes.NewReader(s.Encoder)); err != nil {
			return nil, err
		}
		d, q := p.encoder.Dims()
		if d != width {
			return nil, fmt.Errorf("a network for %d columns, where there are %d", d, width)
		}
		width = q
	}
	clusters, err := kmeans.Read(bytes.NewReader(s.Clusters))
	if err != nil {
		return nil, err
	}
	if k, q := clusters.Centers.Dims(); k != s.Recipe.K || q != width {
		return nil, fmt.Errorf("%d centres of %d numbers, where there should be %d of %d", k, q, s.Recipe.K, width)
	}
	rows := 0
	for _, size := range clusters.Sizes {
		rows += size
	}
	if rows != s.Rows {
		return nil, fmt.Errorf("the segments have %d customers, the model %d", rows, s.Rows)
	}
	return &Model{
		Recipe: s.Recipe, Columns: s.Columns, Names: s.Names, Sizes: clusters.Sizes, Rows: s.Rows, Data: s.Data,
		Inertia: clusters.Inertia, Limit: s.Limit, Rules: s.Rules, Baseline: s.Baseline, pipeline: p, clusters: clusters,
	}, nil
}

// check refuses parts that do not fit together, or cannot be.
func (s *saved) check() error {
	d := len(s.Columns)
	if d == 0 {
		return errors.New("there is no column")
	}
	for _, name := range slices.Concat(s.Columns, s.Names) {
		if !utf8.ValidString(name) { // JSON would make another name of it
			return fmt.Errorf("the name %q is not UTF-8", name)
		}
	}
	for j, name := range s.Columns {
		if slices.Contains(s.Columns[:j], name) {
			return fmt.Errorf("two columns are called %q", name)
		}
	}
	if _, err := s.Recipe.defaults(d); err != nil {
		return err
	}
	if r := s.Rules; r != nil && (r.Segments != s.Recipe.K || slices.ContainsFunc(r.Columns, func(name string) bool { return !slices.Contains(s.Columns, name) })) {
		return fmt.Errorf("the rules are for %d segments by %q, where there are %d by %q", r.Segments, r.Columns, s.Recipe.K, s.Columns)
	}
	if len(s.Names) != s.Recipe.K {
		return fmt.Errorf("%d names for %d segments", len(s.Names), s.Recipe.K)
	}
	for c, name := range s.Names {
		if name == "" {
			return fmt.Errorf("segment %d has no name", c)
		}
		if first := slices.Index(s.Names[:c], name); first >= 0 {
			return fmt.Errorf("segments %d and %d are both called %q", first, c, name)
		}
	}
	for about, values := range map[string][]float64{"values for missing ones": s.Fill, "means": s.Mean, "scales": s.Scale} {
		if len(values) != d {
			return fmt.Errorf("%d %s, for %d columns", len(values), about, d)
		}
		for j, v := range values {
			if !(math.Abs(v) <= distance.Largest) {
				return fmt.Errorf("the %s of column %s are %v", about, s.Columns[j], v)
			}
		}
	}
	if j := slices.IndexFunc(s.Scale, func(v float64) bool { return v < 0 }); j >= 0 {
		return fmt.Errorf("the scale of column %s is %v", s.Columns[j], s.Scale[j])
	}
	if (s.PCA != nil) != (s.Recipe.Components > 0) || (s.Encoder != nil) != (s.Recipe.Network != nil) {
		return errors.New("the projection is not the recipe's")
	}
	if !(s.Limit >= 0) {
		return fmt.Errorf("the limit of distances is %v", s.Limit)
	}
	if want := map[bool]int{true: d}[s.Recipe.Transform == Ranks]; len(s.Curves) != want {
		return fmt.Errorf("ranks of %d columns, for %d", len(s.Curves), want)
	}
	for j, c := range s.Curves {
		if len(c.Values) == 0 || len(c.Values) != len(c.Ranks) || !slices.IsSorted(c.Values) || !slices.IsSorted(c.Ranks) ||
			!(c.Ranks[0] >= 0 && c.Ranks[len(c.Ranks)-1] <= 1) {
			return fmt.Errorf("the ranks of column %s are no curve", s.Columns[j])
		}
	}
	return nil
}

// Rename gives the segments names, k of them. It is an error if one is empty, occurs twice or is not UTF-8, and panics with mat.ErrShape if
// there are not k.
func (m *Model) Rename(names ...string) error {
	if len(names) != len(m.Names) {
		panic(mat.ErrShape)
	}
	for c, name := range names {
		if name == "" {
			return fmt.Errorf("segment: segment %d gets no name", c)
		}
		if !utf8.ValidString(name) {
			return fmt.Errorf("segment: the name %q of segment %d is not UTF-8", name, c)
		}
		if first := slices.Index(names[:c], name); first >= 0 {
			return fmt.Errorf("segment: segments %d and %d are both to be called %q", first, c, name)
		}
	}
	m.Names = slices.Clone(names)
	return nil
}
