package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/marketing/segkit/track"
)

// handler serves the pages and files of a book.
type handler struct{ views }

func newHandler(b *book) http.Handler {
	h := handler{views{b, served{}}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", h.show(func(r *http.Request) (*page, error) { return h.list(newListState(r.URL.Query())) }))
	mux.HandleFunc("GET /compare", h.show(func(r *http.Request) (*page, error) { return h.beside(r.URL.Query()["run"]) }))
	mux.HandleFunc("GET /artifacts", h.show(func(*http.Request) (*page, error) { return h.artifacts() }))
	mux.HandleFunc("GET /artifact/{name}", h.show(func(r *http.Request) (*page, error) { return h.artifact(r.PathValue("name")) }))
	mux.HandleFunc("GET /run/{ref}", h.show(func(r *http.Request) (*page, error) { return h.run(r.PathValue("ref")) }))
	mux.HandleFunc("GET /run/{ref}/table/{path...}", h.show(func(r *http.Request) (*page, error) {
		return h.table(r.PathValue("ref"), r.PathValue("path"), gridState(r.URL.Query()))
	}))
	mux.HandleFunc("GET /run/{ref}/figure/{path...}", h.figure)
	mux.HandleFunc("GET /run/{ref}/report/{path...}", h.report)
	mux.HandleFunc("GET /run/{ref}/file/{kind}/{path...}", h.file)
	mux.HandleFunc("GET /artifact/{name}/{version}/{path...}", h.artifactFile)
	mux.HandleFunc("GET /assets/{name}", h.asset)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { h.notFound(w) })
	return guard(mux)
}

// show answers with a page. What goes wrong is said on a page, too.
func (h handler) show(get func(*http.Request) (*page, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := get(r)
		switch {
		case err != nil:
			h.trouble(w, err)
		case p == nil:
			h.notFound(w)
		default:
			h.write(w, http.StatusOK, p)
		}
	}
}

func (h handler) write(w http.ResponseWriter, status int, p *page) {
	var b bytes.Buffer
	if err := render(&b, p); err != nil {
		http.Error(w, "the page cannot be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a reader who has gone needs no answer
}

func (h handler) notFound(w http.ResponseWriter) {
	m := message{"There is no such page. The run may have been replaced by a newer one, which has another address.", h.links.page("index"), "All runs"}
	h.write(w, http.StatusNotFound, h.page("Not found", "", "message", m))
}

// trouble says what is wrong with the store, or that a file is not there.
func (h handler) trouble(w http.ResponseWriter, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		if _, gone := os.Stat(h.book.dir); gone == nil {
			h.notFound(w)
			return
		}
		err = fmt.Errorf("the store %s is not there any more", h.book.dir)
	}
	m := message{h.book.plain(err), h.links.page("index"), "All runs"}
	h.write(w, http.StatusServiceUnavailable, h.page("Something is wrong", "", "message", m))
}

func (h handler) asset(w http.ResponseWriter, r *http.Request) {
	content, kind := asset(r.PathValue("name"))
	if kind == "" {
		h.notFound(w)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(content)
}

// open opens a file of a run, found by its kind and path in the run's record, and by nothing else.
func (h handler) open(r *http.Request, kind track.Kind) (*os.File, error) {
	found, _ := h.book.find(r.PathValue("ref"))
	if found == nil || found.lost {
		return nil, fs.ErrNotExist
	}
	return found.Open(kind, r.PathValue("path"))
}

// figure shows a picture. What only says that it is one is a file like any other.
func (h handler) figure(w http.ResponseWriter, r *http.Request) {
	f, err := h.open(r, track.Figure)
	if err != nil {
		h.trouble(w, err)
		return
	}
	defer f.Close()
	kind, _, err := pictureKind(f)
	if err != nil {
		h.trouble(w, err)
		return
	}
	if kind == "" {
		attach(w, r, f, path.Base(r.PathValue("path")))
		return
	}
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", time.Time{}, f)
}

// pictureKind tells by a file's first bytes which kind of picture it is, and its extension; "" for none. SVG is none, as it
// can have scripts.
func pictureKind(f io.ReadSeeker) (kind, ext string, err error) {
	begin := make([]byte, 512)
	n, err := io.ReadFull(f, begin)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && err != io.EOF {
		return "", "", err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", "", err
	}
	kind = http.DetectContentType(begin[:n])
	for _, known := range [][2]string{{"image/png", ".png"}, {"image/jpeg", ".jpg"}, {"image/gif", ".gif"}, {"image/webp", ".webp"}} {
		if kind == known[0] {
			return known[0], known[1], nil
		}
	}
	return "", "", nil
}

func (h handler) report(w http.ResponseWriter, r *http.Request) {
	f, err := h.open(r, track.HTML)
	if err != nil {
		h.trouble(w, err)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Security-Policy", reportPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, f)
}

func (h handler) file(w http.ResponseWriter, r *http.Request) {
	f, err := h.open(r, track.Kind(r.PathValue("kind")))
	if err != nil {
		h.trouble(w, err)
		return
	}
	defer f.Close()
	attach(w, r, f, path.Base(r.PathValue("path")))
}

func (h handler) artifactFile(w http.ResponseWriter, r *http.Request) {
	all, err := h.artifactVersions()
	i := slices.IndexFunc(all, func(a *track.Artifact) bool {
		return a.Name == r.PathValue("name") && versionText(a.Version) == r.PathValue("version")
	})
	if i < 0 {
		h.trouble(w, cmp.Or(err, error(fs.ErrNotExist)))
		return
	}
	f, err := all[i].Open(r.PathValue("path"))
	if err != nil {
		h.trouble(w, err)
		return
	}
	defer f.Close()
	content, ok := f.(io.ReadSeeker)
	if !ok {
		h.trouble(w, errors.New("the file cannot be read from any place"))
		return
	}
	attach(w, r, content, path.Base(r.PathValue("path")))
}

// downloads are the types of files that are called what they are; anything else is bytes.
var downloads = map[string]string{
	".csv": "text/csv; charset=utf-8", ".tsv": "text/tab-separated-values; charset=utf-8", ".json": "application/json", ".txt": "text/plain; charset=utf-8",
}

// attach serves a file to be kept, which a browser does not open.
func attach(w http.ResponseWriter, r *http.Request, content io.ReadSeeker, name string) {
	kind := downloads[strings.ToLower(path.Ext(name))]
	if kind == "" {
		kind = "application/octet-stream"
	}
	if !utf8.ValidString(name) {
		name = strings.ToValidUTF8(name, "_")
	}
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": name})
	w.Header().Set("Content-Disposition", cmp.Or(disposition, "attachment"))
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", time.Time{}, content)
}
