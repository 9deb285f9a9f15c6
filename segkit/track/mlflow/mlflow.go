// Package mlflow sends the runs of a local store to an MLflow server, through its REST API 2.0:
//
//	target, err := mlflow.New(nil) // MLFLOW_TRACKING_URI
//	...
//	report, err := track.Sync(ctx, store, target, nil)
//
// Parameters and metrics are what MLflow calls so. Others become tags of their names (the note is mlflow.note.content), a tag t
// becomes the tag "tag.t" with the value "true". Files become artifacts below tables/, figures/, html/, texts/ and models/, the environment environment.json;
// data sets are inputs, or where the server has none, tags. MLflow has no versioned artifacts: their files lie below artifacts/,
// with a tag for each version that the run made or used. A run that was replaced is deleted, which MLflow can undo.
//
// A name that MLflow does not allow is written with "_" in place of what it refuses, and a number that tells such names apart;
// a tag "name." with that says what it was. A value that is too long is cut, and stands whole below values/.
//
// MLflow never changes a parameter: when a run is sent while it is going on, a second value of one is refused.
package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/rest"
)

// Target is an experiment on an MLflow server, as a track.Target.
type Target struct {
	client   *rest.Client
	name     string // of the experiment
	register []string

	mu        sync.Mutex
	id        string            // of the experiment, once it is known
	artifacts map[string]string // where a run's artifacts go, by its key
	noInputs  bool              // the server has no log-inputs
	shared    bool              // what is put into the server's folder here, the server sees
	unsure    bool              // a batch was refused of which something may have been taken
}

// New returns a target. A nil Config is an empty one. Nothing is sent before the first run is.
func New(c *Config) (*Target, error) {
	var config Config
	if c != nil {
		config = *c
	}
	t, err := newTarget(&config)
	if err != nil {
		return nil, fmt.Errorf("mlflow: %w", err)
	}
	return t, nil
}

func newTarget(c *Config) (*Target, error) {
	if err := c.resolve(); err != nil {
		return nil, err
	}
	client, err := rest.New(c.TrackingURI, c.AllowPlainHTTP)
	if err != nil {
		return nil, err
	}
	switch {
	case c.User != "":
		client.Basic(c.User, c.Password)
	case c.Token != "":
		client.Authorize("Bearer "+c.Token, c.Token)
	}
	t := &Target{client: client, name: c.Experiment, register: c.Register, artifacts: map[string]string{}}
	client.Refused = t.refused
	return t, nil
}

// Place names the experiment.
func (t *Target) Place() string {
	return fmt.Sprintf("mlflow %s%s/%s", t.client.Base.Host, t.client.Base.Path, t.name)
}

// Link is the experiment's page, or the server's while the experiment is not known.
func (t *Target) Link() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.id == "" {
		return t.client.Base.String()
	}
	return t.client.Base.String() + "/#/experiments/" + url.PathEscape(t.id)
}

// apiError is what the API says of a refusal.
type apiError struct {
	Code    string `json:"error_code"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return strings.TrimSuffix(e.Code+": "+e.Message, ": ") }

func (t *Target) refused(_ int, body []byte) error {
	var e apiError
	if json.Unmarshal(body, &e) != nil || e.Code == "" {
		return nil
	}
	e.Code, e.Message = t.client.Clean(e.Code), t.client.Clean(e.Message)
	return &e
}

// code returns the API's own word for an error, and "" where it has none.
func code(err error) string {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e.Code
	}
	return ""
}

const (
	exists      = "RESOURCE_ALREADY_EXISTS"
	notThere    = "RESOURCE_DOES_NOT_EXIST"
	noEndpoint  = "ENDPOINT_NOT_FOUND"
	api         = "/api/2.0/mlflow"
	artifactAPI = "/api/2.0/mlflow-artifacts/artifacts/"
)

// sorted says what an error is about: what was sent, or the place.
func sorted(err error) error {
	status := rest.Status(err)
	if status == http.StatusRequestEntityTooLarge {
		return fmt.Errorf("%w: %w", track.ErrRefused, err)
	}
	switch code(err) {
	case "", noEndpoint, "UNAUTHENTICATED", "PERMISSION_DENIED", "REQUEST_LIMIT_EXCEEDED", "TEMPORARILY_UNAVAILABLE", "INTERNAL_ERROR":
		return err // an answer that is not the API's may come from anywhere
	}
	if status >= 500 || status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusTooManyRequests {
		return err
	}
	return fmt.Errorf("%w: %w", track.ErrRefused, err)
}

func (t *Target) get(ctx context.Context, path string, query url.Values, into any) error {
	return sorted(t.client.Do(ctx, rest.Request{Method: "GET", Path: api + path, Query: query}, into))
}

// post writes. done may be nil, as in rest.Request.
func (t *Target) post(ctx context.Context, path string, body any, done func(context.Context) (bool, error), into any) error {
	r, err := rest.JSON("POST", api+path, body)
	if err != nil {
		return err
	}
	r.Done = done
	if into == nil {
		into = &struct{}{} // the answer is JSON, or it is none of the API's
	}
	return sorted(t.client.Do(ctx, r, into))
}

type pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// experiment returns the experiment's id, and makes it where it is not there.
func (t *Target) experiment(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.id != "" {
		return t.id, nil
	}
	id, err := t.lookUp(ctx)
	if code(err) == notThere {
		var made struct {
			ID string `json:"experiment_id"`
		}
		err = t.post(ctx, "/experiments/create", map[string]any{"name": t.name}, nil, &made)
		if id = made.ID; code(err) == exists { // another program was first, or an answer was lost
			id, err = t.lookUp(ctx)
		}
	}
	if err == nil && id == "" {
		err = errors.New("the server gives the experiment no id")
	}
	if err != nil {
		return "", fmt.Errorf("experiment %q: %w", t.name, err)
	}
	t.id = id
	return id, nil
}

func (t *Target) lookUp(ctx context.Context) (string, error) {
	var found struct {
		Experiment struct {
			ID    string `json:"experiment_id"`
			Stage string `json:"lifecycle_stage"`
		} `json:"experiment"`
	}
	err := t.get(ctx, "/experiments/get-by-name", url.Values{"experiment_name": {t.name}}, &found)
	if err == nil && found.Experiment.Stage == "deleted" {
		return "", errors.New("it was deleted on the server; restore it, or name another with MLFLOW_EXPERIMENT_NAME")
	}
	return found.Experiment.ID, err
}
