package track

import "io"

// Kinds of files that a run holds.
const (
	Tables  = "table"
	Models  = "model"
	Figures = "figure"
	HTML    = "html"
	Texts   = "text"
)

// File is one file of a run.
type File struct {
	Kind  string `json:"kind"` // Tables, Models, ...
	Name  string `json:"name"`
	Group string `json:"group,omitempty"` // the model that the file belongs to
	object
}

// Table stores a table, which write produces, under a file name like customers.csv or scores.json.
func (r *Run) Table(name string, write func(io.Writer) error) { r.file(Tables, "", name, write) }

// Model stores one file of a fitted model: model is the name of the whole, name the file's, like kmeans and kmeans.json.
func (r *Run) Model(model, name string, content io.WriterTo) {
	r.file(Models, model, name, func(w io.Writer) error {
		_, err := content.WriteTo(w)
		return err
	})
}

// Figure stores a picture, as PNG, under a file name like elbow.png.
func (r *Run) Figure(name string, png []byte) {
	r.file(Figures, "", name, func(w io.Writer) error {
		_, err := w.Write(png)
		return err
	})
}

// HTML stores a page under a file name like profile.html.
func (r *Run) HTML(name string, write func(io.Writer) error) { r.file(HTML, "", name, write) }

// Text stores a text under a file name like notes.txt.
func (r *Run) Text(name, text string) {
	r.file(Texts, "", name, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// file stores a content and then says so in the log, which is on disk when it returns. A file of the same kind, group and
// name takes the place of an earlier one.
func (r *Run) file(kind, group, name string, write func(io.Writer) error) {
	r.do(kind, name, func() error {
		if err := checkLabel(name); err != nil {
			return err
		}
		if kind == Models {
			if err := checkLabel(group); err != nil {
				return err
			}
		}
		return r.store.guarded(func() error {
			o, err := r.store.put(name, write)
			if err != nil {
				return err
			}
			f := File{Kind: kind, Name: name, Group: group, object: o}
			r.summary.addFile(f)
			r.write(line{Kind: kindFile, File: &f})
			return r.log.sync()
		})
	})
}
