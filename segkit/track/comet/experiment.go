package comet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/marketing/segkit/track"
)

// Create makes an experiment. Until its first entry is sent it is called by the run's ID, which is how one is found whose key
// was lost on its way here.
func (t *Target) Create(ctx context.Context, s *track.Sending) (string, error) {
	if s.Again {
		if key, err := t.orphan(ctx, s.ID); key != "" || err != nil {
			return key, err
		}
	}
	var made struct {
		Key string `json:"experimentKey"`
	}
	body := map[string]any{"workspaceName": t.workspace, "projectName": t.project, "experimentName": s.ID}
	err := t.postFor(ctx, "/experiment/create", body, func(ctx context.Context) (bool, error) {
		var err error
		made.Key, err = t.orphan(ctx, s.ID)
		return made.Key != "", err
	}, &made)
	if err == nil && made.Key == "" {
		err = errors.New("the server made an experiment without a key")
	}
	return made.Key, err
}

// orphan returns the experiment of a name, or "".
func (t *Target) orphan(ctx context.Context, name string) (key string, err error) {
	query := url.Values{"workspaceName": {t.workspace}, "projectName": {t.project}}
	_, err = t.poll(ctx, func() (bool, error) {
		var list struct {
			Experiments []struct {
				Key  string `json:"experimentKey"`
				Name string `json:"experimentName"`
			} `json:"experiments"`
		}
		err := t.get(ctx, "/experiments", query, &list)
		if unseen(err) { // there is no such project yet
			return false, nil
		}
		for _, e := range list.Experiments {
			if e.Name == name {
				key = e.Key
			}
		}
		return key != "", err
	})
	return key, err
}

// Remove archives the experiment: in Comet's pages it can be restored.
func (t *Target) Remove(ctx context.Context, s *track.Sending) error {
	key := s.Key
	if key == "" {
		var err error
		if key, err = t.orphan(ctx, s.ID); key == "" || err != nil {
			return err
		}
	}
	err := t.order(ctx, "/experiment/archive", experiment(key), nil)
	if errors.Is(err, track.ErrGone) {
		return nil
	}
	if errors.Is(err, track.ErrRefused) { // as what is archived already may be
		var metadata struct{ Archived bool }
		if lookErr := t.get(ctx, "/experiment/metadata", experiment(key), &metadata); lookErr == nil && metadata.Archived {
			return nil
		}
	}
	return err
}

// start tells what is known of a run at its beginning. It gives the experiment its name last: whoever sees the name sees all.
func (t *Target) start(ctx context.Context, s *track.Sending, e *track.Entry) error {
	if err := t.environment(ctx, s, e.Environment); err != nil {
		return err
	}
	times := map[string]any{"experimentKey": s.Key, "startTimeMillis": e.At}
	if err := t.post(ctx, "/experiment/set-start-end-time", times, nil); err != nil {
		return err
	}
	for _, other := range [][2]string{{"Created from", "segkit"}, {"segkit run", s.ID}, {"Name", s.Name}} {
		if err := t.other(ctx, s.Key, other[0], other[1], e.At); err != nil {
			return err
		}
	}
	return nil
}

// environment sends system details and the commit. Comet has no field for Go: versions stand in the additional list, modules
// among the installed packages.
func (t *Target) environment(ctx context.Context, s *track.Sending, environment map[string]string) error {
	type pair struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	system, machine, _ := strings.Cut(environment["platform"], "/")
	packages, more := []string{}, []pair{}
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		value := environment[name]
		if module, ok := strings.CutPrefix(name, "module "); ok {
			packages = append(packages, module+"@"+value)
		} else if name != "platform" && name != "processor" {
			more = append(more, pair{name, value})
		}
	}
	details := map[string]any{
		"experimentKey": s.Key, "osType": system, "os": system, "machine": machine, "processor": environment["processor"],
		"installedPackages": packages, "logAdditionalSystemInfoList": more,
	}
	if err := t.post(ctx, "/experiment/system-details", details, nil); err != nil {
		return err
	}
	if environment["code"] == "" {
		return nil
	}
	git := map[string]any{"experimentKey": s.Key, "parent": environment["code"]}
	if branch := environment["branch"]; branch != "" {
		git["branch"] = branch
	}
	return t.post(ctx, "/experiment/git/metadata", git, nil)
}

// Report sends a heartbeat while the run is running, and after that its end; then models are registered that should be.
func (t *Target) Report(ctx context.Context, s *track.Sending) error {
	if s.State == track.Running {
		return t.beat(ctx, s.Key)
	}
	end := s.Latest()
	if !s.Ended.IsZero() {
		end = s.Ended.UnixMilli()
	}
	if err := t.post(ctx, "/experiment/set-start-end-time", map[string]any{"experimentKey": s.Key, "endTimeMillis": end}, nil); err != nil {
		return err
	}
	if err := t.other(ctx, s.Key, "segkit state", string(s.State), end); err != nil {
		return err
	}
	for _, model := range t.register {
		if err := t.registered(ctx, s, model); err != nil {
			return fmt.Errorf("registering the model %q: %w", model, err)
		}
	}
	return nil
}

// beat tells that the run is alive, no more often than the server wants it.
func (t *Target) beat(ctx context.Context, key string) error {
	t.mu.Lock()
	due := t.beats[key]
	t.mu.Unlock()
	if time.Now().Before(due) {
		return nil
	}
	var status struct {
		Every int64 `json:"isAliveBeatDurationMillis"`
	}
	if err := t.order(ctx, "/experiment/set-status", experiment(key), &status); err != nil {
		return err
	}
	t.mu.Lock()
	t.beats[key] = time.Now().Add(time.Duration(max(status.Every, 1000)) * time.Millisecond)
	t.mu.Unlock()
	return nil
}
