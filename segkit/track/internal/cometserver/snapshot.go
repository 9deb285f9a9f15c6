package cometserver

import (
	"maps"
	"slices"
)

// Experiment is all that the server knows of one, as it is and not as reads show it.
type Experiment struct {
	Key, Name, Workspace, Project string
	Archived, Stopped             bool              // Stopped: somebody asked it to
	Created, Start, End           int64             // ms since 1970; all the same until the client sets a time
	Heartbeats                    int               // how many came
	Params, Others                map[string]string // current values, by name with context
	Metrics                       map[string][]Point
	Tags                          []string
	HTML, Graph, Code             string
	Output                        []OutputLine
	Git, System                   map[string]any // the fields as sent; nil = never
	Patch                         []byte
	Assets                        []Asset // files of artifact versions included
	Models                        []string
	Symlinks                      []string // projects that show it, too
}

// Artifact is an artifact of a workspace with its versions in the order of their creation.
type Artifact struct {
	ID, Name, Type, Workspace, Project string
	Experiment                         string // the key of its first creator
	Description, Metadata              string
	Public                             bool
	Tags                               []string
	Versions                           []ArtifactVersion
}

// ArtifactVersion is one version.
type ArtifactVersion struct {
	ID, Version   string
	State         string // OPEN, CLOSED or ERROR
	Experiment    string // the key of its creator
	Metadata      string // the text of a JSON object; "" = none
	Note          string
	Aliases, Tags []string
	Added         int64 // ms since 1970
	Files         []Asset
	Consumers     []string // the keys of experiments that got it
}

// RegistryModel is a model of a workspace's registry with its versions in the order of their creation.
type RegistryModel struct {
	ID, Name, Workspace, Description, Notes string
	Public                                  bool
	Versions                                []RegistryVersion
}

// RegistryVersion is one version.
type RegistryVersion struct {
	ID, Version, Comment string
	Experiment, Model    string // where it comes from: the key of an experiment, the name of its model
	Stages               []string
	Assets               []Asset
	Created              int64 // ms since 1970
}

// Experiments returns a copy of all experiments in the order of their creation, without those deleted.
func (s *Server) Experiments() []Experiment {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Experiment
	for _, e := range s.truth.experiments {
		x := Experiment{Key: e.key, Name: e.name(), Workspace: e.workspace, Project: e.project, Archived: e.archived, Stopped: e.stopped,
			Created: e.created, Start: e.start, End: e.end, Heartbeats: e.beats, Params: currents(e.params), Others: currents(e.others),
			Metrics: map[string][]Point{}, Tags: slices.Clone(e.tags), HTML: deref(e.html), Graph: deref(e.graph), Code: deref(e.code),
			Output: slices.Clone(e.output), Git: maps.Clone(e.git), System: maps.Clone(e.system), Patch: slices.Clone(e.patch),
			Assets: values(e.assets), Symlinks: slices.Clone(e.symlinks)}
		for name, series := range e.metrics {
			x.Metrics[name] = slices.Clone(series)
		}
		for _, m := range e.models {
			x.Models = append(x.Models, m.name)
		}
		out = append(out, x)
	}
	return out
}

// Artifacts returns a copy of all artifacts in the order of their creation.
func (s *Server) Artifacts() []Artifact {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Artifact
	for _, a := range s.truth.artifacts {
		x := Artifact{ID: a.id, Name: a.name, Type: a.kind, Workspace: a.workspace, Project: a.project, Experiment: a.experiment,
			Description: a.description, Metadata: a.metadata, Public: a.public, Tags: slices.Clone(a.tags)}
		for _, v := range a.versions {
			x.Versions = append(x.Versions, ArtifactVersion{v.id, v.number, v.state, v.creator, v.metadata, v.note,
				slices.Clone(v.aliases), slices.Clone(v.tags), v.added, values(v.files), slices.Clone(v.consumers)})
		}
		out = append(out, x)
	}
	return out
}

// Registry returns a copy of the registry of all workspaces in the order of its models' creation.
func (s *Server) Registry() []RegistryModel {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []RegistryModel
	for _, m := range s.truth.models {
		x := RegistryModel{ID: m.id, Name: m.name, Workspace: m.workspace, Description: m.description, Notes: m.notes, Public: m.public}
		for _, it := range m.items {
			x.Versions = append(x.Versions, RegistryVersion{it.id, it.number, it.comment, it.experiment, it.model,
				slices.Clone(it.stages), values(it.assets), it.created})
		}
		out = append(out, x)
	}
	return out
}

func currents(all map[string][]Point) map[string]string {
	out := map[string]string{}
	for name, series := range all {
		out[name] = current(series)
	}
	return out
}

func values(all []*Asset) (out []Asset) {
	for _, a := range all {
		out = append(out, *a)
	}
	return out
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
