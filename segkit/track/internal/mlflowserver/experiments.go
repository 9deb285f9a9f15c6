package mlflowserver

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

func millis() int64 { return time.Now().UnixMilli() }

// newExperiment returns the change that makes an experiment.
func (s *Server) newExperiment(id, name, location string, tags map[string]string) func(*state) {
	if location == "" {
		location = "mlflow-artifacts:/" + id
		if s.o.FileArtifacts {
			location = "file://" + filepath.ToSlash(filepath.Join(s.root(), id))
		}
	}
	now := millis()
	return func(st *state) {
		if tags == nil {
			tags = map[string]string{}
		}
		st.experiments = append(st.experiments, &Experiment{ID: id, Name: name, ArtifactLocation: location, Stage: active,
			Created: now, Updated: now, Tags: maps.Clone(tags)})
	}
}

func (s *Server) experimentObject(e *Experiment) object {
	o := object{
		"experiment_id": e.ID, "name": e.Name, "artifact_location": e.ArtifactLocation, "lifecycle_stage": e.Stage,
		"creation_time": s.long(e.Created), "last_update_time": s.long(e.Updated),
	}
	o.list("tags", pairs(e.Tags))
	return o
}

func (s *Server) createExperiment(q *struct {
	Name             string `json:"name" need:"yes"`
	ArtifactLocation string `json:"artifact_location"`
	Tags             []tag  `json:"tags"`
}) (object, error) {
	if q.Name == "" {
		return nil, missing("name")
	}
	if err := checkLength("Experiment name", q.Name, maxExperimentName); err != nil {
		return nil, err
	}
	tags, err := tagMap(q.Tags, checkTagOf("Tag", maxExperimentTag))
	if err != nil {
		return nil, err
	}
	if e, err := s.now.experimentByName(q.Name); err == nil {
		if e.Stage != active {
			return nil, exists("Experiment '%s' already exists in deleted state. You can restore the experiment, or permanently"+
				" delete the experiment to create a new one.", q.Name)
		}
		return nil, exists("Experiment(name=%s) already exists.", q.Name)
	}
	id := strconv.Itoa(len(s.now.experiments))
	s.commit(s.newExperiment(id, q.Name, q.ArtifactLocation, tags))
	return object{"experiment_id": id}, nil
}

func (st *state) experimentByName(name string) (*Experiment, error) {
	i := slices.IndexFunc(st.experiments, func(e *Experiment) bool { return e.Name == name })
	if i < 0 {
		return nil, absent("Could not find experiment with name '%s'", name)
	}
	return st.experiments[i], nil
}

// experimentQuery names an experiment.
type experimentQuery struct {
	ID string `json:"experiment_id" need:"yes"`
}

func (s *Server) getExperiment(q *experimentQuery) (object, error) {
	if err := checkExperimentID(q.ID); err != nil {
		return nil, err
	}
	e, err := s.view().experiment(q.ID)
	if err != nil {
		return nil, err
	}
	return object{"experiment": s.experimentObject(e)}, nil
}

// getExperimentByName finds the deleted ones too, as MLflow does.
func (s *Server) getExperimentByName(q *struct {
	Name string `json:"experiment_name" need:"yes"`
}) (object, error) {
	if q.Name == "" {
		return nil, missing("experiment_name")
	}
	e, err := s.view().experimentByName(q.Name)
	if err != nil {
		return nil, err
	}
	return object{"experiment": s.experimentObject(e)}, nil
}

func (s *Server) deleteExperiment(q *experimentQuery) (object, error) { return s.stage(q, deleted) }

func (s *Server) restoreExperiment(q *experimentQuery) (object, error) { return s.stage(q, active) }

// stage deletes or restores an experiment and its runs.
func (s *Server) stage(q *experimentQuery, stage string) (object, error) {
	if err := checkExperimentID(q.ID); err != nil {
		return nil, err
	}
	e, err := s.now.experiment(q.ID)
	if err != nil {
		return nil, err
	}
	if e.Stage == stage {
		return nil, absent("No Experiment with id=%s exists that is not %s", q.ID, stage)
	}
	now := millis()
	s.commit(func(st *state) {
		for _, e := range st.experiments {
			if e.ID == q.ID {
				e.Stage, e.Updated = stage, now
			}
		}
		for _, r := range st.runs {
			if r.ExperimentID == q.ID {
				r.Stage = stage
			}
		}
	})
	return nil, nil
}

func (s *Server) setExperimentTag(q *struct {
	ID    string `json:"experiment_id" need:"yes"`
	Key   string `json:"key" need:"yes"`
	Value string `json:"value" need:"yes"`
}) (object, error) {
	if err := checkExperimentID(q.ID); err != nil {
		return nil, err
	}
	if err := checkTagOf("Tag", maxExperimentTag)(&tag{q.Key, q.Value}); err != nil {
		return nil, err
	}
	e, err := s.now.experiment(q.ID)
	if err != nil {
		return nil, err
	}
	if e.Stage != active {
		return nil, conflict("The experiment %s must be in the 'active' state. Current state is %s.", e.ID, e.Stage)
	}
	s.commit(func(st *state) {
		if e, err := st.experiment(q.ID); err == nil {
			e.Tags[q.Key] = q.Value
		}
	})
	return nil, nil
}

func (s *Server) searchExperiments(q *struct {
	Filter     string   `json:"filter"`
	ViewType   string   `json:"view_type"`
	MaxResults *long    `json:"max_results"`
	OrderBy    []string `json:"order_by"`
	PageToken  string   `json:"page_token"`
}) (object, error) {
	filter, err := parseFilter(q.Filter, columns{"name": false, "creation_time": true, "last_update_time": true}, "tag")
	if err != nil {
		return nil, err
	}
	var found []sortable
	for _, e := range slices.Backward(s.view().experiments) { // the newest first
		f := fields{"name": e.Name, "creation_time": e.Created, "last_update_time": e.Updated, "experiment_id": e.ID}
		get := func(kind, key string) any {
			if kind == "tag" {
				return lookup(e.Tags, key)
			}
			return f[key]
		}
		if ok, err := inView(q.ViewType, e.Stage); err != nil {
			return nil, err
		} else if ok && filter.match(get) {
			found = append(found, sortable{func() object { return s.experimentObject(e) }, get})
		}
	}
	order := columns{"name": false, "creation_time": true, "last_update_time": true, "experiment_id": false}
	return s.page("experiments", found, q.OrderBy, order, q.MaxResults, defaultResults, q.PageToken)
}
