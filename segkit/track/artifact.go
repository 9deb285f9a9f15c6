package track

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/marketing/segkit/atomicfile"
)

// Latest is the alias that each artifact's newest version has without being given it.
const Latest = "latest"

// Artifact is what later work builds on: files that belong together, in numbered versions that do not change.
type Artifact struct {
	Name     string         `json:"name"`
	Version  int            `json:"version"` // from 1 on; given by the store
	Aliases  []string       `json:"aliases"` // names for a version, like best; an alias that moves leaves the older version
	Note     string         `json:"note"`    // how it was made
	Metadata map[string]any `json:"metadata"`
	Files    []ArtifactFile `json:"files"`
	Run      string         `json:"run"` // the name of the run that made it
	RunID    string         `json:"run_id"`
	Made     time.Time      `json:"made"`

	store *Store
}

// ArtifactFile is one file of an artifact.
type ArtifactFile struct {
	Name string `json:"name"`
	object
}

// ArtifactRef names a version of an artifact.
type ArtifactRef struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
}

func (a ArtifactRef) String() string { return fmt.Sprintf("%s:%d", a.Name, a.Version) }

func (m *Summary) addArtifact(kind EntryKind, a ArtifactRef) {
	into := &m.Made
	if kind == EntryUsed {
		into = &m.Used
	}
	if !slices.Contains(*into, a) {
		*into = append(*into, a)
	}
}

// Content is a file to be written.
type Content struct {
	Name  string
	Write func(io.Writer) error
}

// Artifact stores a version of an artifact: its Name, Aliases, Note and Metadata are taken from a, the rest is given by the
// store. What equals the newest version in content, note and metadata makes no new one.
func (r *Run) Artifact(a Artifact, files ...Content) {
	if r == nil {
		return
	}
	var contents []*staged
	defer func() {
		for _, c := range contents {
			c.drop()
		}
	}()
	staged := false
	r.try("artifact", a.Name, func() error {
		if err := checkArtifact(&a, files); err != nil {
			return err
		}
		for _, f := range files {
			c, err := r.store.stage(f.Write)
			if err != nil {
				return fmt.Errorf("file %q: %w", f.Name, err)
			}
			contents = append(contents, c)
		}
		staged = true
		return nil
	})
	if staged {
		r.do("artifact", a.Name, func() error {
			return r.store.guarded(func() error { return r.addArtifact(a, files, contents) })
		})
	}
}

func (r *Run) addArtifact(a Artifact, files []Content, contents []*staged) error {
	a.Files = nil
	for i, f := range files {
		o, err := r.store.put(contents[i], f.Name)
		if err != nil {
			return fmt.Errorf("file %q: %w", f.Name, err)
		}
		a.Files = append(a.Files, ArtifactFile{f.Name, o})
	}
	a.Run, a.RunID = r.name, r.summary.ID
	ref, err := r.store.addVersion(a)
	if err != nil {
		return err
	}
	r.summary.addArtifact(EntryMade, ref)
	r.write(Entry{Kind: EntryMade, Artifact: &ref})
	return r.log.sync()
}

func checkArtifact(a *Artifact, files []Content) error {
	if err := checkName(a.Name); err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("it has no file")
	}
	seen := map[string]bool{}
	for _, f := range files {
		if err := checkFileName(f.Name); err != nil {
			return err
		}
		if seen[f.Name] {
			return fmt.Errorf("two files are called %q", f.Name)
		}
		seen[f.Name] = true
	}
	for _, alias := range a.Aliases {
		if err := checkName(alias); err != nil {
			return fmt.Errorf("alias: %w", err)
		}
		if _, err := strconv.Atoi(alias); err == nil || alias == Latest {
			return fmt.Errorf("alias: %w: %q is a version's", ErrName, alias)
		}
	}
	b, err := json.Marshal(a.Metadata)
	if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	a.Metadata = nil
	if err := decode(b, &a.Metadata); err != nil {
		return err
	}
	plain(a.Metadata) // as it will be read back
	return nil
}

