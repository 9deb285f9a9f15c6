package mlflowserver

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// checkModelName is stricter than MLflow, which takes any name: slashes and colons make models:/name/1 ambiguous, and Databricks
// refuses them.
func checkModelName(name string) error {
	if name == "" {
		return invalid("Registered model name cannot be empty.")
	}
	if strings.ContainsAny(name, "/:") {
		return invalid("Invalid model name: '%s'. Names must not contain slashes or colons.", cut(name, 100))
	}
	return checkLength("Registered model name", name, maxModelName)
}

func (s *Server) createModel(q *struct {
	Name        string `json:"name" need:"yes"`
	Tags        []tag  `json:"tags"`
	Description string `json:"description"`
}) (object, error) {
	if s.o.NoRegistry {
		return nil, unserved()
	}
	if err := checkModelName(q.Name); err != nil {
		return nil, err
	}
	tags, err := tagMap(q.Tags, checkTagOf("Registered model", maxModelTag))
	if err != nil {
		return nil, err
	}
	if _, err := s.now.model(q.Name); err == nil {
		return nil, exists("Registered Model (name=%s) already exists.", q.Name)
	}
	now := millis()
	s.commit(func(st *state) {
		st.models = append(st.models, &Model{q.Name, q.Description, now, now, maps.Clone(tags)})
	})
	return object{"registered_model": s.modelObject(s.now, s.now.models[len(s.now.models)-1])}, nil
}

func (s *Server) modelObject(st *state, m *Model) object {
	o := object{"name": m.Name, "creation_timestamp": s.long(m.Created), "last_updated_timestamp": s.long(m.Updated)}
	o.set("description", m.Description)
	o.list("tags", pairs(m.Tags))
	for _, v := range slices.Backward(st.versions) {
		if v.Name == m.Name {
			o.list("latest_versions", []object{s.versionObject(v)})
			break
		}
	}
	return o
}

func (s *Server) getModel(q *struct {
	Name string `json:"name" need:"yes"`
}) (object, error) {
	if s.o.NoRegistry {
		return nil, unserved()
	}
	if err := checkModelName(q.Name); err != nil {
		return nil, err
	}
	st := s.view()
	m, err := st.model(q.Name)
	if err != nil {
		return nil, err
	}
	return object{"registered_model": s.modelObject(st, m)}, nil
}

// searchQuery is a search of the registry.
type searchQuery struct {
	Filter     string   `json:"filter"`
	MaxResults *long    `json:"max_results"`
	OrderBy    []string `json:"order_by"`
	PageToken  string   `json:"page_token"`
}

func (s *Server) searchModels(q *searchQuery) (object, error) {
	filter, err := parseFilter(q.Filter, columns{"name": false}, "tag")
	if err != nil {
		return nil, err
	}
	st := s.view()
	var found []sortable
	for _, m := range st.models {
		f := fields{"name": m.Name, "creation_timestamp": m.Created, "last_updated_timestamp": m.Updated}
		get := f.getter(m.Tags)
		if filter.match(get) {
			found = append(found, sortable{func() object { return s.modelObject(st, m) }, get})
		}
	}
	slices.SortFunc(found, func(a, b sortable) int { return compare(a.get("", "name"), b.get("", "name")) })
	order := columns{"name": false, "creation_timestamp": true, "last_updated_timestamp": true}
	return s.page("registered_models", found, q.OrderBy, order, q.MaxResults, 100, q.PageToken)
}

// getter is one of attributes and tags.
func (f fields) getter(tags map[string]string) getter {
	return func(kind, key string) any {
		if kind == "tag" {
			return lookup(tags, key)
		}
		return f[key]
	}
}

