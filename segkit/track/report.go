package track

import (
	"fmt"
	"time"
)

// SyncProgress says how far a Sync has come.
type SyncProgress struct {
	Run         string // that is being sent
	Sent, Total int64  // bytes of logs

	// Trouble is what the target did not take, which is tried again after Wait; nil where all is well.
	Trouble error
	Wait    time.Duration
}

// SyncReport says what a Sync has done.
type SyncReport struct {
	Runs    int // that anything was sent of
	Entries int
	Refused int // what the target will never take, and runs that cannot be read
	Removed int // counterparts of runs that were replaced here
	Left    Left
}

// Left is what is still to be sent.
type Left struct{ Runs, Entries int }

// String says it in a sentence, without its end.
func (r SyncReport) String() string {
	text := "nothing new"
	if r.Runs > 0 {
		text = fmt.Sprintf("sent %s", amount(r.Entries, r.Runs))
	} else if r.Left.Runs > 0 {
		text = "nothing sent"
	}
	if r.Refused > 0 {
		text += fmt.Sprintf(", %d refused", r.Refused)
	}
	if r.Removed > 0 {
		text += fmt.Sprintf(", took back %d that %s replaced here", r.Removed, plural(r.Removed, "was", "were"))
	}
	if r.Left.Runs > 0 {
		text += fmt.Sprintf("; %s still to be sent", amount(r.Left.Entries, r.Left.Runs))
	}
	return text
}

func amount(entries, runs int) string {
	return fmt.Sprintf("%d %s of %d %s", entries, plural(entries, "record", "records"), runs, plural(runs, "run", "runs"))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
