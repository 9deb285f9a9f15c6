package mlflowserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// long is an int64 as protobuf's JSON has it: a number or a string.
type long int64

// UnmarshalJSON reads one.
func (n *long) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	*n = long(v)
	return err
}

// double is a float64 as protobuf's JSON has it: a number, or one of "NaN", "Infinity" and "-Infinity".
type double float64

// UnmarshalJSON reads one.
func (d *double) UnmarshalJSON(b []byte) error {
	switch text := strings.Trim(string(b), `"`); text {
	case "NaN":
		*d = double(math.NaN())
	case "Infinity":
		*d = double(math.Inf(1))
	case "-Infinity":
		*d = double(math.Inf(-1))
	default:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("no double: %s", b)
		}
		*d = double(v)
	}
	return nil
}

// decode reads a request strictly: the fields' very names, each once, none that is not known, and those that are needed
// (tagged need) with a value.
func decode(body []byte, into any) error {
	if !utf8.Valid(body) {
		return invalid("the body is not utf-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := check(d, reflect.TypeOf(into).Elem(), ""); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return invalid("the body goes on after its JSON object")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return invalid("invalid value in the body: %v", err)
	}
	return nil
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// check reads one value and compares it with a type. The path says where in the body it stands.
func check(d *json.Decoder, t reflect.Type, path string) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	token, err := d.Token()
	if err != nil {
		return invalid("no JSON at '%s': %v", path, err)
	}
	_, isString := token.(string)
	_, isNumber := token.(json.Number)
	fits := isString
	switch {
	case reflect.PointerTo(t).Implements(unmarshaler):
		fits = isString || isNumber
	case t.Kind() == reflect.Bool:
		_, fits = token.(bool)
	case t.Kind() == reflect.Struct:
		if fits = token == json.Delim('{'); fits {
			return checkObject(d, t, path)
		}
	case t.Kind() == reflect.Slice:
		fits = token == json.Delim('[')
		for i := 0; fits && d.More(); i++ {
			if err := check(d, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		if fits {
			_, err = d.Token()
		}
	}
	if !fits {
		return invalid("Invalid value %v for parameter '%s' supplied", token, path)
	}
	if err != nil {
		return invalid("no JSON at '%s': %v", path, err)
	}
	return nil
}

// checkObject reads an object's fields and its end.
func checkObject(d *json.Decoder, t reflect.Type, path string) error {
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return invalid("no JSON at '%s': %v", path, err)
		}
		name := token.(string) // nothing else comes where a key has to
		at := strings.TrimPrefix(path+"."+name, ".")
		field, ok := fieldOf(t, name)
		if !ok {
			return invalid("unknown field '%s'", at)
		}
		if seen[name] {
			return invalid("field '%s' comes twice", at)
		}
		seen[name] = true
		if err := check(d, field.Type, at); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return invalid("no JSON at '%s': %v", path, err)
	}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("json"); t.Field(i).Tag.Get("need") != "" && !seen[name] {
			return missing(strings.TrimPrefix(path+"."+name, "."))
		}
	}
	return nil
}

func missing(name string) error {
	return invalid("Missing value for required parameter '%s'. See the API docs for more information about request parameters.", name)
}

func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("json") == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// decodeQuery reads the parameters of a GET as strictly, by way of the JSON that would say the same.
func decodeQuery(query url.Values, into any) error {
	t := reflect.TypeOf(into).Elem()
	o := object{}
	for name, values := range query {
		field, ok := fieldOf(t, name)
		switch {
		case !ok:
			return invalid("unknown parameter '%s'", name)
		case field.Type.Kind() == reflect.Slice:
			o[name] = values
		case len(values) != 1:
			return invalid("parameter '%s' comes %d times", name, len(values))
		default:
			o[name] = values[0]
		}
	}
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return decode(body, into)
}
