package track

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// object is a content of the store.
type object struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// put stores what write produces, once however often it comes, and streams it: memory does not depend on its size. The file
// has the extension of name, for those who look into the folder.
func (s *Store) put(name string, write func(io.Writer) error) (o object, err error) {
	dir := filepath.Join(s.dir, objectsFolder)
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return o, err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	sum := sha256.New()
	b := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<16)
	if err := write(b); err != nil {
		return o, err
	}
	if err := b.Flush(); err != nil {
		return o, err
	}
	if err := f.Chmod(0o644); err != nil {
		return o, err
	}
	if err := f.Sync(); err != nil {
		return o, err
	}
	if o.Size, err = f.Seek(0, io.SeekCurrent); err != nil {
		return o, err
	}
	if err := f.Close(); err != nil {
		return o, err
	}
	o.SHA256 = hex.EncodeToString(sum.Sum(nil))
	path := s.objectPath(o.SHA256, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return o, err
	}
	return o, os.Rename(f.Name(), path)
}

// objectPath is where a content lies. The extension is part of it, so that a browser knows what it opens; the same content
// under two extensions lies there twice.
func (s *Store) objectPath(sha, name string) string {
	ext := strings.ToLower(filepath.Ext(name))
	if len(ext) > 16 || strings.Trim(ext, ".abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		ext = ""
	}
	return filepath.Join(s.dir, objectsFolder, sha[:2], sha+ext)
}

// openObject opens a content that a record speaks of. What a record says came from a file, so it is looked at before it
// becomes a path.
func (s *Store) openObject(sha, name string) (*os.File, error) {
	if err := (object{SHA256: sha}).check(); err != nil {
		return nil, err
	}
	return os.Open(s.objectPath(sha, name))
}

// check tells whether an object has the name of a content.
func (o object) check() error {
	if b, err := hex.DecodeString(o.SHA256); err != nil || len(b) != sha256.Size {
		return fmt.Errorf("the record has %q as a SHA-256", o.SHA256)
	}
	return nil
}

// guard keeps Clean away from contents that are stored and not yet in a log. Its release gives the lock back.
func (s *Store) guard(shared bool) (release func() error, err error) {
	f, err := os.OpenFile(filepath.Join(s.dir, objectsFolder, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if _, err := lock(f, shared, true); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}

// guarded runs f while Clean keeps away: what f stores is in a log when it returns.
func (s *Store) guarded(f func() error) (err error) {
	release, err := s.guard(true)
	if err != nil {
		return err
	}
	defer func() {
		if releaseErr := release(); err == nil {
			err = releaseErr
		}
	}()
	return f()
}
