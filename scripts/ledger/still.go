package main

import (
	"bytes"
	"cmp"
	"io"
	"path"
	"slices"
	"strings"

	"example.com/marketing/segkit/track"
)

// still are the links between exported files, relative to the page that they are on.
type still struct {
	e    *exporter
	from string
}

func (still) exported() bool { return true }

func (s still) relative(name string) string {
	return strings.Repeat("../", strings.Count(s.from, "/")) + escapePath(name)
}

func (s still) page(path string) string { return s.relative(path + ".html") }

func (s still) asset(name string) string {
	return s.later("assets/"+name, func() ([]byte, error) {
		b, _ := asset(name)
		return b, nil
	})
}

// later notes that a file is linked to.
func (s still) later(name string, c content) string {
	if _, ok := s.e.all[name]; !ok {
		s.e.all[name] = c
	}
	return s.relative(name)
}

func (s still) figure(r *run, f track.File) string {
	b, err := readFile(r, f)
	if err != nil {
		return "" // the page says that it cannot be shown
	}
	_, ext, err := pictureKind(bytes.NewReader(b))
	if ext == "" || err != nil {
		return ""
	}
	return s.later("files/"+f.SHA256[:16]+ext, func() ([]byte, error) { return readFile(r, f) })
}

// report wraps a page of somebody else's into one that keeps it in a sandbox: a web server that serves the files would not
// know to do so.
func (s still) report(r *run, f track.File) string {
	return s.later("files/"+f.SHA256[:16]+"-"+safeName(f.Name, ".html"), func() ([]byte, error) {
		report, err := readFile(r, f)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err = renderReport(&b, f.Name, report)
		return b.Bytes(), err
	})
}

func (s still) table(r *run, f track.File) string {
	ext := strings.ToLower(path.Ext(f.Name))
	if !s.e.files || ext != ".csv" && ext != ".tsv" && ext != ".json" {
		return ""
	}
	name := "table/" + r.Ref + "/" + f.SHA256[:16] + "-" + safeName(f.Name, "")
	return s.later(name+".html", func() ([]byte, error) {
		return s.e.rendered(name, func(v views) (*page, error) { return v.table(r.Ref, f.Path(), listState{Page: 1}) })
	})
}

func (s still) file(r *run, f track.File) string {
	switch f.Kind {
	case track.HTML: // as a file of its own it would run in the site's name
		return ""
	case track.Figure:
		return s.figure(r, f)
	case track.Text:
		return s.download(f.SHA256, safeName(f.Name, ".txt"), func() ([]byte, error) { return readFile(r, f) })
	}
	if !s.e.files {
		return ""
	}
	return s.download(f.SHA256, safeName(f.Name, ""), func() ([]byte, error) { return readFile(r, f) })
}

func (s still) artifactFile(a *track.Artifact, f track.ArtifactFile) string {
	if !s.e.files {
		return ""
	}
	return s.download(f.SHA256, safeName(f.Name, ""), func() ([]byte, error) {
		file, err := a.Open(f.Name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return io.ReadAll(file)
	})
}

func (s still) download(sha, name string, c content) string {
	return s.later("files/"+sha[:16]+"-"+name, c)
}

func readFile(r *run, f track.File) ([]byte, error) {
	file, err := r.Open(f.Kind, f.Path())
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// inert are the extensions that no web server takes for something that runs.
var inert = []string{".csv", ".tsv", ".json", ".txt", ".npy", ".npz", ".safetensors", ".onnx", ".parquet", ".zip", ".gz", ".bin", ".png", ".jpg"}

// safeName is a file name that is one on any system, and that is served as what it is. ext is added where it is not there;
// without one, a name that might be served as a page becomes one of bytes.
func safeName(name, ext string) string {
	safe := strings.Map(func(c rune) rune {
		if c < 0x80 && strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", c) {
			return c
		}
		return '-'
	}, path.Base(name))
	if len(safe) > 80 {
		safe = safe[len(safe)-80:]
	}
	safe = strings.TrimLeft(safe, ".")
	have := strings.ToLower(path.Ext(safe))
	switch {
	case ext != "" && have != ext:
		safe += ext
	case ext == "" && !slices.Contains(inert, have):
		safe += ".bin"
	}
	return cmp.Or(safe, "file.bin")
}
