package mlflowserver

import (
	"maps"
	"slices"
)

// Experiment is one experiment. Times here and below are milliseconds since 1970.
type Experiment struct {
	ID, Name         string
	ArtifactLocation string
	Stage            string // active or deleted
	Created, Updated int64
	Tags             map[string]string
}

// Run is one run.
type Run struct {
	ID, ExperimentID string
	Name, User       string
	Status           string // RUNNING, SCHEDULED, FINISHED, FAILED or KILLED
	Stage            string // active or deleted
	ArtifactURI      string
	Start, End       int64 // End is 0 where none was given
	Params, Tags     map[string]string
	Metrics          map[string][]Point // in the order in which they came
	Inputs           []Input
	Artifacts        map[string]Artifact // by the path within the run
}

// Point is one value of a metric, as it is stored: infinite is the largest number, NaN is NaN.
type Point struct {
	Value     float64
	Timestamp int64
	Step      int64
}

// Input is a data set that a run worked on.
type Input struct {
	Name, Digest, SourceType, Source, Schema, Profile string
	Tags                                              map[string]string
}

// Artifact is what is kept of a file.
type Artifact struct {
	Size   int64
	SHA256 string // hexadecimal
}

// Model is a registered model.
type Model struct {
	Name, Description string
	Created, Updated  int64
	Tags              map[string]string
}

// Version is one version of a registered model.
type Version struct {
	Name, Version              string // the versions of a model are 1, 2, …
	Source, RunID, RunLink     string
	Description, Stage, Status string
	Created, Updated           int64
	Tags                       map[string]string
}

// Experiments are all of them, the deleted ones too, in the order in which they came.
func (s *Server) Experiments() []Experiment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copies(s.now.experiments, func(e *Experiment) { e.Tags = maps.Clone(e.Tags) })
}

// Runs are all of them, the deleted ones too, in the order in which they came. It panics where a file of theirs cannot be
// read.
func (s *Server) Runs() []Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Run, 0, len(s.now.order))
	for _, id := range s.now.order {
		r := s.now.runs[id].Run
		r.Params, r.Tags = maps.Clone(r.Params), maps.Clone(r.Tags)
		r.Metrics = maps.Clone(r.Metrics)
		for key, points := range r.Metrics {
			r.Metrics[key] = slices.Clone(points)
		}
		r.Inputs = slices.Clone(r.Inputs)
		for i := range r.Inputs {
			r.Inputs[i].Tags = maps.Clone(r.Inputs[i].Tags)
		}
		r.Artifacts = s.artifacts(r.ArtifactURI)
		all = append(all, r)
	}
	return all
}

// Models are the registered models in the order in which they came.
func (s *Server) Models() []Model {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copies(s.now.models, func(m *Model) { m.Tags = maps.Clone(m.Tags) })
}

// Versions are the versions of all models in the order in which they came.
func (s *Server) Versions() []Version {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copies(s.now.versions, func(v *Version) { v.Tags = maps.Clone(v.Tags) })
}

// copies has a copy of each, with the maps in it copied by unshare.
func copies[T any](all []*T, unshare func(*T)) []T {
	c := make([]T, len(all))
	for i, v := range all {
		c[i] = *v
		unshare(&c[i])
	}
	return c
}
