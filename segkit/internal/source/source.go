// Package source tells a file that is wrong from a reader that fails.
package source

import "io"

// Reader passes another reader on, and keeps the error that it failed with, the end of the file aside.
type Reader struct {
	io.Reader
	Err error
}

func (r *Reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		r.Err = err
	}
	return n, err
}
