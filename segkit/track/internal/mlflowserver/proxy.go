package mlflowserver

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// runPath is the path of an artifact of a run, as its artifact_uri gives it to the client. MLflow stores what has another path,
// too, but no client can mean that.
var runPath = regexp.MustCompile(`^(?s:.*/)?[0-9a-f]{32}/artifacts/.`)

// serveProxy answers what is under /api/2.0/mlflow-artifacts/.
func (s *Server) serveProxy(w http.ResponseWriter, r *http.Request, rest, endpoint string) {
	switch s.o.Proxy {
	case ProxyDisabled:
		http.Error(w, "Endpoint: "+r.URL.Path+" disabled due to the mlflow server running with `--no-serve-artifacts`. To enable"+
			" artifacts server functionality, run `mlflow server` with `--serve-artifacts`", http.StatusServiceUnavailable)
		return
	case ProxyAbsent:
		http.Error(w, "ENDPOINT_NOT_FOUND: Not found", http.StatusInternalServerError)
		return
	}
	if strings.HasPrefix(rest, "mpu/") {
		s.reply(w, endpoint, nil, &apiError{http.StatusNotImplemented, "NOT_IMPLEMENTED",
			"Multipart upload is not supported for the current artifact repository", false})
		return
	}
	if rest == "artifacts" && r.Method == http.MethodGet {
		o, err := s.listProxy(r)
		s.reply(w, endpoint, o, err)
		return
	}
	name, ok := strings.CutPrefix(rest, "artifacts/")
	if !ok {
		s.reply(w, endpoint, nil, &apiError{http.StatusNotFound, "ENDPOINT_NOT_FOUND", "Not found", true})
		return
	}
	name, err := checkPath(name)
	if err != nil {
		s.reply(w, endpoint, nil, err)
		return
	}
	file := filepath.Join(s.root(), filepath.FromSlash(name))
	switch r.Method {
	case http.MethodGet:
		s.send(w, endpoint, file, name)
	case http.MethodPut:
		s.reply(w, endpoint, nil, s.store(r, file, name))
	case http.MethodDelete:
		s.reply(w, endpoint, nil, s.remove(file, name))
	default:
		s.violate(endpoint, errors.New("wrong method"))
		w.Header().Set("Allow", "GET, PUT, DELETE")
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
	}
}

// listProxy lists one folder of the store, with the names alone.
func (s *Server) listProxy(r *http.Request) (object, error) {
	var q struct {
		Path string `json:"path"`
	}
	if err := decodeQuery(r.URL.Query(), &q); err != nil {
		return nil, err
	}
	dir := s.root()
	if q.Path != "" {
		path, err := checkPath(q.Path)
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(dir, filepath.FromSlash(path))
	}
	files, err := s.list(dir, "")
	o := object{}
	o.list("files", files)
	return o, err
}

// store keeps an upload, in the time and with the memory of a copy. It is there when all of it has come, and not before.
func (s *Server) store(r *http.Request, file, name string) error {
	if !runPath.MatchString(name) {
		return invalid("Invalid path '%s': it is in no run's artifact_uri", cut(name, 200))
	}
	if kind := r.Header.Get("Content-Type"); strings.HasPrefix(kind, "multipart/") {
		return invalid("an upload is the bytes themselves, and no %s", cut(kind, 100))
	}
	dir := filepath.Join(s.o.Dir, "uploads")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	a, err := hashInto(f, r.Body)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return &apiError{http.StatusBadRequest, "BAD_REQUEST", "the upload breaks off: " + err.Error(), false}
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.Rename(f.Name(), file); err != nil {
		return err
	}
	s.sums[file] = a
	return nil
}

// remove removes a file, or a folder with what is in it.
func (s *Server) remove(file, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := os.Stat(file); err != nil {
		return absent("No such artifact: '%s'", name)
	}
	for known := range s.sums {
		if strings.HasPrefix(known+string(filepath.Separator), file+string(filepath.Separator)) {
			delete(s.sums, known)
		}
	}
	return os.RemoveAll(file)
}

// send sends a file.
func (s *Server) send(w http.ResponseWriter, endpoint, file, name string) {
	f, err := os.Open(file)
	var info os.FileInfo
	if err == nil {
		defer f.Close()
		info, err = f.Stat()
	}
	if err != nil || info.IsDir() {
		s.reply(w, endpoint, nil, absent("No such artifact: '%s'", name))
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", "attachment; filename="+strconv.Quote(path.Base(name)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	io.Copy(w, f)
}
