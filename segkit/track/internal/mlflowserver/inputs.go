package mlflowserver

import (
	"maps"
	"slices"
)

// datasetInput is a data set in a request, with what it was for in the tags.
type datasetInput struct {
	Tags    []tag   `json:"tags"`
	Dataset dataset `json:"dataset" need:"yes"`
}

type dataset struct {
	Name       string `json:"name" need:"yes"`
	Digest     string `json:"digest" need:"yes"`
	SourceType string `json:"source_type" need:"yes"`
	Source     string `json:"source" need:"yes"`
	Schema     string `json:"schema"`
	Profile    string `json:"profile"`
}

// input checks a data set.
func (d *datasetInput) input() (Input, error) {
	in := Input{Name: d.Dataset.Name, Digest: d.Dataset.Digest, SourceType: d.Dataset.SourceType, Source: d.Dataset.Source,
		Schema: d.Dataset.Schema, Profile: d.Dataset.Profile}
	for _, f := range []struct {
		what, value string
		limit       int
		need        bool
	}{
		{"Dataset name", in.Name, maxDatasetName, true},
		{"Dataset digest", in.Digest, maxDatasetDigest, true},
		{"Dataset source type", in.SourceType, maxDatasetName, true},
		{"Dataset source", in.Source, maxDatasetSource, true},
		{"Dataset schema", in.Schema, maxDatasetSchema, false},
		{"Dataset profile", in.Profile, maxDatasetProfile, false},
	} {
		if f.need && f.value == "" {
			return in, invalid("%s cannot be empty", f.what)
		}
		if err := checkLength(f.what, f.value, f.limit); err != nil {
			return in, err
		}
	}
	var err error
	in.Tags, err = tagMap(d.Tags, func(t *tag) error {
		if err := checkLength("Input tag key", t.Key, maxInputTagKey); err != nil {
			return err
		}
		return checkLength("Input tag value", t.Value, maxInputTagValue)
	})
	return in, err
}

func (in *Input) object() object {
	d := object{"name": in.Name, "digest": in.Digest, "source_type": in.SourceType, "source": in.Source}
	d.set("schema", in.Schema)
	d.set("profile", in.Profile)
	o := object{"dataset": d}
	o.list("tags", pairs(in.Tags))
	return o
}

// logInputs adds data sets to a run. One with the name and the digest of one that is there adds its tags to that.
func (s *Server) logInputs(q *struct {
	ID       string         `json:"run_id" need:"yes"`
	Datasets []datasetInput `json:"datasets"`
}) (object, error) {
	if s.o.NoInputs {
		return nil, unserved()
	}
	if err := checkRunID(q.ID); err != nil {
		return nil, err
	}
	if len(q.Datasets) > maxBatchItems {
		return nil, invalid("A batch logging request can contain at most %d datasets. Got %d datasets.", maxBatchItems, len(q.Datasets))
	}
	var inputs []Input
	for _, d := range q.Datasets {
		in, err := d.input()
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, in)
	}
	if _, err := s.writable(q.ID); err != nil {
		return nil, err
	}
	s.commit(func(st *state) {
		r := st.runs[q.ID]
		for _, in := range inputs {
			i := slices.IndexFunc(r.Inputs, func(old Input) bool { return old.Name == in.Name && old.Digest == in.Digest })
			if i < 0 {
				in.Tags = maps.Clone(in.Tags)
				r.Inputs = append(r.Inputs, in)
				continue
			}
			maps.Copy(r.Inputs[i].Tags, in.Tags)
		}
	})
	return nil, nil
}
