package cometserver

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Metrics, parameters and others (§4, §6).
var dataRoutes = []route{
	post("/write/experiment/metric", "experimentKey! metricName! metricValue!:metric context step:int epoch:int timestamp:ms", (*call).logMetric),
	post("/write/experiment/parameter", "experimentKey! parameterName! parameterValue=:scalar context step:int timestamp:ms", (*call).logParameter),
	post("/write/experiment/log-other", "experimentKey! key! value=:scalar timestamp:ms", (*call).logOther),
	get("/experiment/metrics/summary", "experimentKey!", func(c *call) (any, error) { return summaries(c.exp.metrics), nil }),
	get("/experiment/parameters", "experimentKey!", func(c *call) (any, error) { return summaries(c.exp.params), nil }),
	get("/experiment/log-other", "experimentKey!", func(c *call) (any, error) { return summaries(c.exp.others), nil }),
	get("/experiment/metrics/get-metric", "experimentKey! metricName!", (*call).getMetric),
	post("/experiments/multi-metric-chart",
		"targetedExperiments!:texts metrics:texts params:texts independentMetrics:bool fetchFull:bool", (*call).chart),
}

// Point is one value of a metric, parameter or other.
type Point struct {
	Value     string
	Step      *int64 // nil = none
	Epoch     *int64 // nil = none
	Timestamp int64  // ms since 1970: the client's if it sent one, else the server's
	Context   string
}

func (c *call) point(field string) Point {
	return Point{c.str(field), c.num("step"), c.num("epoch"), c.millis("timestamp"), c.str("context")}
}

// inContext is the name that a value is listed by (§4).
func (c *call) inContext(field string) string {
	if context := c.str("context"); context != "" {
		return context + "_" + c.str(field)
	}
	return c.str(field)
}

func (c *call) logMetric() (any, error) {
	name, p := c.inContext("metricName"), c.point("metricValue")
	if v, err := strconv.ParseFloat(p.Value, 64); c.s.o.NormalizeMetrics && err == nil && !strings.ContainsAny(p.Value, "Nn") {
		p.Value = formatNumber(v)
	}
	mode := c.s.o.RepeatedStep
	c.change(func(e *experiment) {
		series := e.metrics[name]
		i := slices.IndexFunc(series, func(q Point) bool { return p.Step != nil && q.Step != nil && *p.Step == *q.Step })
		switch {
		case i < 0 || mode == StepKept:
			e.metrics[name] = append(series, p)
		case mode == StepReplaced:
			series[i] = p
		}
	})
	return saved("Saved"), nil
}

func (c *call) logParameter() (any, error) {
	name, p := c.inContext("parameterName"), c.point("parameterValue")
	c.change(func(e *experiment) { e.params[name] = append(e.params[name], p) })
	return saved("Saved"), nil
}

// logOther renames the experiment if the key is Name, as its name is that other.
func (c *call) logOther() (any, error) {
	name, p := c.str("key"), c.point("value")
	c.change(func(e *experiment) { e.others[name] = append(e.others[name], p) })
	return saved("Saved"), nil
}

// summaries are the values V of §6. Only numbers have an order; without any, the current value is both extremes.
func summaries(all map[string][]Point) object {
	out := list{}
	for _, name := range sorted(all) {
		series := all[name]
		if len(series) == 0 {
			continue
		}
		last := series[len(series)-1]
		least, most := last, last
		var lo, hi float64
		found := false
		for _, p := range series {
			v, err := strconv.ParseFloat(p.Value, 64)
			if err != nil || v != v {
				continue
			}
			if !found || v < lo {
				lo, least = v, p
			}
			if !found || v > hi {
				hi, most = v, p
			}
			found = true
		}
		v := object{"name": name, "editable": false}
		for _, x := range []struct {
			which string
			p     Point
		}{{"Current", last}, {"Min", least}, {"Max", most}} {
			v["value"+x.which] = x.p.Value
			v["timestamp"+x.which] = x.p.Timestamp
			v["step"+x.which] = x.p.Step
			v["runContext"+x.which] = orNull(x.p.Context)
		}
		out = append(out, v)
	}
	return object{"values": out}
}

func (c *call) getMetric() (any, error) {
	out := list{}
	for _, p := range c.exp.metrics[c.str("metricName")] {
		out = append(out, object{"metricName": c.str("metricName"), "metricValue": p.Value, "timestamp": p.Timestamp,
			"step": p.Step, "epoch": p.Epoch, "runContext": orNull(p.Context)})
	}
	if c.s.o.NewestFirst {
		slices.Reverse(out)
	}
	return object{"metrics": out}, nil
}

// chart answers with a shape of which the contract knows the two outer fields only; what is inside is a guess.
func (c *call) chart() (any, error) {
	all := map[string]object{} // a type of its own: ExtraFields must not add an experiment
	for _, key := range c.texts("targetedExperiments") {
		e := c.st.byKey[key]
		if e == nil {
			return nil, refused(http.StatusBadRequest, 90211, "no such experiment: %s", key)
		}
		metrics, params := list{}, map[string]string{}
		for _, name := range c.texts("metrics") {
			values, steps := list{}, list{}
			for _, p := range e.metrics[name] {
				values, steps = append(values, p.Value), append(steps, p.Step)
			}
			metrics = append(metrics, object{"metricName": name, "values": values, "steps": steps})
		}
		for _, name := range c.texts("params") {
			params[name] = current(e.params[name])
		}
		all[key] = object{"metrics": metrics, "params": params}
	}
	return object{"experiments": all, "empty": len(all) == 0}, nil
}
