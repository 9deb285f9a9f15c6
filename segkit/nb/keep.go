package nb

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/atomicfile"
)

// Keep returns what build makes, and keeps it on disk for the next cell that asks. dependsOn lists everything that the
// result depends on: data and configuration. Matrices and tables count by their content, everything else by its JSON; a
// matrix inside of something else has none, so that is an error, and it has to be listed by itself. The sources of
// segkit itself are always part of the key: a change to data, configuration or code builds anew, the same cell run again
// reads what was kept.
//
// The files lie in .segkit/kept of the project (the nearest folder upwards with a go.mod), else in the user's cache folder.
// A file that read refuses is built anew.
//
//	model := nb.Must(nb.Keep("autoencoder", func() (*autoencoder.Model, error) {
//		return autoencoder.Train(ctx, x, config)
//	}, autoencoder.Read, x, config))
func Keep[T io.WriterTo](name string, build func() (T, error), read func(io.Reader) (T, error), dependsOn ...any) (T, error) {
	var none T
	dir, err := keepDir()
	if err != nil {
		return none, err
	}
	return keep(dir, name, build, read, dependsOn)
}

func keep[T io.WriterTo](dir, name string, build func() (T, error), read func(io.Reader) (T, error), dependsOn []any) (T, error) {
	var none T
	key, err := keyOf(dependsOn)
	if err != nil {
		return none, fmt.Errorf("nb: keeping %s: %w", name, err)
	}
	path := filepath.Join(dir, name+"-"+key)
	if f, err := os.Open(path); err == nil {
		kept, readErr := read(f)
		f.Close()
		if readErr == nil {
			return kept, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return none, err
	}
	made, err := build()
	if err != nil {
		return none, err
	}
	err = atomicfile.Write(path, func(w io.Writer) error {
		_, err := made.WriteTo(w)
		return err
	})
	if err != nil {
		return none, fmt.Errorf("nb: keeping %s: %w", name, err)
	}
	return made, nil
}

func keyOf(dependsOn []any) (string, error) {
	h := sha256.New()
	if err := hashSources(h); err != nil {
		return "", err
	}
	for _, v := range dependsOn {
		switch v := v.(type) {
		case mat.Matrix:
			hashMatrix(h, v)
			continue
		case interface{ Fingerprint() string }:
			fmt.Fprintf(h, "%T %s\n", v, v.Fingerprint())
			continue
		}
		if holdsMatrix(reflect.TypeOf(v), map[reflect.Type]bool{}) {
			return "", fmt.Errorf("%T holds a matrix, whose content would not count; list the matrix itself", v)
		}
		b, err := json.Marshal(v)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%T %d %s\n", v, len(b), b)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:12]), nil
}

var matrixType = reflect.TypeFor[mat.Matrix]()

// holdsMatrix reports whether values of a type have a matrix in them that JSON would see, and write as {}.
func holdsMatrix(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	if t.Implements(matrixType) {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return holdsMatrix(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && f.Tag.Get("json") != "-" && holdsMatrix(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

func hashMatrix(h hash.Hash, m mat.Matrix) {
	r, c := m.Dims()
	fmt.Fprintf(h, "matrix %d %d\n", r, c)
	row := make([]byte, 8*c)
	for i := range r {
		for j := range c {
			binary.LittleEndian.PutUint64(row[8*j:], math.Float64bits(m.At(i, j)))
		}
		h.Write(row)
	}
}

// hashSources adds the names and contents of segkit's Go files, tests aside. In a notebook they lie where this file was
// compiled from; elsewhere (a program built with -trimpath) there is nothing to add, and nothing that changes under it.
func hashSources(h hash.Hash) error {
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		return nil
	}
	root := filepath.Dir(filepath.Dir(file))
	var paths []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			paths = append(paths, path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	slices.Sort(paths)
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n", path[len(root):], len(b))
		h.Write(b)
	}
	return nil
}

func keepDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".segkit", "kept"), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "segkit", "kept"), err
}
