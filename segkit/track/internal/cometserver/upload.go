package cometserver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
)

// received is the file of a form, streamed to disk: memory does not grow with it.
type received struct {
	path, name, sha string // name: what the part says, may be empty (§5: one client sends none)
	size            int64
	kept            bool // the file belongs to an asset now
}

// parseForm reads the parts in whatever order they come. Parts are found by name with a reader, because
// http.Request.FormFile does not know a file without a file name (§5).
func (c *call) parseForm() error {
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return wrong(http.StatusBadRequest, "the Content-Type is not multipart/form-data")
	}
	var p problems
	met := map[string]any{}
	parts := multipart.NewReader(c.r.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err == nil {
			name := part.FormName()
			if _, twice := met[name]; twice {
				p = append(p, name+" is there more than once in the form")
			} else if _, known := find(c.route.form, name); !known {
				p = append(p, c.route.elsewhere(name, "form"))
			} else if name == "file" {
				err = c.receive(part)
			} else if err = c.formText(name, part); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				p, err = append(p, err.Error()), nil
			}
			met[name] = true
		}
		if err != nil {
			c.discardUnused()
			if e := (*apiError)(nil); errors.As(err, &e) {
				return e
			}
			return refused(http.StatusBadRequest, 0, "the form did not arrive: %v", err)
		}
	}
	p = append(p, missing(c.route.form, met)...)
	if len(p) > 0 {
		c.discardUnused()
	}
	return p.err()
}

func (c *call) formText(name string, part io.Reader) error {
	f, _ := find(c.route.form, name)
	raw, err := io.ReadAll(part)
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	c.values[name] = string(raw)
	if f.kind == "json" {
		if err := checkObject(string(raw)); err != nil {
			return errors.New(name + " " + err.Error())
		}
	}
	return nil
}

func (c *call) receive(part *multipart.Part) error {
	f, err := os.CreateTemp(c.s.o.Dir, "asset-*")
	if err != nil {
		return refused(http.StatusInternalServerError, 0, "%v", err)
	}
	defer f.Close()
	c.file = &received{path: f.Name(), name: part.FileName()}
	limit, from := c.s.o.MaxUpload, io.Reader(part)
	if limit > 0 {
		from = io.LimitReader(part, limit+1)
	}
	h := sha256.New()
	if c.file.size, err = io.Copy(io.MultiWriter(f, h), from); err != nil {
		return err
	}
	if limit > 0 && c.file.size > limit {
		return refused(http.StatusRequestEntityTooLarge, 0, "the file has more than %d bytes", limit)
	}
	c.file.sha = hex.EncodeToString(h.Sum(nil))
	return f.Close()
}

// discardUnused removes the file of a request that came to nothing.
func (c *call) discardUnused() {
	if c.file != nil && !c.file.kept {
		os.Remove(c.file.path)
	}
}
