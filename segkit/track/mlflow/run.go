package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"example.com/marketing/segkit/track"
)

// runTag is the tag by which a run is found whose key was lost on its way here.
const runTag = "segkit.run_id"

type runInfo struct {
	ID    string `json:"run_id"`
	Stage string `json:"lifecycle_stage"`
	URI   string `json:"artifact_uri"`
}

type run struct {
	Info runInfo `json:"info"`
}

// Create makes a run.
func (t *Target) Create(ctx context.Context, s *track.Sending) (string, error) {
	if s.Again {
		if key, err := t.orphan(ctx, s.ID); key != "" || err != nil {
			return key, err
		}
	}
	experiment, err := t.experiment(ctx)
	if err != nil {
		return "", err
	}
	var made struct {
		Run run `json:"run"`
	}
	body := map[string]any{
		"experiment_id": experiment, "run_name": s.Name, "start_time": s.Started.UnixMilli(), "tags": []pair{{runTag, s.ID}, {"mlflow.runName", s.Name}},
	}
	err = t.post(ctx, "/runs/create", body, func(ctx context.Context) (bool, error) {
		var err error
		made.Run.Info.ID, err = t.orphan(ctx, s.ID)
		return made.Run.Info.ID != "", err
	}, &made)
	if err == nil && made.Run.Info.ID == "" {
		err = errors.New("the server made a run without an id")
	}
	return made.Run.Info.ID, err
}

// orphan returns the run that was made for one of the store's, or "".
func (t *Target) orphan(ctx context.Context, id string) (string, error) {
	experiment, err := t.experiment(ctx)
	if err != nil {
		return "", err
	}
	var found struct {
		Runs []run `json:"runs"`
	}
	body := map[string]any{"experiment_ids": []string{experiment}, "filter": fmt.Sprintf("tags.`%s` = '%s'", runTag, id), "max_results": 1}
	if err := t.post(ctx, "/runs/search", body, nil, &found); err != nil {
		return "", err
	}
	if len(found.Runs) == 0 {
		return "", nil
	}
	return found.Runs[0].Info.ID, nil
}

// info reads a run. One that is not there, or deleted, is an error that wraps track.ErrGone.
func (t *Target) info(ctx context.Context, key string) (runInfo, error) {
	var found struct {
		Run run `json:"run"`
	}
	err := t.get(ctx, "/runs/get", url.Values{"run_id": {key}}, &found)
	switch {
	case code(err) == notThere:
		return found.Run.Info, fmt.Errorf("%w: %w", track.ErrGone, err)
	case err == nil && found.Run.Info.Stage == "deleted":
		return found.Run.Info, fmt.Errorf("%w: it was deleted", track.ErrGone)
	}
	return found.Run.Info, err
}

// blame finds out whether something was refused because there is no such run any more.
func (t *Target) blame(ctx context.Context, key string, err error) error {
	if !errors.Is(err, track.ErrRefused) {
		return err
	}
	if _, lookErr := t.info(ctx, key); errors.Is(lookErr, track.ErrGone) {
		return lookErr
	}
	return err
}

// Remove deletes the run: MLflow keeps what is deleted, and can restore it.
func (t *Target) Remove(ctx context.Context, s *track.Sending) error {
	key := s.Key
	if key == "" {
		var err error
		if key, err = t.orphan(ctx, s.ID); key == "" || err != nil {
			return err
		}
	}
	err := t.blame(ctx, key, t.post(ctx, "/runs/delete", map[string]any{"run_id": key}, nil, nil))
	if errors.Is(err, track.ErrGone) {
		return nil
	}
	return err
}

// Report tells how the run ended.
func (t *Target) Report(ctx context.Context, s *track.Sending) error {
	if s.State == track.Running {
		return nil // a run is that from the beginning, and Send sees to it that it is again when it goes on
	}
	status, end := "FINISHED", s.Ended.UnixMilli()
	if s.State != track.Ended {
		status, end = "KILLED", s.Latest()
	}
	body := map[string]any{"run_id": s.Key, "status": status, "end_time": end}
	if err := t.blame(ctx, s.Key, t.post(ctx, "/runs/update", body, nil, nil)); err != nil {
		return err
	}
	for _, model := range t.register {
		if err := t.registered(ctx, s, model); err != nil {
			return fmt.Errorf("registering the model %q: %w", model, err)
		}
	}
	return nil
}
