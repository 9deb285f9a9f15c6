package track

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Kind says what a file of a run is.
type Kind string

// The kinds of files.
const (
	Table  Kind = "table"
	Model  Kind = "model"
	Figure Kind = "figure"
	HTML   Kind = "html"
	Text   Kind = "text"
)

// File is one file of a run.
type File struct {
	Kind  Kind   `json:"kind"`
	Name  string `json:"name"`
	Group string `json:"group,omitempty"` // the model that the file belongs to
	object
}

// Path names the file among those of its kind: its name, and before it the model that it belongs to, as in kmeans/kmeans.json.
func (f File) Path() string {
	if f.Group != "" {
		return f.Group + "/" + f.Name
	}
	return f.Name
}

// check refuses what no run has written.
func (f File) check() error {
	switch f.Kind {
	case Table, Figure, HTML, Text:
		if f.Group != "" {
			return fmt.Errorf("a %s of the model %q", f.Kind, f.Group)
		}
	case Model:
		if err := checkGroup(f.Group); err != nil {
			return err
		}
	default:
		return fmt.Errorf("a file is a %q", f.Kind)
	}
	if f.Size < 0 {
		return fmt.Errorf("a file has %d bytes", f.Size)
	}
	return cmp.Or(checkFileName(f.Name), f.object.check())
}

// Table stores a table, which write produces, under a file name like customers.csv or scores.json.
func (r *Run) Table(name string, write func(io.Writer) error) { r.file(Table, "", name, write) }

// Model stores one file of a fitted model: model is the name of the whole, name the file's, like kmeans and kmeans.json.
func (r *Run) Model(model, name string, content io.WriterTo) {
	r.file(Model, model, name, func(w io.Writer) error {
		_, err := content.WriteTo(w)
		return err
	})
}

// Figure stores a picture, as PNG, under a file name like elbow.png.
func (r *Run) Figure(name string, png []byte) {
	r.file(Figure, "", name, func(w io.Writer) error {
		_, err := w.Write(png)
		return err
	})
}

// HTML stores a page under a file name like profile.html.
func (r *Run) HTML(name string, write func(io.Writer) error) { r.file(HTML, "", name, write) }

// Text stores a text under a file name like notes.txt.
func (r *Run) Text(name, text string) {
	r.file(Text, "", name, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// file stores a content and then says so in the log, which is on disk when it returns. A file of the same kind, group and
// name takes the place of an earlier one.
func (r *Run) file(kind Kind, group, name string, write func(io.Writer) error) {
	if r == nil {
		return
	}
	f := File{Kind: kind, Name: name, Group: group}
	var content *staged
	r.try(string(kind), f.Path(), func() (err error) {
		if kind == Model {
			err = checkGroup(group)
		}
		if err = cmp.Or(err, checkFileName(name)); err != nil {
			return err
		}
		content, err = r.store.stage(write)
		return err
	})
	if content == nil {
		return
	}
	defer content.drop()
	r.do(string(kind), f.Path(), func() error {
		return r.store.guarded(func() (err error) {
			if f.object, err = r.store.put(content, name); err != nil {
				return err
			}
			r.summary.addFile(f)
			r.write(Entry{Kind: EntryFile, File: &f})
			return r.log.sync()
		})
	})
}

// checkFileName accepts what can be a path below a folder on any system.
func checkFileName(name string) error {
	if err := checkLabel(name); err != nil {
		return err
	}
	if !fs.ValidPath(name) || name == "." || strings.ContainsRune(name, '\\') {
		return fmt.Errorf("%w: %q is no path inside a folder", ErrName, name)
	}
	return nil
}

// checkGroup accepts what can be the first part of such a path.
func checkGroup(name string) error {
	if strings.Contains(name, "/") {
		return fmt.Errorf("%w: the model's name %q contains a slash", ErrName, name)
	}
	return checkFileName(name)
}
