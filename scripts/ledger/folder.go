package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"example.com/marketing/segkit/atomicfile"
)

// manifestName is the file that says which files of a folder are an export's. No other is touched.
const manifestName = "manifest.json"

type manifest struct {
	About string   `json:"about"`
	Files []string `json:"files"`
}

const aboutManifest = "The files that scripts/runs export has written here; the next export removes those that it does not need any more."

// replaceFolder writes files into a folder, and removes those of an earlier export that are not among them. Each file is whole
// at any moment. One that no export has written is never written over.
func replaceFolder(ctx context.Context, dir string, files map[string]content) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir) // a path of the manifest cannot lead out of it
	if err != nil {
		return err
	}
	defer root.Close()
	old, err := readManifest(root)
	if err != nil {
		return fmt.Errorf("%s: %w; remove it or choose another folder", filepath.Join(dir, manifestName), err)
	}
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		if _, found := slices.BinarySearch(old, name); found {
			continue
		}
		if _, err := root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there, and was not written by an export; choose another folder", filepath.Join(dir, name))
		}
	}
	// First all that there may be, so that an export which is broken off leaves no file that nobody knows.
	if err := writeManifest(dir, slices.Concat(old, names)); err != nil {
		return err
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := replaceFile(root, dir, name, files[name]); err != nil {
			return err
		}
	}
	for _, name := range old {
		if _, ok := files[name]; ok {
			continue
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
			if root.Remove(folder) != nil { // something else is in it
				break
			}
		}
	}
	return writeManifest(dir, names)
}

// replaceFile leaves a file alone that is as it should be.
func replaceFile(root *os.Root, dir, name string, c content) error {
	b, err := c()
	if err != nil {
		return err
	}
	if there, err := root.ReadFile(name); err == nil && bytes.Equal(there, b) {
		return nil
	}
	return atomicfile.WriteBytes(filepath.Join(dir, filepath.FromSlash(name)), b)
}

// readManifest returns the files of an earlier export, sorted; none where there was none.
func readManifest(root *os.Root) ([]string, error) {
	b, err := root.ReadFile(manifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m manifest
	if json.Unmarshal(b, &m) != nil || m.About != aboutManifest {
		return nil, errors.New("it is no export's")
	}
	for _, name := range m.Files {
		if !fs.ValidPath(name) || name == "." {
			return nil, fmt.Errorf("it names %q, which is no file in the folder", name)
		}
	}
	slices.Sort(m.Files)
	return m.Files, nil
}

func writeManifest(dir string, files []string) error {
	files = slices.Clone(files)
	slices.Sort(files)
	b, err := json.MarshalIndent(manifest{aboutManifest, slices.Compact(files)}, "", " ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(dir, manifestName), append(b, '\n'))
}
