package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"example.com/marketing/segkit/atomicfile"
	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/rest"
)

func (t *Target) putText(ctx context.Context, s *track.Sending, path, text string) error {
	return t.put(ctx, s, path, int64(len(text)), func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
}

// put stores a file among the run's artifacts, as a stream. A second time it takes its own place.
func (t *Target) put(ctx context.Context, s *track.Sending, path string, size int64, open func() (io.ReadCloser, error)) error {
	root, err := t.root(ctx, s.Key)
	if err != nil {
		return err
	}
	path = allowedPath(path)
	if folder, ok := strings.CutPrefix(root, "file:"); ok {
		file := filepath.Join(folder, filepath.FromSlash(path))
		if err := writeFile(file, open); err != nil {
			return err
		}
		if err := t.seen(ctx, s.Key, path); err != nil {
			return errors.Join(err, os.Remove(file))
		}
		return nil
	}
	return sorted(t.client.Do(ctx, rest.Request{
		Method: "PUT", Path: artifactAPI + escaped(root+"/"+path), Type: "application/octet-stream",
		Body: func() (io.ReadCloser, int64, error) {
			f, err := open()
			return f, size, err
		},
	}, &struct{}{}))
}

// writeFile stores a file on this machine.
func writeFile(path string, open func() (io.ReadCloser, error)) error {
	f, err := open()
	if err != nil {
		return err
	}
	defer f.Close()
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// seen makes sure, once, that the server's folder is this machine's: one behind a tunnel, or in a container, has an address here
// and its files elsewhere.
func (t *Target) seen(ctx context.Context, key, name string) error {
	t.mu.Lock()
	shared := t.shared
	t.mu.Unlock()
	if shared {
		return nil
	}
	var list struct {
		Files []struct {
			Path string `json:"path"`
		} `json:"files"`
	}
	query := url.Values{"run_id": {key}}
	if dir := path.Dir(name); dir != "." {
		query.Set("path", dir)
	}
	if err := t.get(ctx, "/artifacts/list", query, &list); err != nil {
		return err
	}
	for _, f := range list.Files {
		if f.Path == name {
			t.mu.Lock()
			t.shared = true
			t.mu.Unlock()
			return nil
		}
	}
	return fmt.Errorf("%w: the server keeps files in a folder of its own machine, and does not see what is put there on this one; one that serves artifacts can be sent to", track.ErrRefused)
}

func escaped(name string) string {
	parts := strings.Split(name, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// root is where the run's artifacts go: "file:" and a folder of this machine, or a path below the server's artifacts.
func (t *Target) root(ctx context.Context, key string) (string, error) {
	t.mu.Lock()
	root, ok := t.artifacts[key]
	t.mu.Unlock()
	if ok {
		return root, nil
	}
	info, err := t.info(ctx, key)
	if err != nil {
		return "", err
	}
	if root, err = t.rootOf(info.URI); err != nil {
		return "", fmt.Errorf("%w: the run's files: %w", track.ErrRefused, err)
	}
	t.mu.Lock()
	t.artifacts[key] = root
	t.mu.Unlock()
	return root, nil
}

func (t *Target) rootOf(uri string) (string, error) {
	u, err := url.Parse(uri)
	if err != nil || uri == "" {
		return "", fmt.Errorf("the server keeps them at %q", uri)
	}
	switch u.Scheme {
	case "mlflow-artifacts":
		if u.Host == "" || u.Host == t.client.Base.Host {
			return strings.Trim(u.Path, "/"), nil
		}
	case "http", "https":
		if below, ok := strings.CutPrefix(u.Path, t.client.Base.Path+artifactAPI); ok && u.Host == t.client.Base.Host {
			return strings.Trim(below, "/"), nil
		}
	case "file", "":
		if t.client.Local() && (u.Host == "" || u.Host == "localhost") && filepath.IsAbs(filepath.FromSlash(u.Path)) {
			return "file:" + filepath.FromSlash(u.Path), nil
		}
	}
	return "", fmt.Errorf("the server keeps them at %s://%s, where they cannot be put from here; one that serves artifacts can", u.Scheme, u.Host)
}

// artifact stores a version of an artifact among the run's files.
func (t *Target) artifact(ctx context.Context, s *track.Sending, ref track.ArtifactRef) error {
	a, err := s.Artifact(ref)
	if err != nil {
		return fmt.Errorf("%w: %w", track.ErrRefused, err)
	}
	folder := fmt.Sprintf("artifacts/%s/v%d/", a.Name, a.Version)
	for _, f := range a.Files {
		if err := t.put(ctx, s, folder+"files/"+f.Name, f.Size, func() (io.ReadCloser, error) { return s.OpenArtifact(a, f) }); err != nil {
			return fmt.Errorf("file %q: %w", f.Name, err)
		}
	}
	b, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		return err
	}
	if err := t.putText(ctx, s, folder+"artifact.json", string(b)+"\n"); err != nil {
		return err
	}
	about, _ := cut(strings.Join(a.Aliases, ", "), maxTag)
	return t.tags(ctx, s.Key, []pair{{allowed(fmt.Sprintf("made.%s.v%d", a.Name, a.Version)), about}})
}

// registered makes the run's model a version in the registry, if the run has it and that was not done.
func (t *Target) registered(ctx context.Context, s *track.Sending, model string) error {
	if !slices.ContainsFunc(s.Files, func(f track.File) bool { return f.Kind == track.Model && f.Group == model }) {
		return nil
	}
	info, err := t.info(ctx, s.Key)
	if err != nil {
		return err
	}
	name := strings.NewReplacer("/", "_", ":", "_").Replace(allowed(model))
	source := strings.TrimRight(info.URI, "/") + "/models/" + model
	done := func(ctx context.Context) (bool, error) {
		var found struct {
			Versions []struct {
				Name   string `json:"name"`
				Source string `json:"source"`
			} `json:"model_versions"`
		}
		err := t.get(ctx, "/model-versions/search", url.Values{"filter": {fmt.Sprintf("run_id='%s'", s.Key)}}, &found)
		for _, v := range found.Versions {
			if v.Name == name && v.Source == source {
				return true, nil
			}
		}
		return false, err
	}
	err = t.post(ctx, "/registered-models/create", map[string]any{"name": name}, nil, nil)
	if code(err) == noEndpoint {
		return fmt.Errorf("%w: the server has no registry: %w", track.ErrRefused, err)
	}
	if err != nil && code(err) != exists {
		return err
	}
	if there, err := done(ctx); there || err != nil {
		return err
	}
	return t.post(ctx, "/model-versions/create", map[string]any{"name": name, "source": source, "run_id": s.Key}, done, nil)
}
