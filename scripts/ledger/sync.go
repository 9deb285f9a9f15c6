package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/comet"
	"example.com/marketing/segkit/track/mlflow"
)

const syncUsage = "scripts/runs sync comet|mlflow [--anew] [--register MODEL,...] [--plain-http] [--store DIR] [RUN...]"

// syncCommand sends what a server has not got yet. Where it is, and the key for it, stand in the environment or in files, as
// its own tools want it: a command line can be seen by others.
func syncCommand(ctx context.Context, args []string, out io.Writer) error {
	var dir, register *string
	var plain, anew *bool
	rest, err := flags(syncUsage, args, 1<<20, func(f *flag.FlagSet) {
		dir = storeFlag(f)
		register = f.String("register", "", "models that become versions in the server's registry")
		anew = f.Bool("anew", false, "send all again, to a server that has lost it")
		plain = f.Bool("plain-http", false, "send unencrypted to another machine")
	})
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 0:
		return usageError{fmt.Errorf("sync where to? usage: %s", syncUsage)}
	case rest[0] != "comet" && rest[0] != "mlflow":
		return usageError{fmt.Errorf("there is no server %q; there are comet and mlflow", rest[0])}
	}
	var models []string
	for name := range strings.SplitSeq(*register, ",") {
		if name = strings.TrimSpace(name); name != "" {
			models = append(models, name)
		}
	}
	b, err := openBook(*dir)
	if err != nil {
		return err
	}
	target, err := targetNamed(ctx, rest[0], *plain, models)
	if err != nil {
		return err
	}
	if *anew {
		if err := track.Forget(b.store, target, rest[1:]...); err != nil {
			return errors.New(strings.TrimPrefix(err.Error(), "track: "))
		}
	}
	draw := progressLine(os.Stderr)
	report, err := track.Sync(ctx, b.store, target, &track.SyncOptions{Runs: rest[1:], Progress: draw.at})
	draw.end()
	if err == nil || report.Runs > 0 {
		fmt.Fprintf(out, "%s: %v\n%s\n", target.Place(), report, target.Link())
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return errors.New("stopped; the same command goes on from here")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "track: "))
}

func targetNamed(ctx context.Context, name string, plain bool, models []string) (track.Target, error) {
	if name == "comet" {
		return comet.New(ctx, &comet.Config{AllowPlainHTTP: plain, Register: models})
	}
	return mlflow.New(&mlflow.Config{AllowPlainHTTP: plain, Register: models})
}

// terminalLine is what a terminal shows meanwhile; a file or a pipe gets a line for each thing that is tried again.
type terminalLine struct {
	w        *os.File
	terminal bool
	drawn    time.Time
	shown    bool
}

func progressLine(w *os.File) *terminalLine {
	info, err := w.Stat()
	return &terminalLine{w: w, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (l *terminalLine) at(p track.SyncProgress) {
	if !l.terminal {
		if p.Trouble != nil {
			fmt.Fprintf(l.w, "again in %v: %v\n", p.Wait.Round(100*time.Millisecond), p.Trouble)
		}
		return
	}
	if p.Trouble == nil && time.Since(l.drawn) < 100*time.Millisecond || p.Total == 0 {
		return
	}
	l.drawn, l.shown = time.Now(), true
	fmt.Fprintf(l.w, "\r\x1b[K%3.0f%%  %s", 100*float64(p.Sent)/float64(p.Total), p.Run)
	if p.Trouble != nil {
		fmt.Fprintf(l.w, "  again in %v: %.120s", p.Wait.Round(100*time.Millisecond), p.Trouble)
	}
}

func (l *terminalLine) end() {
	if l.shown {
		fmt.Fprint(l.w, "\r\x1b[K")
	}
}
