package mlflowserver

import (
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The limits of MLflow 3. A length is a number of characters.
const (
	maxKey            = 250
	maxParam          = 6000
	maxTag            = 8000
	maxRunName        = 250
	maxExperimentName = 500
	maxExperimentTag  = 5000
	maxModelName      = 256
	maxModelTag       = 5000
	maxBatch          = 1_000_000 // bytes of a log-batch
	maxBatchMetrics   = 1000
	maxBatchParams    = 100
	maxBatchTags      = 100
	maxBatchItems     = 1000
	maxDatasetName    = 500
	maxDatasetDigest  = 36
	maxDatasetSource  = 65535
	maxDatasetSchema  = 1048575
	maxDatasetProfile = 16777215
	maxInputTagKey    = 255
	maxInputTagValue  = 500
	maxResultsLimit   = 50_000
	defaultResults    = 1000
	defaultVersions   = 10_000
	maxBody           = 32 << 20 // bytes of any other request but an upload
)

var (
	// MLflow's pattern lets letters of any alphabet pass in Python, and only ASCII's in its Go backend; colons pass since 2.15.
	keyPattern        = regexp.MustCompile(`^[/A-Za-z0-9_.\- :]+$`)
	runPattern        = regexp.MustCompile(`^[a-zA-Z0-9][\w\-]{0,255}$`)
	experimentPattern = regexp.MustCompile(`^[a-zA-Z0-9][\w\-]{0,63}$`)
)

// checkKey checks the name of a metric, a param or a tag.
func checkKey(kind, key string) error {
	if key == "" {
		return invalid("%s name cannot be empty. A key name must be provided.", kind)
	}
	if !keyPattern.MatchString(key) {
		return invalid("Invalid value '%s' for parameter '%s' supplied: Names may only contain alphanumerics, underscores (_),"+
			" dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).", cut(key, 250), kind)
	}
	if clean := path.Clean(key); clean != key || clean == "." || strings.HasPrefix(clean, "..") || strings.HasPrefix(clean, "/") {
		return invalid("Invalid value '%s' for parameter '%s' supplied: Names may be treated as files in certain cases, and must not"+
			" resolve to other names when treated as such. This name would resolve to '%s'", cut(key, 250), kind, clean)
	}
	return checkLength(kind+" name", key, maxKey)
}

func checkLength(what, value string, limit int) error {
	if n := utf8.RuneCountInString(value); n > limit {
		return invalid("%s '%s' had length %d, which exceeded length limit of %d", what, cut(value, 250), n, limit)
	}
	return nil
}

// value checks the value of a param or a tag, and cuts it where the server does that.
func (s *Server) value(what, value string, limit int) (string, error) {
	if s.o.TruncateLong && utf8.RuneCountInString(value) > limit {
		return string([]rune(value)[:limit]), nil
	}
	return value, checkLength(what, value, limit)
}

// tag is a tag of a request. Its value may be empty, but has to be there.
type tag struct {
	Key   string `json:"key" need:"yes"`
	Value string `json:"value" need:"yes"`
}

// tagMap checks tags.
func tagMap(tags []tag, check func(t *tag) error) (map[string]string, error) {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		if err := check(&t); err != nil {
			return nil, err
		}
		m[t.Key] = t.Value
	}
	return m, nil
}

// checkTag checks the tag of a run.
func (s *Server) checkTag(t *tag) (err error) {
	if err = checkKey("tag", t.Key); err == nil {
		t.Value, err = s.value("Tag value", t.Value, maxTag)
	}
	return err
}

// checkTagOf returns a check of tags of something else than a run, whose values have another limit and are never cut.
func checkTagOf(what string, limit int) func(*tag) error {
	return func(t *tag) error {
		if err := checkKey("tag", t.Key); err != nil {
			return err
		}
		return checkLength(what+" value", t.Value, limit)
	}
}

func checkRunID(id string) error {
	if !runPattern.MatchString(id) {
		return invalid("Invalid run ID: '%s'", cut(id, 100))
	}
	return nil
}

func checkExperimentID(id string) error {
	if !experimentPattern.MatchString(id) {
		return invalid("Invalid experiment ID: '%s'", cut(id, 100))
	}
	return nil
}
