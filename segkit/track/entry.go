package track

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"strconv"
)

// EntryKind says what an entry of a log tells.
type EntryKind string

// The kinds of entries. Which fields an entry has depends on its kind.
const (
	EntryStart    EntryKind = "start"    // Name, ID, Environment
	EntryContinue EntryKind = "continue" // Environment, where it is another than before
	EntryParam    EntryKind = "param"    // Name, Value
	EntryMetric   EntryKind = "metric"   // Name, Value, Step; Value is a float64
	EntryTag      EntryKind = "tag"      // Name
	EntryOther    EntryKind = "other"    // Name, Value
	EntryFile     EntryKind = "file"     // File
	EntryDataset  EntryKind = "dataset"  // Dataset
	EntryMade     EntryKind = "made"     // Artifact: the run made this version
	EntryUsed     EntryKind = "used"     // Artifact: the run worked with it
	EntryEnd      EntryKind = "end"
)

// known tells whether this version of the package has the kind.
func (k EntryKind) known() bool {
	switch k {
	case EntryStart, EntryContinue, EntryParam, EntryMetric, EntryTag, EntryOther, EntryFile, EntryDataset, EntryMade, EntryUsed, EntryEnd:
		return true
	}
	return false
}

// Entry is one thing that was logged: a line of a run's log.
type Entry struct {
	Kind        EntryKind         `json:"k"`
	Name        string            `json:"n,omitempty"`
	Value       any               `json:"v,omitempty"` // as in Record.Params
	Step        int               `json:"s,omitempty"`
	Version     int               `json:"version,omitempty"` // of the format
	ID          string            `json:"id,omitempty"`
	Environment map[string]string `json:"environment,omitempty"`
	File        *File             `json:"file,omitempty"`
	Dataset     *Dataset          `json:"dataset,omitempty"`
	Artifact    *ArtifactRef      `json:"artifact,omitempty"`
	At          int64             `json:"at"` // milliseconds since 1970

	size int    // of the line
	sum  uint64 // FNV-1a of the line
}

// parse reads a whole line. Names that metrics share are kept in names, once each.
func (e *Entry) parse(text []byte, names map[string]string) error {
	*e = Entry{}
	defer func() { e.size, e.sum = len(text), sumOf(text) }()
	if e.parseMetric(text, names) {
		return nil
	}
	var line struct {
		Entry
		Value json.RawMessage `json:"v"`
	}
	err := json.Unmarshal(text, &line)
	if err != nil {
		return err
	}
	*e = line.Entry
	if e.Value, err = valueOf(line.Value); err != nil {
		return err
	}
	return e.check()
}

func sumOf(text []byte) uint64 {
	h := fnv.New64a()
	h.Write(text)
	return h.Sum64()
}

// check refuses what Run would not have written. A store may come from anywhere, and what it says becomes paths here and names on
// servers.
func (e *Entry) check() (err error) {
	switch e.Kind {
	case EntryStart:
		return checkID(e.ID)
	case EntryMetric:
		e.Value, err = number(e.Value)
		return cmp.Or(err, checkLabel(e.Name))
	case EntryParam, EntryTag, EntryOther:
		return checkLabel(e.Name)
	case EntryFile:
		if e.File == nil {
			return errors.New("a file without a file")
		}
		return e.File.check()
	case EntryDataset:
		if e.Dataset == nil {
			return errors.New("a data set without one")
		}
		return checkLabel(e.Dataset.Name)
	case EntryMade, EntryUsed:
		if e.Artifact == nil || e.Artifact.Version < 1 {
			return errors.New("an artifact without one")
		}
		return checkName(e.Artifact.Name)
	}
	return nil
}

// checkID accepts what newID makes.
func checkID(id string) error {
	if b, err := hex.DecodeString(id); err != nil || len(b) != 16 {
		return fmt.Errorf("the run has the ID %q", id)
	}
	return nil
}

// valueOf reads a JSON value, or nothing, as Record.Params has it. Most are numbers and short texts.
func valueOf(b []byte) (v any, err error) {
	switch {
	case len(b) == 0:
		return nil, nil
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		return plain(json.Number(b)), nil
	case b[0] == '"' || b[0] == 't' || b[0] == 'f' || b[0] == 'n':
		err = json.Unmarshal(b, &v)
	default:
		err = decode(b, &v)
	}
	return plain(v), err
}

// parseMetric reads a line as Metric writes it, many times as fast as the JSON package. It answers false for any other line,
// which may still be a metric.
func (e *Entry) parseMetric(text []byte, names map[string]string) bool {
	rest, ok := bytes.CutPrefix(text, []byte(`{"k":"metric","n":"`))
	if !ok {
		return false
	}
	at := bytes.IndexAny(rest, `"\`)
	if at < 0 || rest[at] == '\\' {
		return false
	}
	name, known := names[string(rest[:at])]
	if !known {
		name = string(rest[:at])
		if checkLabel(name) != nil {
			return false
		}
		names[name] = name
	}
	value, rest, ok1 := bytes.Cut(rest[at+1:], []byte(`,"s":`))
	step, rest, ok2 := bytes.Cut(rest, []byte(`,"at":`))
	value, ok3 := bytes.CutPrefix(value, []byte(`,"v":`))
	stamp, ok4 := bytes.CutSuffix(rest, []byte("}\n"))
	if !ok1 || !ok2 || !ok3 || !ok4 || len(value) == 0 || value[0] == '"' {
		return false
	}
	v, err1 := strconv.ParseFloat(string(value), 64)
	s, err2 := strconv.Atoi(string(step))
	ms, err3 := strconv.ParseInt(string(stamp), 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return false
	}
	e.Kind, e.Name, e.Value, e.Step, e.At = EntryMetric, name, v, s, ms
	return true
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// decode reads one JSON value, in which numbers keep all their digits.
func decode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON value")
	}
	return nil
}

// plain makes a decoded value what a reader expects: numbers are float64, but for integers from 2^53 on, which a float64 does
// not hold and which stay json.Number.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		if err != nil || math.Abs(f) >= 1<<53 && isInteger(string(v)) {
			return v
		}
		return f
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = plain(v[key])
		}
	}
	return v
}

func isInteger(s string) bool {
	for i, c := range s {
		if (c < '0' || c > '9') && (i > 0 || c != '-') {
			return false
		}
	}
	return true
}

// number reads a metric's value back.
func number(v any) (float64, error) {
	switch v := v.(type) {
	case json.Number:
		return v.Float64()
	case float64:
		return v, nil
	case string:
		switch v {
		case "NaN":
			return math.NaN(), nil
		case "Infinity":
			return math.Inf(1), nil
		case "-Infinity":
			return math.Inf(-1), nil
		}
	}
	return 0, fmt.Errorf("a metric has the value %v", v)
}

// appendNumber writes a number, or the word for what is none.
func appendNumber(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}
