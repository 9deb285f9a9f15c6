// Package comet sends the runs of a local store to Comet (comet.com), through its REST API:
//
//	target, err := comet.New(ctx, nil) // COMET_API_KEY, or .comet.config
//	...
//	report, err := track.Sync(ctx, store, target, nil)
//
// Each run becomes an experiment: its parameters, metrics, tags and others are what Comet calls so; pages are the HTML tab;
// tables, texts, figures and models are assets below folders of these names, models grouped by theirs; versions of
// artifacts are versions of Comet's, whose numbers may be others, with the aliases, the note and the metadata; data sets are
// others that begin with "dataset". A run that was replaced is archived.
//
// # Once
//
// Comet does not recognise a point of a metric that is sent twice: where an answer was lost, the metric is read back first, for
// 30 seconds, in which what was written becomes visible. What a server carries out later than that is there twice; beyond 15,000
// values of a metric, of which Comet keeps a sample, nothing can be recognised. Files and values take the place of what they
// repeat. Of an artifact a version may be left that was never closed, and that nobody sees, when the answer to its creation was
// lost.
//
// Parameters and points are sent one by one, as the API wants it: a run of more than some ten thousand is better kept here.
package comet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/rest"
)

// Target is a project in Comet, as a track.Target.
type Target struct {
	client    *rest.Client
	workspace string
	project   string
	register  []string
	settle    time.Duration // after which reads show all that was written

	mu    sync.Mutex
	beats map[string]time.Time // when an experiment's next heartbeat is due
}

// New returns a target. A nil Config is an empty one. It asks the server for the default workspace where none is set, and else
// sends nothing.
func New(ctx context.Context, c *Config) (*Target, error) {
	var config Config
	if c != nil {
		config = *c
	}
	t, err := newTarget(ctx, &config)
	if err != nil {
		return nil, fmt.Errorf("comet: %w", err)
	}
	return t, nil
}

func newTarget(ctx context.Context, c *Config) (*Target, error) {
	if err := c.resolve(); err != nil {
		return nil, err
	}
	client, err := rest.New(c.URL, c.AllowPlainHTTP)
	if err != nil {
		return nil, err
	}
	perHour := c.PerHour
	if perHour <= 0 {
		perHour = 15000
	}
	// Half at once and half spread over the hour: this Target sends never more than perHour in any hour.
	half := max(1, perHour/2)
	client.Limit = rate.NewLimiter(rate.Limit(float64(half)/3600), half)
	client.Authorize(c.APIKey)
	t := &Target{
		client: client, workspace: c.Workspace, project: c.Project, register: c.Register,
		settle: 30 * time.Second, beats: map[string]time.Time{},
	}
	client.Refused = t.refused
	if t.workspace == "" {
		var account struct {
			Workspace string `json:"defaultWorkspaceName"`
		}
		if err := t.get(ctx, "/account-details", nil, &account); err != nil {
			return nil, fmt.Errorf("asking for the default workspace: %w", err)
		}
		if t.workspace = account.Workspace; t.workspace == "" {
			return nil, errors.New("the account has no default workspace; set COMET_WORKSPACE")
		}
	}
	return t, nil
}

// Place names the project.
func (t *Target) Place() string {
	return fmt.Sprintf("comet %s%s/%s/%s", t.client.Base.Host, t.client.Base.Path, t.workspace, t.project)
}

// Link is the project's page.
func (t *Target) Link() string { return t.client.Base.JoinPath(t.workspace, t.project).String() }

// Errors of the API that say more than their status.
const (
	noWriteAccess = 90210
	noExperiment  = 90211
	unknownKey    = 90212
	noWorkspace   = 90219
	storageLimit  = 90501
	versionOpen   = 90402
	stateIsFinal  = 90401
)

// apiError is what the API says of a refusal.
type apiError struct {
	code    int
	message string
}

func (e *apiError) Error() string {
	if e.code != 0 {
		return fmt.Sprintf("%s (%d)", e.message, e.code)
	}
	return e.message
}

func (t *Target) refused(_ int, body []byte) error {
	var envelope struct {
		Message string `json:"msg"`
		Code    int    `json:"sdk_error_code"`
	}
	if json.Unmarshal(body, &envelope) != nil || envelope.Message == "" && envelope.Code == 0 {
		return nil
	}
	return &apiError{envelope.Code, t.client.Clean(envelope.Message)}
}

// code returns the API's own code for an error, and 0 where it has none.
func code(err error) int {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e.code
	}
	return 0
}

// sorted says what an error is about: the run, what was sent, or the place.
func sorted(err error) error {
	switch code(err) {
	case noExperiment:
		return fmt.Errorf("%w: %w", track.ErrGone, err)
	case noWriteAccess, unknownKey, noWorkspace, storageLimit:
		return err
	}
	_, spoken := errors.AsType[*apiError](err)
	switch status := rest.Status(err); {
	case status == http.StatusRequestEntityTooLarge, status == http.StatusRequestURITooLong:
		return fmt.Errorf("%w: %w", track.ErrRefused, err)
	case status >= 500, status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusTooManyRequests:
		return err
	case spoken: // an answer that is not the API's may come from anywhere
		return fmt.Errorf("%w: %w", track.ErrRefused, err)
	}
	return err
}

const (
	readPath  = "/api/rest/v2"
	writePath = "/api/rest/v2/write"
)

// get reads.
func (t *Target) get(ctx context.Context, path string, query url.Values, into any) error {
	return sorted(t.client.Do(ctx, rest.Request{Method: "GET", Path: readPath + path, Query: query}, into))
}

// order is one of the writes that the API wants as GET. Twice does no harm to any of those that are used here.
func (t *Target) order(ctx context.Context, path string, query url.Values, into any) error {
	return sorted(t.client.Do(ctx, rest.Request{Method: "GET", Path: writePath + path, Query: query}, into))
}

// answer is what most writes give.
type answer struct {
	Message string `json:"msg"`
	Code    int    `json:"code"`
}

// taken tells what is wrong where the answer to a success says that it is none.
func (t *Target) taken(a answer) error {
	if a.Code != 0 && a.Code != http.StatusOK {
		return fmt.Errorf("%w: %s (%d)", track.ErrRefused, t.client.Clean(a.Message), a.Code)
	}
	return nil
}

// post writes what has no answer of interest. done may be nil, as in rest.Request.
func (t *Target) post(ctx context.Context, path string, body any, done func(context.Context) (bool, error)) error {
	var a answer
	if err := t.postFor(ctx, path, body, done, &a); err != nil {
		return err
	}
	return t.taken(a)
}

// postFor writes, and reads the answer into a value, or not where it is nil.
func (t *Target) postFor(ctx context.Context, path string, body any, done func(context.Context) (bool, error), into any) error {
	r, err := rest.JSON("POST", writePath+path, body)
	if err != nil {
		return err
	}
	r.Done = done
	return sorted(t.client.Do(ctx, r, into))
}

// unseen tells whether a read says that something is not there, which may only be not visible yet: what was deleted is noticed by
// the next write.
func unseen(err error) bool { return errors.Is(err, track.ErrRefused) || errors.Is(err, track.ErrGone) }

// poll asks until ask says yes, or what was written before must be visible.
func (t *Target) poll(ctx context.Context, ask func() (bool, error)) (bool, error) {
	deadline := time.Now().Add(t.settle)
	for wait := min(time.Second, t.settle/10); ; wait = min(2*wait, 5*time.Second) {
		ok, err := ask()
		if ok || err != nil || time.Now().After(deadline) {
			return ok, err
		}
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}

func experiment(key string) url.Values { return url.Values{"experimentKey": {key}} }
