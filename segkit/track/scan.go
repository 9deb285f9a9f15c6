package track

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"time"
)

// readLog sums a log up. It returns nil where the log has not even a first line.
func (s *Store) readLog(name string, generation int) (*Record, error) {
	open := s.isOpen(name, generation) // before reading: a run that ends in between has ended, and is not interrupted
	r := &Record{State: Interrupted, store: s, generation: generation}
	if open {
		r.State = Running
	}
	begun := false
	_, err := s.scan(name, generation, func(l *line) error {
		if !begun {
			if l.Kind != kindStart {
				return fmt.Errorf("it begins with %q", l.Kind)
			}
			if l.Version != formatVersion {
				return fmt.Errorf("it is of version %d, this program reads version %d", l.Version, formatVersion)
			}
			r.summary = newSummary(name, l.ID, time.UnixMilli(l.At))
			r.Environment = l.Environment
			begun = true
			return nil
		}
		return r.apply(l)
	})
	if err != nil || !begun {
		return nil, err
	}
	if !r.Ended.IsZero() {
		r.State = Ended
	}
	return r, nil
}

func (r *Record) apply(l *line) error {
	switch l.Kind {
	case kindContinue:
		r.Ended = time.Time{}
	case kindParam:
		r.Params[l.Name] = l.Value
	case kindOther:
		r.Others[l.Name] = l.Value
	case kindTag:
		r.Tags = append(r.Tags, l.Name)
	case kindMetric:
		v, err := number(l.Value)
		if err != nil {
			return err
		}
		m := r.Metrics[l.Name]
		m.add(Point{Step: l.Step, Value: v})
		r.Metrics[l.Name] = m
	case kindFile:
		if l.File == nil {
			return errors.New("a file without a file")
		}
		r.addFile(*l.File)
	case kindDataset:
		if l.Dataset == nil {
			return errors.New("a data set without one")
		}
		r.addDataset(*l.Dataset)
	case kindMade, kindUsed:
		if l.Artifact == nil {
			return errors.New("an artifact without one")
		}
		r.addArtifact(l.Kind, *l.Artifact)
	case kindEnd:
		r.Ended = time.UnixMilli(l.At).UTC()
	}
	return nil // kinds that a later version may have are passed over
}

// scan calls f with each whole line of a log, and returns how many there were. What f is given is its own until the next call.
func (s *Store) scan(name string, generation int, f func(l *line) error) (lines int, err error) {
	path := s.logPath(name, generation)
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	b := bufio.NewReaderSize(file, 1<<16)
	var long []byte
	names := map[string]string{}
	var l line
	for {
		text, err := b.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, text...)
			continue
		}
		if err == io.EOF { // what is left is a piece of a line
			return lines, nil
		}
		if err != nil {
			return lines, fmt.Errorf("%s: %w", path, err)
		}
		if long != nil {
			text, long = append(long, text...), nil
		}
		lines++
		l = line{}
		if !l.parseMetric(text, names) {
			if err := json.Unmarshal(text, &l); err != nil {
				return lines, fmt.Errorf("%s, line %d: %w", path, lines, err)
			}
		}
		if err := f(&l); err != nil {
			return lines, fmt.Errorf("%s, line %d: %w", path, lines, err)
		}
	}
}

// parseMetric reads a line as Metric writes it, many times as fast as the JSON package. It answers false for any other line,
// which may still be a metric.
func (l *line) parseMetric(text []byte, names map[string]string) bool {
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
	l.Kind, l.Name, l.Value, l.Step, l.At = kindMetric, name, v, s, ms
	return true
}

// number reads a metric's value back.
func number(v any) (float64, error) {
	switch v := v.(type) {
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

// MarshalJSON writes what is no number as a word.
func (m Metric) MarshalJSON() ([]byte, error) {
	b := fmt.Appendf(nil, `{"count":%d,"step":%d,"last":`, m.Count, m.Step)
	b = append(appendValue(b, m.Last), `,"min":`...)
	b = append(appendValue(b, m.Min), `,"max":`...)
	return append(appendValue(b, m.Max), '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Metric) UnmarshalJSON(b []byte) (err error) {
	var raw struct {
		Count, Step    int
		Last, Min, Max any
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	m.Count, m.Step = raw.Count, raw.Step
	for into, v := range map[*float64]any{&m.Last: raw.Last, &m.Min: raw.Min, &m.Max: raw.Max} {
		if *into, err = number(v); err != nil {
			return err
		}
	}
	return nil
}
