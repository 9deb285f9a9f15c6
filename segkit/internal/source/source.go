// Package source tells a file that is wrong from a reader that fails.
package source

import (
	"fmt"
	"io"
)

// Read returns what read makes of r. Its error is about the file, and comes behind the error wrong, unless r itself failed:
// then the error is r's, and says nothing about the file.
func Read[T any](r io.Reader, wrong error, read func(io.Reader) (*T, error)) (*T, error) {
	in := &reader{Reader: r}
	made, err := read(in)
	if in.err != nil {
		return nil, in.err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", wrong, err)
	}
	return made, nil
}

// reader keeps the error that the reader below failed with, the end of the file aside.
type reader struct {
	io.Reader
	err error
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
