package comet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"example.com/marketing/segkit/track"
)

// version is a version of an artifact in Comet. Its number is Comet's own: the next major one.
type version struct {
	Creator  string   `json:"creator"` // the experiment, which alone may fill it
	Artifact string   `json:"artifact"`
	ID       string   `json:"id"`
	Number   string   `json:"number"`
	Closed   bool     `json:"closed"`
	Aliases  []string `json:"aliases"` // that it was given here
}

func recall(s *track.Sending, ref track.ArtifactRef) (v version, ok bool, err error) {
	text := s.Recall("artifact " + ref.String())
	if text == "" {
		return v, false, nil
	}
	err = json.Unmarshal([]byte(text), &v)
	return v, err == nil, err
}

func (v version) remember(s *track.Sending, ref track.ArtifactRef) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.Remember("artifact "+ref.String(), string(b))
}

// artifact sends a version of an artifact, if that was not done, after all earlier ones, so that Comet numbers them in the same
// order, and brings the aliases of all its versions up to date.
func (t *Target) artifact(ctx context.Context, s *track.Sending, ref track.ArtifactRef) (v version, err error) {
	versions, err := s.Versions(ref.Name)
	if err != nil {
		return v, unreadable(err)
	}
	if ref.Version < 1 || ref.Version > len(versions) {
		return v, fmt.Errorf("%w: the store has no %s", track.ErrRefused, ref)
	}
	for _, a := range versions[:ref.Version] {
		if v, err = t.version(ctx, s, a); err != nil {
			return v, err
		}
	}
	return v, t.aliases(ctx, s, versions)
}

// version sends a version, if that was not done.
func (t *Target) version(ctx context.Context, s *track.Sending, a *track.Artifact) (version, error) {
	ref := track.ArtifactRef{Name: a.Name, Version: a.Version}
	v, made, err := recall(s, ref)
	if err != nil {
		return v, err
	}
	if made && !v.Closed && v.Creator == s.Key { // it may have been closed, without an answer
		d, err := t.details(ctx, s.Key, v)
		if err != nil {
			return v, err
		}
		v.Closed = d.State == "CLOSED"
	}
	if !made || !v.Closed && v.Creator != s.Key { // one that another run opened stays open: that run was replaced
		if v, err = t.upsert(ctx, s, a); err != nil {
			return v, err
		}
		if err := v.remember(s, ref); err != nil {
			return v, err
		}
	}
	if v.Closed {
		return v, nil
	}
	if err := t.fill(ctx, s, a, v); err != nil {
		return v, err
	}
	v.Closed = true
	return v, v.remember(s, ref)
}

// upsert opens a version. Where its answer is lost, another is opened; the first stays open, and nobody can read it.
func (t *Target) upsert(ctx context.Context, s *track.Sending, a *track.Artifact) (version, error) {
	metadata, err := json.Marshal(map[string]any{"segkit version": a.Version, "run": a.Run, "note": a.Note, "metadata": a.Metadata})
	if err != nil {
		return version{}, err
	}
	var made struct {
		Artifact string `json:"artifactId"`
		Version  string `json:"artifactVersionId"`
		Number   string `json:"currentVersion"`
	}
	body := map[string]any{"experimentKey": s.Key, "artifactName": a.Name, "artifactType": "dataset", "versionMetadata": string(metadata)}
	if len(a.Aliases) > 0 {
		body["alias"] = a.Aliases
	}
	if err := t.postFor(ctx, "/artifacts/upsert", body, nil, &made); err != nil {
		return version{}, err
	}
	if made.Artifact == "" || made.Version == "" {
		return version{}, errors.New("the server opened an artifact's version without an id")
	}
	return version{Creator: s.Key, Artifact: made.Artifact, ID: made.Version, Number: made.Number, Aliases: a.Aliases}, nil
}

// fill uploads the files and closes the version, or says that it is in error.
func (t *Target) fill(ctx context.Context, s *track.Sending, a *track.Artifact, v version) error {
	for _, f := range a.Files {
		query := with(s.Key, "fileName", f.Name, "type", "asset", "artifactVersionId", v.ID, "overwrite", "true")
		err := t.upload(ctx, query, f.Name, f.SHA256, f.Size, func() (io.ReadCloser, error) { return s.OpenArtifact(a, f) })
		if errors.Is(err, track.ErrRefused) {
			ref := track.ArtifactRef{Name: a.Name, Version: a.Version}
			return errors.Join(fmt.Errorf("file %q: %w", f.Name, err), t.state(ctx, s.Key, v, "ERROR"), s.Remember("artifact "+ref.String(), ""))
		}
		if err != nil {
			return fmt.Errorf("file %q: %w", f.Name, err)
		}
	}
	return t.state(ctx, s.Key, v, "CLOSED")
}

// state sets a version's state. That it has it already is no error.
func (t *Target) state(ctx context.Context, key string, v version, state string) error {
	body := map[string]any{"experimentKey": key, "artifactVersionId": v.ID, "state": state}
	err := t.postFor(ctx, "/artifacts/state", body, nil, nil)
	if !errors.Is(err, track.ErrRefused) {
		return err
	}
	details, lookErr := t.details(ctx, key, v)
	if lookErr == nil && details.State == state {
		return nil
	}
	return errors.Join(err, lookErr)
}

type details struct {
	State string   `json:"state"`
	Alias []string `json:"alias"`
}

func (t *Target) details(ctx context.Context, key string, v version) (d details, err error) {
	err = t.get(ctx, "/artifacts/version", with(key, "artifactId", v.Artifact, "versionId", v.ID), &d)
	return d, err
}

// aliases gives each version that was sent the aliases that it has in the store now, and leaves Comet's own Latest.
func (t *Target) aliases(ctx context.Context, s *track.Sending, versions []*track.Artifact) error {
	for _, a := range versions {
		ref := track.ArtifactRef{Name: a.Name, Version: a.Version}
		v, ok, err := recall(s, ref)
		if err != nil {
			return err
		}
		if !ok || !v.Closed || slices.Equal(v.Aliases, a.Aliases) {
			continue
		}
		d, err := t.details(ctx, s.Key, v)
		if err != nil {
			return err
		}
		all := slices.Clone(a.Aliases)
		if i := slices.IndexFunc(d.Alias, func(alias string) bool { return strings.EqualFold(alias, track.Latest) }); i >= 0 {
			all = append(all, d.Alias[i])
		}
		if err := t.post(ctx, "/artifacts/version/labels", map[string]any{"artifactVersionId": v.ID, "alias": all}, nil); err != nil {
			return err
		}
		v.Aliases = a.Aliases
		if err := v.remember(s, ref); err != nil {
			return err
		}
	}
	return nil
}

// used sends the version if it is not there yet, and reads it as the run that works with it, which is how Comet learns that it
// does.
func (t *Target) used(ctx context.Context, s *track.Sending, ref track.ArtifactRef) error {
	v, err := t.artifact(ctx, s, ref)
	if err != nil {
		return err
	}
	query := url.Values{
		"workspace": {t.workspace}, "artifactName": {ref.Name}, "version": {v.Number}, "experimentKey": {s.Key}, "consumerExperimentKey": {s.Key},
	}
	_, err = t.poll(ctx, func() (bool, error) {
		err := t.get(ctx, "/artifacts/version", query, nil)
		if code(err) == versionOpen { // its closing is not visible yet
			return false, nil
		}
		return err == nil, err
	})
	return err
}
