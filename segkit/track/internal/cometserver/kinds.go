package cometserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is the type of a field in JSON.
type kind string

const kindText kind = "text"

// decoders check a JSON value and turn it into string, int64, float64, bool, []string, map[string]any or []any.
// They are filled in init because those of objects use the table itself.
var decoders map[kind]func(json.RawMessage) (any, error)

func init() {
	decoders = map[kind]func(json.RawMessage) (any, error){
		kindText:  func(raw json.RawMessage) (any, error) { return decode[string](raw, "a string") },
		"bool":    func(raw json.RawMessage) (any, error) { return decode[bool](raw, "true or false") },
		"number":  func(raw json.RawMessage) (any, error) { return decode[float64](raw, "a number") },
		"texts":   func(raw json.RawMessage) (any, error) { return decodeTexts(raw) },
		"list":    func(raw json.RawMessage) (any, error) { return decode[[]any](raw, "an array") },
		"env":     func(raw json.RawMessage) (any, error) { return decode[map[string]string](raw, "an object of strings") },
		"int":     decodeInt,
		"ms":      decodeMillis,
		"scalar":  decodeScalar,
		"metric":  decodeMetric,
		"json":    decodeText(checkObject),
		"version": decodeText(checkVersion),
		"lines":   decodeObjects("output= stderr:bool localTimestamp:ms offset:int"),
		"gpus":    decodeObjects("gpuIndex:int name uuid totalMemory:number powerLimit:number"),
		"pairs":   decodeObjects("key! value="),
	}
}

func decode[T any](raw json.RawMessage, what string) (any, error) {
	var v T
	if bytes.Equal(raw, []byte("null")) || json.Unmarshal(raw, &v) != nil {
		return nil, fmt.Errorf("is not %s", what)
	}
	return v, nil
}

func decodeTexts(raw json.RawMessage) (any, error) {
	v, err := decode[[]*string](raw, "an array of strings")
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, s := range v.([]*string) {
		if s == nil {
			return nil, errors.New("has null among its strings")
		}
		out = append(out, *s)
	}
	return out, nil
}

func decodeInt(raw json.RawMessage) (any, error) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return nil, errors.New("is not an integer")
	}
	return n, nil
}

// decodeMillis also refuses what is evidently seconds, microseconds or nanoseconds of this century (§4: epoch ms). Small
// numbers pass, because tests have clocks that begin at 0.
func decodeMillis(raw json.RawMessage) (any, error) {
	v, err := decodeInt(raw)
	if err != nil {
		return nil, err
	}
	if n := v.(int64); n < 0 || n >= 1e9 && n < 5e9 || n >= 1e14 {
		return nil, errors.New("is not in milliseconds")
	}
	return v, nil
}

// decodeScalar reads the value of a parameter or other: strings as they are, numbers as the service writes them (§4).
func decodeScalar(raw json.RawMessage) (any, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, errors.New("is no value")
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case float64:
		return formatNumber(v), nil
	}
	return nil, errors.New("is not a string, number or bool")
}

// decodeMetric reads a number, or the string of one, or the names of those that JSON lacks (§4).
func decodeMetric(raw json.RawMessage) (any, error) {
	v, err := decodeScalar(raw)
	if err != nil {
		return nil, err
	}
	switch v {
	case "NaN", "Infinity", "-Infinity":
		return v, nil
	}
	if !decimal.MatchString(v.(string)) {
		return nil, errors.New("is not a number, NaN, Infinity or -Infinity")
	}
	return v, nil
}

var (
	decimal = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)
	semver  = regexp.MustCompile(`^(\d{1,9})\.(\d{1,9})\.(\d{1,9})$`)
)

// formatNumber writes 5 as "5.0" (§4).
func formatNumber(v float64) string {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

func decodeText(check func(string) error) func(json.RawMessage) (any, error) {
	return func(raw json.RawMessage) (any, error) {
		v, err := decode[string](raw, "a string")
		if err != nil {
			return nil, err
		}
		return v, check(v.(string))
	}
}

// checkObject is for metadata, which is a JSON object inside a string (§5, §7).
func checkObject(s string) error {
	if _, err := decode[map[string]any](json.RawMessage(s), "JSON"); err != nil {
		return errors.New("is not the text of a JSON object")
	}
	return nil
}

func checkVersion(s string) error {
	if !semver.MatchString(s) {
		return errors.New("is not a version like 1.0.0")
	}
	return nil
}

func decodeObjects(spec string) func(json.RawMessage) (any, error) {
	return func(raw json.RawMessage) (any, error) {
		var all []json.RawMessage
		if json.Unmarshal(raw, &all) != nil || all == nil {
			return nil, errors.New("is not an array")
		}
		fs, out := fields(spec), []any{}
		for i, one := range all {
			v, p := decodeObject(one, fs, func(name string) string { return "unknown field " + name })
			if len(p) > 0 {
				return nil, fmt.Errorf("[%d]: %s", i, strings.Join(p, "; "))
			}
			out = append(out, v)
		}
		return out, nil
	}
}

// decodeObject reads a JSON object by its tokens, as encoding/json would hide a name that is there twice.
func decodeObject(raw []byte, fs []field, unknown func(string) string) (map[string]any, problems) {
	v := map[string]any{}
	if !utf8.Valid(raw) {
		return v, problems{"the JSON is not UTF-8"}
	}
	var p problems
	met := map[string]bool{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return v, problems{"the body is not a JSON object"}
	}
	for dec.More() {
		t, err := dec.Token()
		name, _ := t.(string)
		var value json.RawMessage
		if err == nil {
			err = dec.Decode(&value)
		}
		if err != nil {
			return v, problems{"the JSON is malformed: " + err.Error()}
		}
		f, known := find(fs, name)
		switch {
		case !known:
			p = append(p, unknown(name))
			continue
		case met[name]:
			p = append(p, name+" is there more than once")
			continue
		}
		met[name] = true
		if f.null && string(value) == "null" {
			continue
		}
		x, err := decoders[f.kind](value)
		if err != nil {
			p = append(p, name+" "+err.Error())
		}
		v[name] = x
	}
	if _, err := dec.Token(); err != nil {
		return v, problems{"the JSON is malformed: " + err.Error()}
	}
	if _, err := dec.Token(); err != io.EOF {
		return v, problems{"something follows the JSON object"}
	}
	return v, append(p, missing(fs, v)...)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
