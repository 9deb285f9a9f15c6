package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// notebook is a Jupyter notebook of format 4.5, as far as the press looks at it.
type notebook struct {
	Cells         []*cell        `json:"cells"`
	Metadata      map[string]any `json:"metadata"`
	Format        int            `json:"nbformat"`
	FormatMinor   int            `json:"nbformat_minor"`
	title, source string
	before        []byte // the file that was executed
}

// cell holds the parts of a code cell in the order in which Jupyter writes them; a Markdown cell lacks Count and Outputs.
type cell struct {
	Attachments json.RawMessage `json:"attachments,omitempty"` // of a Markdown cell
	Type        string          `json:"cell_type"`
	Count       *int            `json:"execution_count"`
	ID          string          `json:"id"`
	Metadata    map[string]any  `json:"metadata"`
	Outputs     []*output       `json:"outputs"`
	Source      lines           `json:"source"`
}

func (c *cell) MarshalJSON() ([]byte, error) {
	if c.Type == "code" {
		type plain cell // without this method
		return marshal((*plain)(c))
	}
	return marshal(struct {
		Attachments json.RawMessage `json:"attachments,omitempty"`
		Type        string          `json:"cell_type"`
		ID          string          `json:"id"`
		Metadata    map[string]any  `json:"metadata"`
		Source      lines           `json:"source"`
	}{c.Attachments, c.Type, c.ID, c.Metadata, c.Source})
}

// output is one of the four kinds: stream (Name, Text), display_data and execute_result (Data), error (Error fields).
type output struct {
	Data       map[string]lines `json:"data,omitempty"`
	ErrorName  string           `json:"ename,omitempty"`
	ErrorValue string           `json:"evalue,omitempty"`
	Count      *int             `json:"execution_count,omitempty"` // of an execute_result
	Metadata   *map[string]any  `json:"metadata,omitempty"`
	Name       string           `json:"name,omitempty"`
	Type       string           `json:"output_type"`
	Text       lines            `json:"text,omitzero"`
	Traceback  []string         `json:"traceback,omitempty"`
}

// lines is a text that the file holds as a list of lines, or as one string where it was a string or an image.
type lines struct {
	text   string
	single bool
}

func (l *lines) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		l.single = true
		return json.Unmarshal(b, &l.text)
	}
	var parts []string
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	l.text = strings.Join(parts, "")
	return nil
}

func (l lines) MarshalJSON() ([]byte, error) {
	if l.single {
		return marshal(l.text)
	}
	parts := strings.SplitAfter(l.text, "\n")
	if n := len(parts); parts[n-1] == "" {
		parts = parts[:n-1]
	}
	return marshal(parts)
}

// IsZero lets omitzero see an absent text.
func (l lines) IsZero() bool { return l.text == "" && !l.single }

// marshal is json.Marshal without the escaping of <, > and &, which Jupyter does not do either.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func readNotebook(path string) (*notebook, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	nb := &notebook{source: path}
	if err := json.Unmarshal(b, nb); err != nil {
		return nil, fmt.Errorf("%s is not a notebook: %w", path, err)
	}
	if nb.Format != 4 {
		return nil, fmt.Errorf("%s has notebook format %d, not 4", path, nb.Format)
	}
	for _, c := range nb.Cells {
		for line := range strings.Lines(c.Source.text) {
			if h, ok := strings.CutPrefix(line, "# "); ok && c.Type == "markdown" && nb.title == "" {
				nb.title = strings.TrimSpace(h)
			}
		}
	}
	return nb, nil
}

// bytes returns the file as Jupyter itself writes it: indented by one blank, keys in order, a newline at the end.
func (nb *notebook) bytes() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(nb)
	return b.Bytes(), err
}

// normalise removes what differs from one execution or machine to the next and says nothing: time stamps, the kernel's
// version, the empty block that a finished progress bar leaves.
func (nb *notebook) normalise() {
	nb.Metadata = map[string]any{
		"kernelspec":    map[string]string{"display_name": "Go (gonb)", "language": "go", "name": "gonb"},
		"language_info": map[string]string{"file_extension": ".go", "mimetype": "text/x-go", "name": "go"},
	}
	for _, c := range nb.Cells {
		c.Metadata = map[string]any{}
		kept := []*output{}
		for _, o := range c.Outputs {
			if html, ok := o.Data["text/html"]; ok && len(o.Data) == 1 && strings.TrimSpace(html.text) == "" {
				continue
			}
			kept = append(kept, o)
		}
		c.Outputs = kept
	}
}

// failure returns the first cell that ended in an error, counted from 1, and what it said. ok is false where none did.
func (nb *notebook) failure() (number int, source, message string, ok bool) {
	for i, c := range nb.Cells {
		var said []string
		failed := false
		for _, o := range c.Outputs {
			switch {
			case o.Type == "error":
				failed = true
				said = append(said, o.Traceback...)
			case o.Type == "stream" && o.Name == "stderr":
				said = append(said, strings.TrimSpace(o.Text.text))
			case o.Type == "display_data" && len(said) == 0:
				// GoNB shows a compiler error as HTML with the text in it.
				if html, ok := o.Data["text/html"]; ok && strings.Contains(html.text, "gonb-err") {
					said = append(said, compilerMessage(html.text))
				}
			}
		}
		if failed {
			// The kernel repeats how the program ended.
			said = slices.Compact(strings.Split(strings.Join(said, "\n"), "\n"))
			return i + 1, c.Source.text, strings.Join(said, "\n"), true
		}
	}
	return 0, "", "", false
}
