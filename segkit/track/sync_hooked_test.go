package track_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
)

// hooked is a place that keeps books of its calls, and lets a test do something before each. An error of the test's is the
// call's.
type hooked struct {
	*place
	name   string // of the place, where it is not the usual one
	calls  []string
	create func(s *track.Sending) error
	send   func(s *track.Sending, entries []track.Entry) error
	report func(s *track.Sending) error
	remove func(s *track.Sending) error
}

func newHooked() *hooked {
	return &hooked{
		place:  newPlace(),
		create: func(*track.Sending) error { return nil },
		send:   func(*track.Sending, []track.Entry) error { return nil },
		report: func(*track.Sending) error { return nil },
		remove: func(*track.Sending) error { return nil },
	}
}

// note keeps a call, such as "send one 12 again".
func (h *hooked) note(s *track.Sending, call string, about ...any) {
	call = fmt.Sprint(call, " ", s.Name)
	for _, a := range about {
		call += fmt.Sprint(" ", a)
	}
	if s.Again {
		call += " again"
	}
	h.calls = append(h.calls, call)
}

// told returns the calls that begin with a word since it was asked last, and forgets all.
func (h *hooked) told(word string) (calls []string) {
	for _, c := range h.calls {
		if strings.HasPrefix(c, word) {
			calls = append(calls, c)
		}
	}
	h.calls = nil
	return calls
}

func (h *hooked) Place() string { return cmp.Or(h.name, h.place.Place()) }

func (h *hooked) Create(ctx context.Context, s *track.Sending) (string, error) {
	h.note(s, "create")
	if err := h.create(s); err != nil {
		return "", err
	}
	return h.place.Create(ctx, s)
}

func (h *hooked) Send(ctx context.Context, s *track.Sending, entries []track.Entry) (int, error) {
	h.note(s, "send", len(entries))
	if err := h.send(s, entries); err != nil {
		return 0, err
	}
	return h.place.Send(ctx, s, entries)
}

func (h *hooked) Report(ctx context.Context, s *track.Sending) error {
	h.note(s, "report", s.State)
	if err := h.report(s); err != nil {
		return err
	}
	return h.place.Report(ctx, s)
}

func (h *hooked) Remove(ctx context.Context, s *track.Sending) error {
	h.note(s, "remove")
	if err := h.remove(s); err != nil {
		return err
	}
	return h.place.Remove(ctx, s)
}

// alive returns how many counterparts of a run's name are there.
func (p *place) alive(name string) (n int) {
	for _, c := range p.runs {
		if c.name == name && !c.removed {
			n++
		}
	}
	return n
}

// finish ends runs.
func finish(t *testing.T, runs ...*track.Run) {
	t.Helper()
	for _, r := range runs {
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
	}
}

// flush returns when what a run has logged is on disk.
func flush(t *testing.T, r *track.Run) {
	t.Helper()
	r.Text("flushed.txt", "")
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
}

// breakOff ends a run as a program does that is killed: it is left as interrupted.
func breakOff(t *testing.T, r *track.Run) {
	t.Helper()
	r.Param("unwritable", func() {})
	if r.End() == nil {
		t.Fatal("the run ended well")
	}
}

func resume(t *testing.T, s *track.Store, name string) *track.Run {
	t.Helper()
	r, err := s.Start(name, &track.RunOptions{Continue: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sendAll sends everything, and fails where that does.
func sendAll(t *testing.T, s *track.Store, target track.Target) track.SyncReport {
	t.Helper()
	report, err := track.Sync(t.Context(), s, target, nil)
	if err != nil || report.Left != (track.Left{}) {
		t.Fatalf("%+v, %v", report, err)
	}
	return report
}

// edit changes a file by f.
func edit(t *testing.T, path string, f func(string) string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(f(string(b))), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func replacing(old, by string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, by, 1) }
}

// handwritten is a log that no Run wrote, of a run that has not ended.
func handwritten(t *testing.T, dir, name string, lines ...string) {
	t.Helper()
	first := fmt.Sprintf(`{"k":"start","n":%q,"version":1,"id":"%032x","at":1}`, name, len(name))
	if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(append([]string{first}, lines...), "\n") + "\n"
	if err := os.WriteFile(filepath.Join(dir, name, "0001.jsonl"), []byte(all), 0o644); err != nil {
		t.Fatal(err)
	}
}

// contents reads the files that an entry speaks of: a run's by their paths, an artifact's by its name and theirs.
func contents(s *track.Sending, e *track.Entry) (map[string]string, error) {
	content := map[string]string{}
	take := func(path string, f io.ReadCloser, err error) error {
		if err != nil {
			return err
		}
		b, err := io.ReadAll(f)
		content[path] = string(b)
		return errors.Join(err, f.Close())
	}
	switch e.Kind {
	case track.EntryFile:
		f, err := s.OpenFile(*e.File)
		return content, take(e.File.Path(), f, err)
	case track.EntryMade:
		a, err := s.Artifact(*e.Artifact)
		if err != nil {
			return nil, err
		}
		for _, file := range a.Files {
			f, err := s.OpenArtifact(a, file)
			if err := take(a.Name+"/"+file.Name, f, err); err != nil {
				return nil, err
			}
		}
	}
	return content, nil
}
