package comet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"path"
	"slices"
	"strings"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/rest"
)

// file uploads a file of the run. Kinds have folders of their own, so that names of different kinds do not meet, and what is
// uploaded twice takes its own place.
func (t *Target) file(ctx context.Context, s *track.Sending, f track.File) error {
	if f.Kind == track.HTML {
		return t.html(ctx, s, f)
	}
	query := with(s.Key, "overwrite", "true")
	switch f.Kind {
	case track.Table:
		query.Set("fileName", "tables/"+f.Name)
		query.Set("type", tableType(f.Name))
	case track.Figure:
		query.Set("fileName", "figures/"+f.Name)
		query.Set("type", "image")
	case track.Model:
		query.Set("fileName", "models/"+f.Path())
		query.Set("type", "model-element")
		query.Set("groupingName", f.Group)
	default:
		query.Set("fileName", string(f.Kind)+"s/"+f.Name)
		query.Set("type", "asset")
	}
	return t.upload(ctx, query, f.Name, f.SHA256, f.Size, func() (io.ReadCloser, error) { return s.OpenFile(f) })
}

// tableType is what Comet shows as a table, where it takes the format for one.
func tableType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv", ".json", ".md", ".html":
		return "dataframe"
	}
	return "asset"
}

// html sends all pages of the run when the last of them is due: Comet has one HTML tab, which is replaced as a whole.
func (t *Target) html(ctx context.Context, s *track.Sending, f track.File) error {
	pages := slices.DeleteFunc(slices.Clone(s.Files), func(f track.File) bool { return f.Kind != track.HTML })
	if pages[len(pages)-1] != f {
		return nil
	}
	var all strings.Builder
	for _, page := range pages {
		r, err := s.OpenFile(page)
		if err != nil {
			return err
		}
		_, err = io.Copy(&all, r)
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	return t.post(ctx, "/experiment/html", map[string]any{"experimentKey": s.Key, "html": all.String(), "override": true}, nil)
}

// unreadable is about a file of the store, which the place cannot have.
func unreadable(err error) error { return fmt.Errorf("%w: %w", track.ErrRefused, err) }

// upload sends a file as a stream.
func (t *Target) upload(ctx context.Context, query url.Values, name, sha string, size int64, open func() (io.ReadCloser, error)) error {
	query.Set("extension", strings.TrimPrefix(path.Ext(name), "."))
	metadata, err := json.Marshal(map[string]string{"sha256": sha})
	if err != nil {
		return err
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if err := w.WriteField("metadata", string(metadata)); err != nil {
		return err
	}
	if _, err := w.CreateFormFile("file", path.Base(name)); err != nil {
		return err
	}
	head := bytes.Clone(form.Bytes())
	form.Reset()
	if err := w.Close(); err != nil {
		return err
	}
	tail := form.Bytes()
	var a answer
	err = t.client.Do(ctx, rest.Request{
		Method: "POST", Path: writePath + "/experiment/upload-asset", Query: query, Type: w.FormDataContentType(),
		Body: func() (io.ReadCloser, int64, error) {
			f, err := open()
			if err != nil {
				return nil, 0, err
			}
			return struct {
				io.Reader
				io.Closer
			}{io.MultiReader(bytes.NewReader(head), f, bytes.NewReader(tail)), f}, int64(len(head)) + size + int64(len(tail)), nil
		},
	}, &a)
	if err != nil {
		return sorted(err)
	}
	return t.taken(a)
}
