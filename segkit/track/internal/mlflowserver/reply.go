package mlflowserver

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
)

// apiError is an error that a client is told.
type apiError struct {
	status    int
	code      string
	message   string
	violation bool
}

func (e *apiError) Error() string { return e.message }

// invalid is a request that a correct client does not make.
func invalid(format string, args ...any) error {
	return &apiError{http.StatusBadRequest, "INVALID_PARAMETER_VALUE", fmt.Sprintf(format, args...), true}
}

// conflict is a request that does not suit what is there.
func conflict(format string, args ...any) error {
	return &apiError{http.StatusBadRequest, "INVALID_PARAMETER_VALUE", fmt.Sprintf(format, args...), false}
}

// exists is a name that is taken.
func exists(format string, args ...any) error {
	return &apiError{http.StatusBadRequest, "RESOURCE_ALREADY_EXISTS", fmt.Sprintf(format, args...), false}
}

// absent is something that is not there.
func absent(format string, args ...any) error {
	return &apiError{http.StatusNotFound, "RESOURCE_DOES_NOT_EXIST", fmt.Sprintf(format, args...), false}
}

// unserved is an endpoint that this server does not have, by its Options.
func unserved() error {
	return &apiError{http.StatusNotFound, "ENDPOINT_NOT_FOUND", "Not found", false}
}

// object is a JSON object of a reply. As in protobuf's JSON, what is empty is left out: the lists, and fields that are not set.
type object map[string]any

// set sets a field unless its value is empty.
func (o object) set(key, value string) {
	if value != "" {
		o[key] = value
	}
}

// list sets a field to a list unless it is empty.
func (o object) list(key string, all []object) {
	if len(all) > 0 {
		o[key] = all
	}
}

// long is an int64 of a reply.
func (s *Server) long(n int64) any {
	if s.o.Int64Strings {
		return strconv.FormatInt(n, 10)
	}
	return n
}

// number is a double of a reply. What is stored is finite or NaN.
func number(v float64) any {
	if math.IsNaN(v) {
		return "NaN"
	}
	return v
}

// pairs are the params or tags of a reply, by their keys.
func pairs(m map[string]string) []object {
	all := make([]object, 0, len(m))
	for _, key := range sorted(m) {
		all = append(all, object{"key": key, "value": m[key]})
	}
	return all
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// reply writes a reply, or the error where there is one.
func (s *Server) reply(w http.ResponseWriter, endpoint string, o object, err error) {
	status := http.StatusOK
	if err != nil {
		e, ok := err.(*apiError)
		if !ok {
			e = &apiError{http.StatusInternalServerError, "INTERNAL_ERROR", err.Error(), false}
		}
		if e.violation {
			s.violate(endpoint, e)
		}
		status, o = e.status, object{"error_code": e.code, "message": e.message}
	}
	if o == nil {
		o = object{}
	}
	body, err := json.Marshal(o)
	if err != nil {
		panic("mlflowserver: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}

// cut shortens a text that goes into a message.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
