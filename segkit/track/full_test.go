//go:build linux

package track_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"example.com/marketing/segkit/track"
)

// On a full disk, the error says so and which run it was, and the runs that were there stay whole.
func TestFullDisk(t *testing.T) {
	for about, fill := range map[string]func(r *track.Run){
		"a file": func(r *track.Run) { r.Table("big.csv", text(strings.Repeat("0123456789", 50_000))) },
		"the log": func(r *track.Run) {
			for step := range 20_000 {
				r.Metric("loss", 1/float64(step+1), step)
			}
		},
		"an artifact": func(r *track.Run) {
			r.Artifact(track.Artifact{Name: "big"}, track.Content{Name: "big", Write: func(w io.Writer) error {
				for {
					if _, err := fmt.Fprintln(w, "more"); err != nil {
						return err
					}
				}
			}})
		},
	} {
		t.Run(about, func(t *testing.T) {
			s := open(t, smallDisk(t))
			good := start(t, s, "good")
			good.Table("t.csv", text("a,b\n"))
			if err := good.End(); err != nil {
				t.Fatal(err)
			}
			r := start(t, s, "good")
			fill(r)
			if err := r.End(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "run good") {
				t.Errorf("%v", err)
			}
			got, err := s.Load("good")
			if err != nil || got.State != track.Ended || read(t, got, track.Table, "t.csv") != "a,b\n" {
				t.Errorf("the earlier run: %+v, %v", got, err)
			}
			if runs, err := s.Runs(); err != nil || len(runs) != 1 {
				t.Errorf("%d runs, %v", len(runs), err)
			}
		})
	}
}

func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("a small disk cannot be mounted here: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}
