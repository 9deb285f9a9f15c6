package mlflowserver

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"slices"
)

// runQuery names a run.
type runQuery struct {
	ID string `json:"run_id" need:"yes"`
}

func (s *Server) createRun(q *struct {
	ExperimentID string  `json:"experiment_id" need:"yes"`
	UserID       string  `json:"user_id"`
	RunName      *string `json:"run_name"`
	StartTime    long    `json:"start_time"`
	Tags         []tag   `json:"tags"`
}) (object, error) {
	if err := checkExperimentID(q.ExperimentID); err != nil {
		return nil, err
	}
	tags, err := tagMap(q.Tags, s.checkTag)
	if err != nil {
		return nil, err
	}
	id := newID()
	name, err := runName(q.RunName, tags, "run-"+id[:8])
	if err != nil {
		return nil, err
	}
	tags[nameTag] = name
	e, err := s.now.experiment(q.ExperimentID)
	if err != nil {
		return nil, err
	}
	if e.Stage != active {
		return nil, conflict("The experiment %s must be in the 'active' state. Current state is %s.", e.ID, e.Stage)
	}
	uri := e.ArtifactLocation + "/" + id + "/artifacts"
	s.commit(func(st *state) {
		st.order = append(st.order, id)
		st.runs[id] = &run{
			Run: Run{ID: id, ExperimentID: q.ExperimentID, Name: name, User: q.UserID, Status: "RUNNING", Stage: active,
				ArtifactURI: uri, Start: int64(q.StartTime), Params: map[string]string{}, Tags: maps.Clone(tags),
				Metrics: map[string][]Point{}},
			seen:   map[string]map[pointKey]bool{},
			latest: map[string]Point{},
		}
	})
	return object{"run": s.runObject(s.now.runs[id])}, nil
}

// nameTag is the tag that has the name of a run, too.
const nameTag = "mlflow.runName"

// runName is the name of a new run, which its tag may say as well.
func runName(name *string, tags map[string]string, other string) (string, error) {
	tag := tags[nameTag]
	switch {
	case name != nil && *name != "" && tag != "" && *name != tag:
		return "", invalid("Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values"+
			" (run_name='%s', mlflow.runName='%s').", *name, tag)
	case name != nil && *name != "":
		other = *name
	case tag != "":
		other = tag
	}
	return other, checkLength("Run name", other, maxRunName)
}

func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func (s *Server) infoObject(r *Run) object {
	o := object{
		"run_id": r.ID, "run_uuid": r.ID, "experiment_id": r.ExperimentID, "run_name": r.Name, "user_id": r.User,
		"status": r.Status, "start_time": s.long(r.Start), "lifecycle_stage": r.Stage, "artifact_uri": r.ArtifactURI,
	}
	if r.End != 0 {
		o["end_time"] = s.long(r.End)
	}
	return o
}

func (s *Server) runObject(r *run) object {
	data, inputs := object{}, object{}
	var metrics, datasets []object
	for _, key := range sorted(r.latest) {
		metrics = append(metrics, s.pointObject(key, r.latest[key]))
	}
	for _, in := range r.Inputs {
		datasets = append(datasets, in.object())
	}
	data.list("metrics", metrics)
	data.list("params", pairs(r.Params))
	data.list("tags", pairs(r.Tags))
	inputs.list("dataset_inputs", datasets)
	return object{"info": s.infoObject(&r.Run), "data": data, "inputs": inputs}
}

func (s *Server) pointObject(key string, p Point) object {
	return object{"key": key, "value": number(p.Value), "timestamp": s.long(p.Timestamp), "step": s.long(p.Step)}
}

func (s *Server) getRun(q *runQuery) (object, error) {
	if err := checkRunID(q.ID); err != nil {
		return nil, err
	}
	r, err := s.view().run(q.ID)
	if err != nil {
		return nil, err
	}
	return object{"run": s.runObject(r)}, nil
}

func (s *Server) updateRun(q *struct {
	ID      string  `json:"run_id" need:"yes"`
	Status  *string `json:"status"`
	EndTime *long   `json:"end_time"`
	RunName *string `json:"run_name"`
}) (object, error) {
	if err := checkRunID(q.ID); err != nil {
		return nil, err
	}
	if q.Status != nil && !slices.Contains([]string{"RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"}, *q.Status) {
		return nil, invalid("Invalid value '%s' for parameter 'status' supplied", *q.Status)
	}
	if q.RunName != nil {
		if err := checkLength("Run name", *q.RunName, maxRunName); err != nil {
			return nil, err
		}
	}
	if _, err := s.now.run(q.ID); err != nil {
		return nil, err
	}
	if _, err := s.writable(q.ID); err != nil && !s.o.DeletedAbsent {
		return nil, err
	}
	s.commit(func(st *state) {
		r := st.runs[q.ID]
		if q.Status != nil {
			r.Status = *q.Status
		}
		if q.EndTime != nil {
			r.End = int64(*q.EndTime)
		} else if s.o.BareUpdates {
			r.End = 0
		}
		if q.RunName != nil && *q.RunName != "" {
			r.Name, r.Tags[nameTag] = *q.RunName, *q.RunName
		}
	})
	info := s.infoObject(&s.now.runs[q.ID].Run)
	if s.o.BareUpdates && q.Status == nil {
		info["status"] = ""
	}
	if s.o.BareUpdates && q.RunName == nil {
		info["run_name"] = ""
	}
	return object{"run_info": info}, nil
}

func (s *Server) deleteRun(q *runQuery) (object, error) { return s.stageRun(q, deleted) }

func (s *Server) restoreRun(q *runQuery) (object, error) { return s.stageRun(q, active) }

// stageRun deletes or restores a run; one that is so already stays so.
func (s *Server) stageRun(q *runQuery, stage string) (object, error) {
	if err := checkRunID(q.ID); err != nil {
		return nil, err
	}
	if _, err := s.now.run(q.ID); err != nil {
		return nil, err
	}
	s.commit(func(st *state) { st.runs[q.ID].Stage = stage })
	return nil, nil
}
