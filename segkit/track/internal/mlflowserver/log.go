package mlflowserver

import "maps"

// point is one value of a metric in a request. model_id and the two after it are MLflow 3's, and not kept.
type point struct {
	Key           string `json:"key" need:"yes"`
	Value         double `json:"value" need:"yes"`
	Timestamp     long   `json:"timestamp" need:"yes"`
	Step          long   `json:"step"`
	ModelID       string `json:"model_id"`
	DatasetName   string `json:"dataset_name"`
	DatasetDigest string `json:"dataset_digest"`
}

func (p *point) check() error {
	if err := checkKey("metric", p.Key); err != nil {
		return err
	}
	if p.Timestamp < 0 {
		return invalid("Got invalid timestamp %d for metric '%s'. Timestamp must be a nonnegative long (64-bit integer)",
			p.Timestamp, p.Key)
	}
	return nil
}

func (p *point) point() Point { return Point{float64(p.Value), int64(p.Timestamp), int64(p.Step)} }

// batch is what log-batch takes; the other calls are batches of one.
type batch struct {
	ID      string  `json:"run_id" need:"yes"`
	Metrics []point `json:"metrics"`
	Params  []tag   `json:"params"`
	Tags    []tag   `json:"tags"`
}

// logBatch takes all of a batch or nothing. MLflow keeps the metrics of a batch whose params it refuses, or the other way
// round, depending on its version; a client has to send all of it again in any case.
func (s *Server) logBatch(q *batch) (object, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	params := make(map[string]string, len(q.Params))
	for _, p := range q.Params {
		if err := checkKey("param", p.Key); err != nil {
			return nil, err
		}
		if _, ok := params[p.Key]; ok {
			return nil, invalid("Duplicate parameter keys have been submitted: ['%s']. Please ensure the request contains only one"+
				" param value per param key.", p.Key)
		}
		var err error
		if params[p.Key], err = s.value("Param value", p.Value, maxParam); err != nil {
			return nil, err
		}
	}
	tags, err := tagMap(q.Tags, s.checkTag)
	if err != nil {
		return nil, err
	}
	r, err := s.writable(q.ID)
	if err != nil {
		return nil, err
	}
	for _, key := range sorted(params) {
		if old, ok := r.Params[key]; ok && old != params[key] {
			return nil, conflict("Changing param values is not allowed. Param with key='%s' was already logged with value='%s' for"+
				" run ID='%s'. Attempted logging new value '%s'.", key, old, q.ID, params[key])
		}
	}
	s.commit(func(st *state) {
		r := st.runs[q.ID]
		for _, p := range q.Metrics {
			r.add(p.Key, p.point(), s.o.KeepIdentical)
		}
		maps.Copy(r.Params, params)
		maps.Copy(r.Tags, tags)
		if name := tags[nameTag]; name != "" {
			r.Name = name
		}
	})
	return nil, nil
}

// check checks what is wrong with a batch whatever run it is for.
func (q *batch) check() error {
	if err := checkRunID(q.ID); err != nil {
		return err
	}
	for _, limit := range []struct {
		what   string
		n, max int
	}{
		{"metrics", len(q.Metrics), maxBatchMetrics},
		{"params", len(q.Params), maxBatchParams},
		{"tags", len(q.Tags), maxBatchTags},
		{"metrics, params, and tags", len(q.Metrics) + len(q.Params) + len(q.Tags), maxBatchItems},
	} {
		if limit.n > limit.max {
			return invalid("A batch logging request can contain at most %d %s. Got %d %[2]s. Please split up %[2]s across multiple"+
				" requests and try again.", limit.max, limit.what, limit.n)
		}
	}
	for i := range q.Metrics {
		if err := q.Metrics[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) logMetric(q *struct {
	ID            string `json:"run_id" need:"yes"`
	Key           string `json:"key" need:"yes"`
	Value         double `json:"value" need:"yes"`
	Timestamp     long   `json:"timestamp" need:"yes"`
	Step          long   `json:"step"`
	ModelID       string `json:"model_id"`
	DatasetName   string `json:"dataset_name"`
	DatasetDigest string `json:"dataset_digest"`
}) (object, error) {
	return s.logBatch(&batch{ID: q.ID, Metrics: []point{{Key: q.Key, Value: q.Value, Timestamp: q.Timestamp, Step: q.Step}}})
}

// runTag is a param or a tag of a run.
type runTag struct {
	ID    string `json:"run_id" need:"yes"`
	Key   string `json:"key" need:"yes"`
	Value string `json:"value" need:"yes"`
}

func (s *Server) logParam(q *runTag) (object, error) {
	return s.logBatch(&batch{ID: q.ID, Params: []tag{{q.Key, q.Value}}})
}

func (s *Server) setTag(q *runTag) (object, error) {
	return s.logBatch(&batch{ID: q.ID, Tags: []tag{{q.Key, q.Value}}})
}

func (s *Server) deleteTag(q *struct {
	ID  string `json:"run_id" need:"yes"`
	Key string `json:"key" need:"yes"`
}) (object, error) {
	if err := checkRunID(q.ID); err != nil {
		return nil, err
	}
	r, err := s.writable(q.ID)
	if err != nil {
		return nil, err
	}
	if _, ok := r.Tags[q.Key]; !ok {
		return nil, absent("No tag with name: %s in run with id %s", q.Key, q.ID)
	}
	s.commit(func(st *state) { delete(st.runs[q.ID].Tags, q.Key) })
	return nil, nil
}
