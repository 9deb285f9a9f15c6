package cometserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

type (
	object = map[string]any
	list   = []any

	text  string                    // a reply that is no JSON
	sent  func(http.ResponseWriter) // a reply that writes itself, after the lock is free
	empty struct{}                  // a reply without body
)

// apiError is a refusal. SDK clients do not repeat 400, 403 and 405 (§1.3).
type apiError struct {
	status    int
	sdk       int // sdk_error_code, 0 = none
	msg       string
	violation bool
}

func (e *apiError) Error() string { return e.msg }

// wrong is what a correct client never causes, refused what can happen to it.
func wrong(status int, format string, args ...any) *apiError {
	return &apiError{status, 0, fmt.Sprintf(format, args...), true}
}

func refused(status, sdk int, format string, args ...any) *apiError {
	return &apiError{status, sdk, fmt.Sprintf(format, args...), false}
}

// saved is the body of most writes: what the docs show, and the code that the Java client insists on (§1.1).
func saved(msg string) object { return object{"msg": msg, "code": 200, "data": nil} }

func (s *Server) reply(w http.ResponseWriter, r *http.Request, out any, err error) {
	status := http.StatusOK
	if err != nil {
		var e *apiError
		if !errors.As(err, &e) {
			e = refused(http.StatusInternalServerError, 0, "%v", err)
		}
		if e.violation {
			s.violated(r, "%s", e.msg)
		}
		status = e.status
		if status == http.StatusTooManyRequests && s.o.RetryAfter != "" {
			w.Header().Set("Retry-After", s.o.RetryAfter)
		}
		body := object{"code": e.status, "msg": e.msg}
		if e.sdk != 0 {
			body["sdk_error_code"] = e.sdk
		}
		out = body
	}
	switch v := out.(type) {
	case sent:
		v(w)
		return
	case text:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprint(w, string(v))
		return
	case empty:
		return
	}
	body, err := json.Marshal(s.shape(out))
	if err != nil {
		panic("cometserver: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

// shape applies OmitNull and ExtraFields, at every depth.
func (s *Server) shape(v any) any {
	if !s.o.OmitNull && !s.o.ExtraFields {
		return v
	}
	switch v := v.(type) {
	case object:
		out := object{}
		for name, x := range v {
			if !s.o.OmitNull || !isNull(x) {
				out[name] = s.shape(x)
			}
		}
		if s.o.ExtraFields {
			out["notInTheContract"] = object{"a": list{1, "b", nil}}
		}
		return out
	case list:
		out := list{}
		for _, x := range v {
			out = append(out, s.shape(x))
		}
		return out
	}
	return v
}

func isNull(v any) bool {
	if v == nil {
		return true
	}
	switch p := v.(type) {
	case *int64:
		return p == nil
	case *string:
		return p == nil
	}
	return false
}

// orNull is v, or null for a text that was never set.
func orNull(v string) any {
	if v == "" {
		return nil
	}
	return v
}
