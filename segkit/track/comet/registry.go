package comet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"example.com/marketing/segkit/track"
)

// registered makes the run's model a version in the workspace's registry, if the run has it and that was not done.
func (t *Target) registered(ctx context.Context, s *track.Sending, model string) error {
	if !slices.ContainsFunc(s.Files, func(f track.File) bool { return f.Kind == track.Model && f.Group == model }) {
		return nil
	}
	name := registryName(model)
	if name == "" {
		return fmt.Errorf("%w: %q has no letter or digit for a name", track.ErrRefused, model)
	}
	memo := "registered " + s.ID + " " + model
	if s.Recall(memo) != "" {
		return nil
	}
	// The same name in the registry, and the run's model in it.
	var id string
	done := func(ctx context.Context) (bool, error) {
		var there bool
		var err error
		id, there, err = t.experimentModel(ctx, s.Key, model, name)
		return there, err
	}
	there := false
	if _, err := t.poll(ctx, func() (ok bool, err error) {
		there, err = done(ctx)
		return there || id != "" && !s.Again, err // where it may have been done, that may not be visible yet
	}); err != nil {
		return err
	}
	if id == "" {
		return fmt.Errorf("%w: Comet does not list it among the experiment's models", track.ErrRefused)
	}
	if !there {
		look := func(ctx context.Context) (bool, error) { return t.poll(ctx, func() (bool, error) { return done(ctx) }) }
		if err := t.enter(ctx, id, name, look); err != nil {
			return err
		}
	}
	return s.Remember(memo, name)
}

// enter creates a registered model, or adds a version to it.
func (t *Target) enter(ctx context.Context, id, name string, done func(context.Context) (bool, error)) error {
	listed := func() (bool, error) {
		var list struct {
			Models []struct {
				Name string `json:"modelName"`
			} `json:"registryModels"`
		}
		err := t.get(ctx, "/registry-model", url.Values{"workspaceName": {t.workspace}}, &list)
		for _, m := range list.Models {
			if m.Name == name {
				return true, err
			}
		}
		return false, err
	}
	there, err := listed()
	if err != nil {
		return err
	}
	if !there {
		body := map[string]any{"experimentModelId": id, "registryModelName": name, "isPublic": false, "version": "1.0.0"}
		err := t.postFor(ctx, "/registry-model", body, done, nil)
		if !errors.Is(err, track.ErrRefused) {
			return err
		}
		if there, lookErr := t.poll(ctx, listed); !there { // one that another run has just made is listed late
			return errors.Join(err, lookErr)
		}
	}
	return t.postFor(ctx, "/registry-model/item", map[string]any{"experimentModelId": id, "registryModelName": name}, done, nil)
}

// experimentModel returns the id of an experiment's model, and whether it is in the registry under a name.
func (t *Target) experimentModel(ctx context.Context, key, model, name string) (id string, registered bool, err error) {
	var list struct {
		Models []struct {
			ID      string `json:"experimentModelId"`
			Name    string `json:"modelName"`
			Name2   string `json:"experimentModelName"` // so one page of the documentation
			Records []struct {
				Name string `json:"registryModelName"`
			} `json:"registryRecords"`
		} `json:"models"`
	}
	if err := t.get(ctx, "/experiment/model", experiment(key), &list); err != nil && !unseen(err) {
		return "", false, err
	}
	for _, m := range list.Models {
		if cmp.Or(m.Name, m.Name2) != model {
			continue
		}
		for _, r := range m.Records {
			registered = registered || r.Name == name
		}
		return m.ID, registered, nil
	}
	return "", false, nil
}

// registryName is the name that Comet's own tools make of a model's.
func registryName(model string) string {
	words := strings.FieldsFunc(strings.ToLower(model), func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
	return strings.Join(words, "-")
}