func (s *Server) createVersion(q *struct {
	Name        string `json:"name" need:"yes"`
	Source      string `json:"source" need:"yes"`
	RunID       string `json:"run_id"`
	Tags        []tag  `json:"tags"`
	RunLink     string `json:"run_link"`
	Description string `json:"description"`
	ModelID     string `json:"model_id"`
}) (object, error) {
	if s.o.NoRegistry {
		return nil, unserved()
	}
	if err := checkModelName(q.Name); err != nil {
		return nil, err
	}
	if err := s.checkSource(q.Source, q.RunID); err != nil {
		return nil, err
	}
	tags, err := tagMap(q.Tags, checkTagOf("Model version", maxModelTag))
	if err != nil {
		return nil, err
	}
	if _, err := s.now.model(q.Name); err != nil {
		return nil, err
	}
	n := 1
	for _, v := range s.now.versions {
		if v.Name == q.Name {
			n++
		}
	}
	now := millis()
	s.commit(func(st *state) {
		st.versions = append(st.versions, &Version{Name: q.Name, Version: strconv.Itoa(n), Source: q.Source, RunID: q.RunID,
			RunLink: q.RunLink, Description: q.Description, Stage: "None", Status: "READY", Created: now, Updated: now,
			Tags: maps.Clone(tags)})
		if m, err := st.model(q.Name); err == nil {
			m.Updated = now
		}
	})
	return object{"model_version": s.versionObject(s.now.versions[len(s.now.versions)-1])}, nil
}

// checkSource refuses local files outside the artifacts of the run that is named.
func (s *Server) checkSource(source, runID string) error {
	if source == "" {
		return missing("source")
	}
	if runID != "" {
		if err := checkRunID(runID); err != nil {
			return err
		}
	}
	if scheme, _, ok := strings.Cut(source, ":/"); ok && scheme != "file" {
		if strings.Contains(source, "/../") || strings.HasSuffix(source, "/..") {
			return invalid("Invalid model version source: '%s'. If supplied as an http, https, local file path, ftp, or mlflow-artifacts"+
				" uri, an absolute path must be provided without relative path references present.", cut(source, 200))
		}
		return nil
	}
	r, err := s.now.run(runID)
	if err == nil && strings.HasPrefix(source+"/", r.ArtifactURI+"/") {
		return nil
	}
	return invalid("Invalid model version source: '%s'. To use a local path as a model version source, the run_id request"+
		" parameter has to be specified and the local path has to be contained within the artifact directory of the run"+
		" specified by the run_id.", cut(source, 200))
}

func (s *Server) versionObject(v *Version) object {
	o := object{"name": v.Name, "version": v.Version, "creation_timestamp": s.long(v.Created),
		"last_updated_timestamp": s.long(v.Updated), "current_stage": v.Stage, "source": v.Source, "status": v.Status}
	o.set("description", v.Description)
	o.set("run_id", v.RunID)
	o.set("run_link", v.RunLink)
	o.list("tags", pairs(v.Tags))
	return o
}

func (s *Server) getVersion(q *struct {
	Name    string `json:"name" need:"yes"`
	Version string `json:"version" need:"yes"`
}) (object, error) {
	if s.o.NoRegistry {
		return nil, unserved()
	}
	if err := checkModelName(q.Name); err != nil {
		return nil, err
	}
	if _, err := strconv.Atoi(q.Version); err != nil {
		return nil, invalid("Model version must be an integer, got '%s'", cut(q.Version, 100))
	}
	for _, v := range s.view().versions {
		if v.Name == q.Name && v.Version == q.Version {
			return object{"model_version": s.versionObject(v)}, nil
		}
	}
	return nil, absent("Model Version (name=%s, version=%s) not found", q.Name, q.Version)
}

func (s *Server) searchVersions(q *searchQuery) (object, error) {
	attributes := columns{"name": false, "run_id": false, "source_path": false, "version_number": true}
	filter, err := parseFilter(q.Filter, attributes, "tag")
	if err != nil {
		return nil, err
	}
	var found []sortable
	for _, v := range slices.Backward(s.view().versions) { // the newest first
		n, _ := strconv.ParseInt(v.Version, 10, 64)
		f := fields{"name": v.Name, "run_id": v.RunID, "source_path": v.Source, "version_number": n,
			"creation_timestamp": v.Created, "last_updated_timestamp": v.Updated}
		if get := f.getter(v.Tags); filter.match(get) {
			found = append(found, sortable{func() object { return s.versionObject(v) }, get})
		}
	}
	order := columns{"name": false, "version_number": true, "creation_timestamp": true, "last_updated_timestamp": true}
	return s.page("model_versions", found, q.OrderBy, order, q.MaxResults, defaultVersions, q.PageToken)
}