// version is a line of an artifact's file: a version, or where it has no Files, aliases that move to one.
type version struct {
	Version  int            `json:"version"`
	Aliases  []string       `json:"aliases,omitempty"`
	Note     string         `json:"note,omitempty"`
	Metadata map[string]any `json:"metadata,omitempty"`
	Files    []ArtifactFile `json:"files,omitempty"`
	Run      string         `json:"run,omitempty"`
	RunID    string         `json:"run_id,omitempty"`
	At       int64          `json:"at"`
}

// addVersion appends to the artifact's file, which it locks meanwhile.
func (s *Store) addVersion(a Artifact) (ref ArtifactRef, err error) {
	if err := s.makeFolder(artifactsFolder); err != nil {
		return ref, err
	}
	path := s.artifactPath(a.Name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return ref, err
	}
	defer func() {
		if closeErr := f.Close(); err == nil { // the lock goes with it
			err = closeErr
		}
	}()
	if _, err := lock(f, false, true); err != nil {
		return ref, err
	}
	whole, err := wholeLines(f)
	if err != nil {
		return ref, err
	}
	if err := f.Truncate(whole); err != nil {
		return ref, err
	}
	versions, err := readVersions(f, a.Name)
	if err != nil {
		return ref, err
	}
	v := version{Version: len(versions) + 1, Aliases: a.Aliases, Note: a.Note, Metadata: a.Metadata, Files: a.Files, Run: a.Run, RunID: a.RunID, At: time.Now().UnixMilli()}
	if len(versions) > 0 {
		last := versions[len(versions)-1]
		if last.Note == a.Note && maps.EqualFunc(last.Metadata, a.Metadata, equalJSON) && slices.Equal(last.Files, a.Files) {
			if !slices.ContainsFunc(a.Aliases, func(alias string) bool { return !slices.Contains(last.Aliases, alias) }) {
				return ArtifactRef{a.Name, last.Version}, nil
			}
			v = version{Version: last.Version, Aliases: a.Aliases, At: v.At}
		}
	}
	b, err := marshal(v)
	if err != nil {
		return ref, err
	}
	if _, err := f.Write(append(b, '\n')); err != nil {
		return ref, err
	}
	if err := f.Sync(); err != nil {
		return ref, err
	}
	return ArtifactRef{a.Name, v.Version}, atomicfile.SyncFolder(filepath.Dir(path))
}

// equalJSON compares values as JSON gives them back.
func equalJSON(a, b any) bool { return reflect.DeepEqual(a, b) }

func (s *Store) artifactPath(name string) string {
	return filepath.Join(s.dir, artifactsFolder, name+".jsonl")
}

// readVersions reads an artifact's file up to its last whole line.
func readVersions(r io.Reader, name string) ([]*Artifact, error) {
	var versions []*Artifact
	b := bufio.NewReader(r)
	for n := 1; ; n++ {
		text, err := b.ReadBytes('\n')
		if err == io.EOF {
			return versions, nil
		}
		if err != nil {
			return nil, err
		}
		var v version
		if err := decode(text, &v); err != nil {
			return nil, fmt.Errorf("artifact %s, line %d: %w", name, n, err)
		}
		plain(v.Metadata)
		for _, f := range v.Files {
			if err := cmp.Or(checkFileName(f.Name), f.check()); err != nil {
				return nil, fmt.Errorf("artifact %s, line %d: %w", name, n, err)
			}
		}
		switch {
		case len(v.Files) > 0 && v.Version == len(versions)+1:
			versions = append(versions, &Artifact{
				Name: name, Version: v.Version, Aliases: []string{}, Note: v.Note, Metadata: v.Metadata, Files: v.Files, Run: v.Run, RunID: v.RunID, Made: time.UnixMilli(v.At).UTC(),
			})
		case len(v.Files) > 0 || v.Version < 1 || v.Version > len(versions):
			return nil, fmt.Errorf("artifact %s, line %d: version %d after %d", name, n, v.Version, len(versions))
		}
		for _, alias := range v.Aliases {
			for _, a := range versions {
				a.Aliases = slices.DeleteFunc(a.Aliases, func(old string) bool { return old == alias })
			}
			versions[v.Version-1].Aliases = append(versions[v.Version-1].Aliases, alias)
		}
	}
}

