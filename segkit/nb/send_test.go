package nb

import (
	"context"
	"testing"

	"example.com/marketing/segkit/track"
)

// nowhere is a target that takes everything.
type nowhere struct{}

func (nowhere) Place() string                                          { return "<nowhere>" }
func (nowhere) Link() string                                           { return "javascript:alert(1)" }
func (nowhere) Create(context.Context, *track.Sending) (string, error) { return "key", nil }
func (nowhere) Report(context.Context, *track.Sending) error           { return nil }
func (nowhere) Remove(context.Context, *track.Sending) error           { return nil }
func (nowhere) Send(_ context.Context, _ *track.Sending, e []track.Entry) (int, error) {
	return len(e), nil
}

func TestSend(t *testing.T) {
	s, err := track.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Start("run", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.End(); err != nil {
		t.Fatal(err)
	}
	Send(t.Context(), s, nowhere{}) // outside of a notebook it shows nothing
	report, err := track.Sync(t.Context(), s, nowhere{}, nil)
	if err != nil || report.String() != "nothing new" {
		t.Errorf("Send did not send: %v, %v", report, err)
	}
	report = track.SyncReport{Runs: 1, Entries: 2, Removed: 1, Left: track.Left{Runs: 2, Entries: 1}}
	const want = `<p><a href="#ZgotmplZ">&lt;nowhere&gt;</a>: sent 2 records of 1 run, took back 1 that was replaced here; 1 record of 2 runs still to be sent.</p>`
	if html := sentHTML(nowhere{}, report); html != want {
		t.Error(html)
	}
}
