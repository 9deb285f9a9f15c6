package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// cellTimeout bounds one cell, in seconds: the slowest, the training of the autoencoder, takes some ten.
const cellTimeout = 1200

// execute runs the notebook at path through Jupyter and returns it with its outputs, normalised. The file itself stays as
// it is. A failing cell is an error that names the notebook, the cell, its source and what it said.
func execute(ctx context.Context, path string) (*notebook, error) {
	before, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "press-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Base(path)
	// Errors are allowed so that the executed notebook, with what the cell said, comes back in any case.
	cmd := exec.CommandContext(ctx, "jupyter", "nbconvert", "--to", "notebook", "--execute", "--allow-errors",
		"--ExecutePreprocessor.record_timing=False", fmt.Sprintf("--ExecutePreprocessor.timeout=%d", cellTimeout),
		"--output-dir", dir, "--output", name, path)
	// On cancellation Jupyter gets the chance to stop its kernel.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%s: jupyter nbconvert: %w\n%s", name, err, indent(lastLines(log.String(), 15)))
	}
	nb, err := readNotebook(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	nb.source, nb.before = path, before
	if number, source, message, failed := nb.failure(); failed {
		return nil, fmt.Errorf("%s, cell %d failed:\n\n%s\n\n%s", name, number, indent(source), indent(message))
	}
	nb.normalise()
	return nb, nil
}

var errNoNotebook = errors.New("no such notebook")

// find returns the notebooks whose names begin with one of the given prefixes, all of them where none is given, in order.
func find(dir string, prefixes []string) ([]string, error) {
	all, err := filepath.Glob(filepath.Join(dir, "[0-9][0-9]-*.ipynb"))
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w in %s", errNoNotebook, dir)
	}
	if len(prefixes) == 0 {
		return all, nil
	}
	var chosen []string
	for _, prefix := range prefixes {
		before := len(chosen)
		for _, path := range all {
			if strings.HasPrefix(filepath.Base(path), filepath.Base(prefix)) {
				chosen = append(chosen, path)
			}
		}
		if len(chosen) == before {
			var names []string
			for _, path := range all {
				names = append(names, strings.TrimSuffix(filepath.Base(path), ".ipynb"))
			}
			return nil, fmt.Errorf("%w: %q; there are\n%s", errNoNotebook, prefix, indent(strings.Join(names, "\n")))
		}
	}
	return chosen, nil
}

var (
	// GoNB's HTML for a compiler error: its style sheet, the program around the line (shown on hover), and the message.
	errorDecoration = regexp.MustCompile(`(?s)<style>.*?</style>|<div class="gonb-err-context">.*?</div>\s*</div>`)
	tag             = regexp.MustCompile(`<[^>]*>`)
	blankLines      = regexp.MustCompile(`\s*\n\s*`)
)

// compilerMessage returns the text of GoNB's HTML for a compiler error.
func compilerMessage(markup string) string {
	text := tag.ReplaceAllString(errorDecoration.ReplaceAllString(markup, "\n"), "")
	return strings.TrimSpace(blankLines.ReplaceAllString(html.UnescapeString(text), "\n"))
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

func lastLines(text string, n int) string {
	parts := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(parts[max(0, len(parts)-n):], "\n")
}
