// Package nb is the notebook's hands: it shows figures, tables and reports below a cell, draws a progress bar, keeps slow
// results from one cell to the next, and ends a cell with one readable sentence where something is wrong.
//
// Every cell of a Go notebook is compiled and run as a program of its own. So nothing here holds state between cells but
// Keep, which uses the disk; and what a cell shows is delivered before the function that shows it returns, so that printed
// lines and figures stand in the order of the code (print after showing, not before: standard output travels on its own).
//
// Outside a notebook the functions that show something do nothing.
//
// # Published pages
//
// With the environment variable SEGKIT_PUBLISH set, as scripts/run does, a notebook is executed for publication: Rows shows
// no single customer, and Progress draws nothing.
package nb

import (
	"fmt"
	"os"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"example.com/marketing/segkit/chart"
)

// Published reports whether the notebook is being executed for publication, which SEGKIT_PUBLISH says.
func Published() bool { return os.Getenv("SEGKIT_PUBLISH") != "" }

// Check ends the cell where err is not nil: the error is printed as one sentence, without a stack trace, and the program
// exits with code 1, which also stops an execution of the whole notebook.
func Check(err error) {
	if err == nil {
		return
	}
	gonbui.Sync()
	fmt.Fprintln(os.Stderr, "error:", err)
	os.Exit(1)
}

// Must returns v, or ends the cell as Check does.
//
//	table := nb.Must(customers.ImputeMedian("MINIMUM_PAYMENTS"))
func Must[T any](v T, err error) T {
	Check(err)
	return v
}

// Must2 is Must for functions with two results.
//
//	customers, source := nb.Must2(dataset.Open(ctx))
func Must2[T, U any](v T, w U, err error) (T, U) {
	Check(err)
	return v, w
}

// Show displays a figure as PNG, with its alternative text beside it for readers who cannot see it.
func Show(f *chart.Figure) {
	png, err := f.PNG()
	Check(err)
	display(map[protocol.MIMEType]any{protocol.MIMEImagePNG: png, protocol.MIMETextPlain: f.Alt})
}

// Markdown displays Markdown text, formatted as by fmt.Sprintf.
func Markdown(format string, args ...any) {
	display(map[protocol.MIMEType]any{protocol.MIMETextMarkdown: fmt.Sprintf(format, args...)})
}

func html(markup string) { display(map[protocol.MIMEType]any{protocol.MIMETextHTML: markup}) }

// display sends one output, and returns when it has arrived.
func display(data map[protocol.MIMEType]any) {
	if !gonbui.IsNotebook {
		return
	}
	gonbui.SendData(&protocol.DisplayData{Data: data})
	gonbui.Sync()
	if err := gonbui.Error(); err != nil {
		fmt.Fprintln(os.Stderr, "error: the notebook does not answer:", err)
		os.Exit(1)
	}
}
