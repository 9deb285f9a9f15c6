package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The synthetic data that Open falls back on.
const (
	syntheticCustomers = 8950
	syntheticSeed      = 1
)

// Source says where a table came from.
type Source struct {
	Path      string // of the file, "" for synthetic data
	Synthetic bool
}

// String names the source without a folder, so that it can stand on a published page.
func (s Source) String() string {
	if s.Synthetic {
		return fmt.Sprintf("synthetic data (%d made-up customers, seed %d)", syntheticCustomers, syntheticSeed)
	}
	return filepath.Base(s.Path)
}

// Open returns the data that the tutorial works on: the file that the environment variable SEGKIT_DATA names; else
// data/cc_data.csv of the project, which is the nearest folder upwards from the working directory that holds a go.mod; else
// 8,950 synthetic customers, and Source says so. A file that is there but cannot be read is an error.
func Open(ctx context.Context) (*Table, Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, Source{}, err
	}
	path := os.Getenv("SEGKIT_DATA")
	if path == "" {
		var err error
		if path, err = projectData(); err != nil {
			return nil, Source{}, err
		}
	}
	if path == "" {
		return Synthesize(syntheticCustomers, syntheticSeed), Source{Synthetic: true}, nil
	}
	t, _, err := ReadFile(path, nil)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w (SEGKIT_DATA names it)", err)
	}
	return t, Source{Path: path}, err
}

// projectData returns the path of the project's data file, "" where there is none.
func projectData() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("dataset: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			path := filepath.Join(dir, "data", dataFile)
			_, err := os.Stat(path)
			if errors.Is(err, fs.ErrNotExist) {
				return "", nil
			}
			return path, err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", nil
		}
		dir = parent
	}
}