// Artifacts returns all versions of all artifacts, by name and version. Those that can be read are returned beside an error about
// those that cannot.
func (s *Store) Artifacts() ([]*Artifact, error) {
	if s == nil {
		return nil, nil
	}
	entries, err := os.ReadDir(filepath.Join(s.dir, artifactsFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("track: %w", err)
	}
	var all []*Artifact
	var damaged []error
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".jsonl")
		if !ok || checkName(name) != nil {
			continue
		}
		versions, err := s.versions(name)
		if err != nil {
			damaged = append(damaged, fmt.Errorf("track: %w", err))
			continue
		}
		all = append(all, versions...)
	}
	return all, errors.Join(damaged...)
}

func (s *Store) versions(name string) ([]*Artifact, error) {
	f, err := os.Open(s.artifactPath(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	versions, err := readVersions(f, name)
	for _, a := range versions {
		a.store = s
	}
	return versions, err
}

// Artifact returns a version of an artifact: "name" is the newest, "name:3" a version, "name:best" the one with that alias.
// If there is none, the error wraps ErrNoArtifact and says what there is.
func (s *Store) Artifact(ref string) (*Artifact, error) {
	name, which, _ := strings.Cut(ref, ":")
	if s == nil {
		return nil, fmt.Errorf("track: %w: %q; tracking is off", ErrNoArtifact, ref)
	}
	if err := checkName(name); err != nil {
		return nil, fmt.Errorf("track: artifact: %w", err)
	}
	versions, err := s.versions(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("track: %w", err)
	}
	if which == "" || which == Latest {
		which = strconv.Itoa(len(versions))
	}
	there := []string{}
	for _, a := range slices.Backward(versions) {
		if strconv.Itoa(a.Version) == which || slices.Contains(a.Aliases, which) {
			return a, nil
		}
		there = append(there, fmt.Sprintf("%s:%d", name, a.Version))
	}
	if len(there) == 0 {
		there = []string{"no version of it"}
	}
	return nil, fmt.Errorf("track: %w: %q in %s; there is %s", ErrNoArtifact, ref, s.dir, strings.Join(there, ", "))
}

// Use returns a version of an artifact, as Store.Artifact does, and logs that the run worked with it. Unlike the methods that
// only log, it returns its error.
func (r *Run) Use(ref string) (*Artifact, error) {
	if r == nil {
		return nil, fmt.Errorf("track: %w: %q; tracking is off", ErrNoArtifact, ref)
	}
	a, err := r.store.Artifact(ref)
	if err != nil {
		return nil, err
	}
	r.do("artifact", ref, func() error {
		used := ArtifactRef{a.Name, a.Version}
		r.summary.addArtifact(EntryUsed, used)
		r.write(Entry{Kind: EntryUsed, Artifact: &used})
		return nil
	})
	return a, r.Err()
}

// Open opens a file of the artifact. If there is none, the error wraps fs.ErrNotExist and names those that there are.
func (a *Artifact) Open(name string) (io.ReadCloser, error) {
	var names []string
	for _, f := range a.Files {
		if f.Name == name {
			file, err := a.store.openObject(f.object, name)
			if err != nil {
				return nil, fmt.Errorf("track: artifact %s:%d: %w", a.Name, a.Version, err)
			}
			return file, nil
		}
		names = append(names, f.Name)
	}
	return nil, fmt.Errorf("track: artifact %s:%d: %w: %q; it has %s", a.Name, a.Version, fs.ErrNotExist, name, strings.Join(names, ", "))
}
