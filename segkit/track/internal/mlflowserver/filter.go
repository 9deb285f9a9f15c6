package mlflowserver

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// columns are the attributes that a search knows; those that are true are numbers.
type columns map[string]bool

// fields are the values of the attributes: strings, and int64 for numbers.
type fields map[string]any

// getter is the value of an attribute, tag, param or metric: a string, an int64 or a float64, or nil where there is none.
type getter func(kind, key string) any

// lookup is a tag's value for a getter.
func lookup(m map[string]string, key string) any {
	if v, ok := m[key]; ok {
		return v
	}
	return nil
}

// clause is one comparison of a filter.
type clause struct {
	kind, key, op string
	text          string
	number        float64
	numeric       bool
	pattern       *regexp.Regexp // of LIKE and ILIKE
	list          []string       // of IN
}

// filter is a list of comparisons, all of which have to hold.
type filter []clause

var (
	// A comparison: what, how, and with which value. The key of a tag, a param or a metric may stand in double quotes or
	// backticks.
	comparison = regexp.MustCompile("(?is)^\\s*((?:[\\w.\\-/:]|\"[^\"]*\"|`[^`]*`)+)\\s*(!=|>=|<=|=|<|>|LIKE\\b|ILIKE\\b|IN\\b)\\s*" +
		`('[^']*'|"[^"]*"|\((?:\s*'[^']*'\s*,?)+\)|[-+\w.]+)\s*`)
	conjunction = regexp.MustCompile(`(?i)^AND\s+`)
	quoted      = regexp.MustCompile(`'([^']*)'`)
)

// kinds are the names of what can be compared.
var kinds = map[string]string{
	"attribute": "attribute", "attributes": "attribute", "attr": "attribute", "run": "attribute",
	"tag": "tag", "tags": "tag",
	"param": "param", "params": "param", "parameter": "param", "parameters": "param",
	"metric": "metric", "metrics": "metric",
}

// parseFilter reads a filter over the attributes and the further kinds of things.
func parseFilter(text string, attributes columns, further ...string) (filter, error) {
	var f filter
	for rest := text; strings.TrimSpace(rest) != ""; {
		m := comparison.FindStringSubmatch(rest)
		if m == nil {
			return nil, invalid("Invalid clause(s) in filter string: '%s'", cut(text, 200))
		}
		c, err := parseClause(m[1], strings.ToUpper(m[2]), m[3], attributes, further)
		if err != nil {
			return nil, err
		}
		f = append(f, c)
		if rest = rest[len(m[0]):]; rest == "" {
			break
		}
		and := conjunction.FindString(rest)
		if and == "" || strings.TrimSpace(rest[len(and):]) == "" {
			return nil, invalid("Invalid clause(s) in filter string: '%s'", cut(text, 200))
		}
		rest = rest[len(and):]
	}
	return f, nil
}

func parseClause(what, op, value string, attributes columns, further []string) (clause, error) {
	c := clause{op: op}
	var err error
	if c.kind, c.key, err = parseKey(what, attributes, further); err != nil {
		return c, err
	}
	c.numeric = c.kind == "metric" || c.kind == "attribute" && attributes[c.key]
	wrong := invalid("Invalid comparison '%s %s %s'", what, op, cut(value, 100))
	if c.numeric {
		if c.number, err = strconv.ParseFloat(value, 64); err != nil || !slices.Contains([]string{"=", "!=", "<", "<=", ">", ">="}, op) {
			return c, wrong
		}
		return c, nil
	}
	switch first := value[0]; {
	case op == "IN" && first == '(' && c.kind == "attribute":
		for _, m := range quoted.FindAllStringSubmatch(value, -1) {
			c.list = append(c.list, m[1])
		}
	case first != '\'' && first != '"' || !slices.Contains([]string{"=", "!=", "LIKE", "ILIKE"}, op):
		return c, wrong
	default:
		c.text = value[1 : len(value)-1]
	}
	if op == "LIKE" || op == "ILIKE" {
		flags := map[string]string{"LIKE": "(?s)^", "ILIKE": "(?si)^"}[op]
		c.pattern = regexp.MustCompile(flags + strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(c.text)) + "$")
	}
	return c, nil
}

// parseKey reads the left side of a comparison, or what to order by.
func parseKey(what string, attributes columns, further []string) (kind, key string, err error) {
	kind, key, ok := strings.Cut(what, ".")
	if !ok {
		kind, key = "attribute", what
	}
	if kind, ok = kinds[kind]; !ok || kind != "attribute" && !slices.Contains(further, kind) {
		return "", "", invalid("Invalid entity type in '%s'", cut(what, 200))
	}
	if len(key) > 1 && (key[0] == '"' || key[0] == '`') {
		key = strings.Trim(key, key[:1])
	}
	if _, ok := attributes[key]; kind == "attribute" && !ok {
		return "", "", invalid("Invalid attribute key '%s' specified. Valid keys are %v", cut(key, 200), sorted(attributes))
	}
	return kind, key, nil
}

// match reports whether all comparisons hold. What is not there compares with nothing.
func (f filter) match(get getter) bool {
	for _, c := range f {
		v := get(c.kind, c.key)
		if v == nil || !c.match(v) {
			return false
		}
	}
	return true
}

func (c *clause) match(v any) bool {
	if c.numeric {
		x, ok := v.(float64)
		if n, isInt := v.(int64); isInt {
			x, ok = float64(n), true
		}
		if !ok {
			return false
		}
		switch c.op {
		case "=":
			return x == c.number
		case "!=":
			return x != c.number
		case "<":
			return x < c.number
		case "<=":
			return x <= c.number
		case ">":
			return x > c.number
		}
		return x >= c.number
	}
	text, ok := v.(string)
	if !ok {
		return false
	}
	switch c.op {
	case "=":
		return text == c.text
	case "!=":
		return text != c.text
	case "IN":
		return slices.Contains(c.list, text)
	}
	return c.pattern.MatchString(text)
}
