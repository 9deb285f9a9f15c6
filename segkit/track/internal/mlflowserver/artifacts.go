package mlflowserver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// root is the folder of the artifacts that the proxy stores, and that file:// leads to.
func (s *Server) root() string { return filepath.Join(s.o.Dir, "artifacts") }

// local is where an artifact location lies on disk; ok is false where it does not.
func (s *Server) local(uri string) (dir string, ok bool) {
	if path, ok := strings.CutPrefix(uri, "file://"); ok {
		return filepath.FromSlash(path), true
	}
	path, ok := strings.CutPrefix(uri, "mlflow-artifacts:/")
	return filepath.Join(s.root(), filepath.FromSlash(strings.Trim(path, "/"))), ok
}

// artifacts are the files of a run. The caller holds the lock.
func (s *Server) artifacts(uri string) map[string]Artifact {
	all := map[string]Artifact{}
	dir, ok := s.local(uri)
	if !ok {
		return all
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		a, ok := s.sums[path]
		if !ok { // not uploaded, but written by the client
			if a, err = sum(path); err != nil {
				return err
			}
		}
		name, err := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = a
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		panic("mlflowserver: " + err.Error())
	}
	return all
}

func sum(path string) (Artifact, error) {
	f, err := os.Open(path)
	if err != nil {
		return Artifact{}, err
	}
	defer f.Close()
	return hashInto(io.Discard, f)
}

// hashInto copies a stream, and says what it was.
func hashInto(w io.Writer, r io.Reader) (Artifact, error) {
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), r)
	return Artifact{n, hex.EncodeToString(h.Sum(nil))}, err
}

// list is what lies in a folder, by name; nothing where there is no folder. The paths begin with the prefix.
func (s *Server) list(dir, prefix string) ([]object, error) {
	entries, err := os.ReadDir(dir)
	if info, statErr := os.Stat(dir); statErr != nil || !info.IsDir() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []object
	for _, e := range entries {
		o := object{"path": prefix + e.Name(), "is_dir": e.IsDir()}
		if !e.IsDir() {
			info, err := e.Info()
			if err != nil {
				return nil, err
			}
			o["file_size"] = s.long(info.Size())
		}
		all = append(all, o)
	}
	return all, nil
}

// listArtifacts lists one folder of a run, with paths from the run's root.
func (s *Server) listArtifacts(q *struct {
	ID        string `json:"run_id" need:"yes"`
	Path      string `json:"path"`
	PageToken string `json:"page_token"`
}) (object, error) {
	if err := checkRunID(q.ID); err != nil {
		return nil, err
	}
	r, err := s.view().run(q.ID)
	if err != nil {
		return nil, err
	}
	o := object{"root_uri": r.ArtifactURI}
	dir, ok := s.local(r.ArtifactURI)
	if !ok {
		return o, nil
	}
	prefix := ""
	if q.Path != "" {
		path, err := checkPath(q.Path)
		if err != nil {
			return nil, err
		}
		dir, prefix = filepath.Join(dir, filepath.FromSlash(path)), path+"/"
	}
	files, err := s.list(dir, prefix)
	o.list("files", files)
	return o, err
}

// checkPath checks the path of an artifact as MLflow does: it is decoded once more (and again, while that changes it), and
// must not be absolute, lead out of its folder, or have a # in it. A path that is not clean is refused, too.
func checkPath(path string) (string, error) {
	for range 10 {
		decoded := unquote(path)
		if decoded == path {
			break
		}
		path = decoded
	}
	if path == "" || strings.ContainsAny(path, "#\\\x00") || !fs.ValidPath(path) || path == "." {
		return "", invalid("Invalid path")
	}
	return path, nil
}

// unquote decodes what is percent-encoded, and leaves what only looks so, as Python does.
func unquote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				b.WriteByte(c[0])
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// getArtifact is the page GET /get-artifact?run_id=…&path=….
func (s *Server) getArtifact(w http.ResponseWriter, r *http.Request) {
	const endpoint = "GET /get-artifact"
	q := r.URL.Query()
	path, err := checkPath(q.Get("path"))
	if err == nil {
		err = checkRunID(q.Get("run_id"))
	}
	if err != nil {
		s.reply(w, endpoint, nil, err)
		return
	}
	s.mu.Lock()
	run, err := s.view().run(q.Get("run_id"))
	dir, ok := "", false
	if err == nil {
		if dir, ok = s.local(run.ArtifactURI); !ok {
			err = absent("No such artifact: '%s'", path)
		}
	}
	s.mu.Unlock()
	if err != nil {
		s.reply(w, endpoint, nil, err)
		return
	}
	s.send(w, endpoint, filepath.Join(dir, filepath.FromSlash(path)), path)
}
