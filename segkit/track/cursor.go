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
	"slices"
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
const sentFolder = ".sent"

// cursor says how far a run has been sent to a place.
type cursor struct {
	Run      string    `json:"run"`
	ID       string    `json:"id"`
	Key      string    `json:"key"`               // of the counterpart; empty before it is made
	To       int64     `json:"to"`                // this many bytes of the log have been sent
	Tail     string    `json:"tail,omitempty"`    // SHA-256 of the last bytes before To, so that another log is noticed
	Sending  bool      `json:"sending,omitempty"` // more may have been sent, or the counterpart made, without an answer
	At       int64     `json:"at,omitempty"`      // of the last entry that was sent, in milliseconds since 1970
	Reported State     `json:"reported,omitempty"`
	Of       int64     `json:"of,omitempty"` // the state was reported when this much had been sent
	Refused  []refusal `json:"refused,omitempty"`

	path string
}

// refusal is an entry that the place did not take.
type refusal struct {
	At    int64  `json:"at"` // where it ends in the log
	What  string `json:"what"`
	Error string `json:"error"`
}

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
		if !ok || (object{SHA256: id + id}).check() != nil { // an ID is half as long as a SHA-256
			continue
		}
		c := &cursor{path: filepath.Join(folder, e.Name())}
		b, err := os.ReadFile(c.path)
		if err == nil {
			err = json.Unmarshal(b, c)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.path, err)
		}
		cursors[id] = c
	}
	return cursors, nil
}

func newCursor(folder string, r *Record) *cursor {
	return &cursor{Run: r.Name, ID: r.ID, path: filepath.Join(folder, r.ID+".json")}
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

// fits tells whether the log begins with what the cursor says was sent.
func (c *cursor) fits(log *os.File) (bool, error) {
	tail, err := tailOf(log, c.To)
	if errors.Is(err, io.EOF) { // it is shorter
		return false, nil
	}
	return tail == c.Tail, err
}

// tailOf returns the SHA-256 of the last bytes of a log's beginning.
func tailOf(log *os.File, to int64) (string, error) {
	if to == 0 {
		return "", nil
	}
	b := make([]byte, min(to, 4096))
	if _, err := log.ReadAt(b, to-int64(len(b))); err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// memo is what a target remembers between runs.
type memo struct {
	path   string
	values map[string]string
}

func readMemo(folder string) (*memo, error) {
	m := &memo{path: filepath.Join(folder, "memo.json"), values: map[string]string{}}
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

// byBegin sorts runs by when they began, so that what made an artifact is sent before what used it.
func byBegin(runs []*Record) {
	slices.SortStableFunc(runs, func(a, b *Record) int { return a.Started.Compare(b.Started) })
}
