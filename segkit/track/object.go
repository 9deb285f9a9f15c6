package track

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	"example.com/marketing/segkit/atomicfile"
)

// object is a content of the store.
type object struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// staged is a content on disk that has no name yet. While its file is open it is locked, so that Clean leaves it.
type staged struct {
	object
	f     *os.File
	named bool
}

// stage writes what write produces to a file of its own, and streams it: memory does not depend on its size.
func (s *Store) stage(write func(io.Writer) error) (*staged, error) {
	c := &staged{}
	err := s.guarded(func() (err error) {
		if c.f, err = os.CreateTemp(filepath.Join(s.dir, objectsFolder), temporary+"*"); err != nil {
			return err
		}
		_, err = lock(c.f, false, true)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, c.drop())
	}
	whole := false
	defer func() { // write may panic
		if !whole {
			c.drop()
		}
	}()
	sum := sha256.New()
	b := bufio.NewWriterSize(io.MultiWriter(c.f, sum), 1<<16)
	if err := write(b); err != nil {
		return nil, err
	}
	if err := b.Flush(); err != nil {
		return nil, err
	}
	if err := c.f.Chmod(0o644); err != nil {
		return nil, err
	}
	if err := c.f.Sync(); err != nil {
		return nil, err
	}
	if c.Size, err = c.f.Seek(0, io.SeekCurrent); err != nil {
		return nil, err
	}
	c.SHA256 = hex.EncodeToString(sum.Sum(nil))
	whole = true
	return c, nil
}

// drop closes the file, and removes it where it has got no name.
func (c *staged) drop() error {
	if c.f == nil {
		return nil
	}
	var err error
	if !c.named {
		err = os.Remove(c.f.Name())
	}
	return errors.Join(err, c.f.Close())
}

// put gives a content its name; one that is there already is replaced by the same. The file has the extension of name, for
// those who look into the folder. The caller is guarded until a log speaks of it.
func (s *Store) put(c *staged, name string) (object, error) {
	path := s.objectPath(c.SHA256, name)
	if err := s.makeFolder(filepath.Join(objectsFolder, c.SHA256[:2])); err != nil {
		return object{}, err
	}
	if err := os.Rename(c.f.Name(), path); err != nil {
		return object{}, err
	}
	c.named = true
	return c.object, atomicfile.SyncFolder(filepath.Dir(path))
}

const (
	temporary = ".new-" // how files begin that have no name yet
	guardFile = ".lock"
)

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
func (s *Store) openObject(o object, name string) (*os.File, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	f, err := os.Open(s.objectPath(o.SHA256, name))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() != o.Size {
		err = fmt.Errorf("%s has %d bytes, its record says %d", f.Name(), info.Size(), o.Size)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// verified is a content that is an error where it is not what its name says. The last bytes are given when all are known to be
// right, so that nobody takes the wrong content for whole.
type verified struct {
	*os.File
	object
	read int64
	sum  hash.Hash
}

func (v *verified) Read(b []byte) (int, error) {
	n, err := v.File.Read(b)
	v.read += int64(n)
	v.sum.Write(b[:n])
	if v.read == v.Size && n > 0 && hex.EncodeToString(v.sum.Sum(nil)) != v.SHA256 {
		return 0, fmt.Errorf("%w: %s does not hold what its name says", ErrRefused, v.File.Name())
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return n, err
}

func (s *Store) openVerified(o object, name string) (io.ReadCloser, error) {
	f, err := s.openObject(o, name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return &verified{File: f, object: o, sum: sha256.New()}, nil
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
	f, err := os.OpenFile(filepath.Join(s.dir, objectsFolder, guardFile), os.O_CREATE|os.O_RDWR, 0o644)
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
