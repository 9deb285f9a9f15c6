package track

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.com/marketing/segkit/atomicfile"
)

// What was sent where is kept in the store as well:
//
//	runs/
//	  .sent/
//	    comet-www.comet.com-team-cards-1f3a09c4/
//	      0a1b….json    how far a run has come, by its ID
//	      memo.json     what the target remembers
const (
	sentFolder = ".sent"
	memoFile   = "memo.json"
)

// cursor says how far a run has been sent to a place.
type cursor struct {
	Run      string `json:"run"`
	ID       string `json:"id"`
	Key      string `json:"key"`               // of the counterpart; empty before it is made
	To       int64  `json:"to"`                // this many bytes of the log have been sent
	Last     int    `json:"last,omitempty"`    // of them the last line has so many,
	Sum      uint64 `json:"sum,omitempty"`     // and this sum, so that another log is noticed
	Sending  bool   `json:"sending,omitempty"` // more may have been sent, or the counterpart made, without an answer
	At       int64  `json:"at,omitempty"`      // of the last entry that was sent, in milliseconds since 1970
	Reported State  `json:"reported,omitempty"`
	Of       int64  `json:"of,omitempty"` // the state was reported when this much had been sent

	path string
}

// gone is the path of the note that a run was given up.
func (c *cursor) gone() string { return strings.TrimSuffix(c.path, ".json") + ".gone" }

// placeFolder returns the folder of a place. Its name can be read, and no two places share one.
func (s *Store) placeFolder(place string) string {
	readable := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '_':
			return c
		case c >= 'A' && c <= 'Z':
			return c
		}
		return '-'
	}, place)
	sum := sha256.Sum256([]byte(place))
	return filepath.Join(s.dir, sentFolder, fmt.Sprintf("%.80s-%s", readable, hex.EncodeToString(sum[:4])))
}

// lockPlace makes sure that one program at a time sends to a place. ok is false where another does.
func (s *Store) lockPlace(folder string) (release func() error, ok bool, err error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, false, err
	}
	f, err := os.OpenFile(filepath.Join(folder, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, false, err
	}
	if ok, err = lock(f, false, false); err != nil || !ok {
		return nil, false, errors.Join(err, f.Close())
	}
	return f.Close, true, nil
}

// readCursors returns the cursors of a place by the IDs of their runs.
func readCursors(folder string) (map[string]*cursor, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	cursors := map[string]*cursor{}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || checkID(id) != nil {
			continue
		}
		c := &cursor{path: filepath.Join(folder, e.Name())}
		b, err := os.ReadFile(c.path)
		if err == nil {
			err = json.Unmarshal(b, c)
		}
		if err == nil && (c.ID != id || c.To < 0 || c.Last < 0 || int64(c.Last) > c.To) {
			err = errors.New("it is no cursor of this run")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.path, err)
		}
		cursors[id] = c
	}
	return cursors, nil
}

// sweepPlace removes what killed programs have left of files that they were writing. The place is locked.
func sweepPlace(folder string) error {
	left, err := filepath.Glob(filepath.Join(escapeGlob(folder), ".*.json.*"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// escapeGlob makes a path match itself.
func escapeGlob(path string) string {
	special := []string{`[`, `[[]`, `*`, `[*]`, `?`, `[?]`}
	if filepath.Separator != '\\' { // where it is, it escapes nothing
		special = append(special, `\`, `\\`)
	}
	return strings.NewReplacer(special...).Replace(path)
}

func (c *cursor) save() error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(c.path, append(b, '\n'))
}

// begin notes that something is about to be sent.
func (c *cursor) begin() error {
	c.Sending = true
	return c.save()
}

// move notes that all up to a position has been sent.
func (c *cursor) move(p position) { c.To, c.Last, c.Sum, c.At = p.end, p.last, p.sum, p.at }

// fits tells whether the log has the line that was sent last where it was.
func (c *cursor) fits(log *os.File) (bool, error) {
	line := make([]byte, c.Last)
	_, err := log.ReadAt(line, c.To-int64(c.Last))
	if errors.Is(err, io.EOF) { // it is shorter
		return false, nil
	}
	return c.Last == 0 || sumOf(line) == c.Sum, err
}

// memo is what a target remembers between runs.
type memo struct {
	path   string
	values map[string]string
}

func readMemo(folder string) (*memo, error) {
	m := &memo{path: filepath.Join(folder, memoFile), values: map[string]string{}}
	b, err := os.ReadFile(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &m.values)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.path, err)
	}
	return m, nil
}

func (m *memo) set(name, value string) error {
	if m.values[name] == value {
		return nil
	}
	m.values[name] = value
	b, err := json.Marshal(m.values)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(m.path, append(b, '\n'))
}
