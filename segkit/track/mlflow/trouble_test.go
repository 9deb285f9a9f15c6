package mlflow

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/mlflowserver"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// elbow is a model.
type elbow string

func (e elbow) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, string(e))
	return int64(n), err
}

// Two programs that make the experiment at once use the same.
func TestExperimentMadeMeanwhile(t *testing.T) {
	b, target := serveBetween(t, mlflowserver.Options{})
	b.answers(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/experiments/create") { // the other is a moment earlier
			other := httptest.NewRequest("POST", r.URL.Path, strings.NewReader(`{"name":"cards"}`))
			other.Header.Set("Content-Type", "application/json")
			b.server.ServeHTTP(httptest.NewRecorder(), other)
		}
		return false
	})
	s := tracktest.Open(t)
	tracktest.End(t, begin(t, s, "run"))
	syncAll(t, s, target)
	if e := b.server.Experiments(); len(e) != 2 || b.server.Runs()[0].ExperimentID != e[1].ID || e[1].Name != "cards" {
		t.Errorf("%+v", e)
	}
	lawful(t, b.server)
}

// An experiment that was deleted takes no runs, and cannot be made: what helps is said.
func TestDeletedExperiment(t *testing.T) {
	b, target := serveBetween(t, mlflowserver.Options{})
	id, err := target.experiment(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := target.post(t.Context(), "/experiments/delete", map[string]any{"experiment_id": id}, nil, nil); err != nil {
		t.Fatal(err)
	}
	target.id = "" // as a new program begins
	s := tracktest.Open(t)
	tracktest.End(t, begin(t, s, "run"))
	_, err = track.Sync(t.Context(), s, target, nil)
	if err == nil || errors.Is(err, track.ErrRefused) || !strings.Contains(err.Error(), `"cards"`) || !strings.Contains(err.Error(), "deleted") || !strings.Contains(err.Error(), "MLFLOW_EXPERIMENT_NAME") || len(b.server.Runs()) > 0 {
		t.Errorf("%v", err)
	}
}

// A run that was deleted on the server is that run's trouble, and is not made anew behind somebody's back.
func TestDeletedRun(t *testing.T) {
	for what, o := range map[string]mlflowserver.Options{"deleted": {}, "deleted, and denied": {DeletedAbsent: true}, "purged": {}} {
		b, target := serveBetween(t, o)
		s := tracktest.Open(t)
		tracktest.End(t, begin(t, s, "run"))
		syncAll(t, s, target)
		if err := target.post(t.Context(), "/runs/delete", map[string]any{"run_id": b.server.Runs()[0].ID}, nil, nil); err != nil {
			t.Fatal(err)
		}
		if id := b.server.Runs()[0].ID; what == "purged" { // as by mlflow gc
			b.answers(func(w http.ResponseWriter, r *http.Request) bool {
				body, err := io.ReadAll(r.Body)
				if err != nil || !strings.Contains(string(body)+r.URL.RawQuery, id) {
					r.Body = io.NopCloser(strings.NewReader(string(body)))
					return false
				}
				say(w, r, 404, `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no such run"}`)
				return true
			})
		}
		run, err := s.Start("run", &track.RunOptions{Continue: true})
		if err != nil {
			t.Fatal(err)
		}
		run.Param("late", 1)
		tracktest.End(t, run)
		tracktest.End(t, begin(t, s, "other"))
		report, err := track.Sync(t.Context(), s, target, nil)
		if !errors.Is(err, track.ErrGone) || report.Refused != 1 || report.Left.Runs != 1 {
			t.Errorf("%s: %+v, %v", what, report, err)
		}
		if runs := b.server.Runs(); len(runs) != 2 || runs[1].Name != "other" || runs[1].Status != "FINISHED" || len(runs[0].Params) > 0 {
			t.Errorf("%s: %+v", what, runs)
		}
		// Where it is replaced, the new one is made, and that the old one is gone is no trouble.
		tracktest.End(t, begin(t, s, "run"))
		if report := syncAll(t, s, target); report.Runs != 1 {
			t.Errorf("%s: %+v", what, report)
		}
	}
}

// What is about the account ends the Sync.
func TestAccountEndsTheSync(t *testing.T) {
	for _, c := range []struct {
		code   string
		status int
	}{{"PERMISSION_DENIED", 403}, {"PERMISSION_DENIED", 400}, {"UNAUTHENTICATED", 400}, {"WHO_KNOWS", 401}, {"WHO_KNOWS", 403}, {"REQUEST_LIMIT_EXCEEDED", 400}, {"", 404}} {
		b, target := serveBetween(t, mlflowserver.Options{})
		target.client.Attempts = 1
		batches := 0
		b.answers(func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/log-inputs") {
				return false
			}
			batches++
			say(w, r, c.status, fmt.Sprintf(`{"error_code":%q,"message":"no"}`, c.code))
			return true
		})
		s := tracktest.Open(t)
		for _, name := range []string{"one", "two"} {
			run := begin(t, s, name)
			run.Dataset("a", "b", 1, 2)
			run.Dataset("c", "d", 1, 2)
			tracktest.End(t, run)
		}
		report, err := track.Sync(t.Context(), s, target, nil)
		if err == nil || errors.Is(err, track.ErrRefused) || report.Refused != 0 || report.Left.Runs != 2 || batches != 1 || len(b.server.Runs()) != 1 {
			t.Errorf("%+v: %+v, %v", c, report, err)
		}
		b.answers(nil)
		syncAll(t, s, target)
		for _, r := range b.server.Runs() {
			if len(r.Inputs) != 2 {
				t.Errorf("%+v: %+v", c, r.Inputs)
			}
		}
		lawful(t, b.server)
	}
}

// A server that repeats what it was told, as some do in their errors, makes no secret known, and neither does a format.
func TestSecrets(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		say(w, r, 400, fmt.Sprintf(`{"error_code":"BAD_%s","message":"%s %s %s: %s"}`, password, strings.Repeat(".", 460), user, password, r.Header.Get("Authorization")))
	}))
	defer web.Close()
	with := strings.Replace(web.URL, "http://", "http://me:s3cret-pa55word@", 1)
	for _, c := range []Config{{TrackingURI: with}, {TrackingURI: web.URL, User: "me", Password: "s3cret-pa55word"}, {TrackingURI: web.URL, Token: "s3cret-pa55word"}} {
		target := target(t, &c)
		s := tracktest.Open(t)
		tracktest.End(t, begin(t, s, "run"))
		_, err := track.Sync(t.Context(), s, target, nil)
		if err == nil || !strings.Contains(err.Error(), "…") {
			t.Errorf("%v", err)
		}
		texts := []string{fmt.Sprint(err), target.Place(), target.Link()}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			texts = append(texts, fmt.Sprintf(verb, target), fmt.Sprintf(verb, *target.client), fmt.Sprintf(verb, c), fmt.Sprintf(verb, &c), fmt.Sprintf(verb, []any{c}))
		}
		for _, text := range texts {
			for _, secret := range []string{"s3cret", "pa55word", "bWU6czNjcmV0", fmt.Sprintf("%x", "s3cret-pa55word"), url.QueryEscape(with)} {
				if strings.Contains(text, secret) {
					t.Errorf("%q is in %s", secret, text)
				}
			}
		}
	}
}
