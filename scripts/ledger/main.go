// Ledger shows the runs that segkit/track keeps, as web pages.
//
//	ledger [serve] [--port N] [--store DIR]
//	ledger export [--files] [--store DIR] [DIR]
//	ledger clean [--store DIR]
//	ledger sync comet|mlflow [--store DIR] [RUN...]
//
// It is started by scripts/runs, which builds it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// command is something that ledger does. It gets its own arguments.
type command struct {
	usage string
	run   func(ctx context.Context, args []string, out io.Writer) error
}

var commands = map[string]command{
	"serve":  {serveUsage, serveCommand},
	"export": {exportUsage, exportCommand},
	"clean":  {cleanUsage, cleanCommand},
	"sync":   {syncUsage, syncCommand},
}

const (
	serveUsage  = "scripts/runs [--port N] [--store DIR]"
	exportUsage = "scripts/runs export [--files] [--store DIR] [DIR]"
	cleanUsage  = "scripts/runs clean [--store DIR]"
)

// usageError is a mistake in the command line: the exit code is 2.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(start(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// start runs the command that the arguments name, and returns the exit code: 1 for what went wrong, 2 for a mistake in the
// arguments.
func start(ctx context.Context, args []string, out, errs io.Writer) int {
	err := dispatch(ctx, args, out)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, usage())
		return 0
	}
	fmt.Fprintf(errs, "runs: %v\n", err)
	if _, ok := errors.AsType[usageError](err); ok {
		return 2
	}
	return 1
}

func dispatch(ctx context.Context, args []string, out io.Writer) error {
	name := "serve"
	for i, arg := range args { // options may stand before the command, too
		if strings.HasPrefix(arg, "-") || i > 0 && (strings.HasSuffix(args[i-1], "-store") || strings.HasSuffix(args[i-1], "-port")) {
			continue
		}
		name, args = arg, slices.Delete(slices.Clone(args), i, i+1)
		break
	}
	c, ok := commands[name]
	switch {
	case name == "help":
		return flag.ErrHelp
	case !ok:
		return usageError{fmt.Errorf("there is no command %q; there are %s, and scripts/runs alone serves the pages", name, strings.Join(slices.Sorted(maps.Keys(commands)), ", "))}
	}
	return c.run(ctx, args, out)
}

func usage() string {
	text := "usage:"
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(commands))) {
		text += "\n  " + commands[name].usage
	}
	return text
}

// flags reads a command's options, which may stand before and after its other arguments, of which it takes at most most.
func flags(usage string, args []string, most int, define func(*flag.FlagSet)) (rest []string, err error) {
	f := flag.NewFlagSet("", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	define(f)
	for len(args) > 0 {
		if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, err
		} else if err != nil {
			return nil, usageError{fmt.Errorf("%w; usage: %s", err, usage)}
		}
		if args = f.Args(); len(args) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	if len(rest) > most {
		return nil, usageError{fmt.Errorf("%q is one argument too many; usage: %s", rest[most], usage)}
	}
	return rest, nil
}

func storeFlag(f *flag.FlagSet) *string {
	return f.String("store", inProject("runs"), "the store's folder")
}

// inProject is a path in the project's folder, which scripts/runs tells: what a user names is relative to where they are.
func inProject(path string) string { return filepath.Join(os.Getenv("SEGKIT_ROOT"), path) }

func cleanCommand(_ context.Context, args []string, out io.Writer) error {
	var dir *string
	if _, err := flags(cleanUsage, args, 0, func(f *flag.FlagSet) { dir = storeFlag(f) }); err != nil {
		return err
	}
	b, err := openBook(*dir)
	if err != nil {
		return err
	}
	freed, err := b.store.Clean()
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "track: "))
	}
	fmt.Fprintf(out, "%s freed (%d bytes) that no run and no artifact speaks of\n", bytesText(freed), freed)
	return nil
}
