package cometserver

import (
	"net/http"
	"time"
)

const createPath = "/write/experiment/create"

// The life of an experiment (§3). Several writes are GETs.
var experimentRoutes = []route{
	post(createPath, "workspaceName? projectName? experimentName disableHeartBeat:bool type experimentKey", (*call).create),
	get("/write/experiment/set-status", "experimentKey!", (*call).beat),
	post("/write/experiment/set-start-end-time", "experimentKey! startTimeMillis:ms endTimeMillis:ms", (*call).setTimes),
	get("/write/experiment/stop", "experimentKey!", (*call).stop),
	get("/write/experiment/archive", "experimentKey!", (*call).archive),
	get("/write/experiment/restore", "experimentKey!", (*call).restore),
	get("/write/experiment/delete", "experimentKey!", (*call).deleteExperiment),
	post("/write/experiment/move", "targetWorkspaceName! targetProjectName! experimentKeys!:texts symlink:bool", (*call).move),
	get("/write/project/symlink", "experimentKey! projectName!", (*call).symlink),
	get("/experiment/metadata", "experimentKey!", (*call).metadata),
	get("/experiments", "projectId workspaceName projectName archived:bool", (*call).experiments),
}

func (c *call) create() (any, error) {
	workspace, project := c.str("workspaceName"), c.str("projectName")
	switch {
	case workspace == "" && c.s.o.NeedProject:
		return nil, refused(http.StatusBadRequest, 90219, "workspaceName is missing")
	case project == "" && c.s.o.NeedProject:
		return nil, refused(http.StatusBadRequest, 98219, "projectName is missing")
	}
	def(&workspace, c.s.o.Workspace)
	def(&project, c.s.o.Project)
	if err := c.mayWrite(workspace); err != nil {
		return nil, err
	}
	key := newID()
	if c.has("experimentKey") && c.s.o.OwnKey != OwnKeyIgnored {
		if c.s.o.OwnKey == OwnKeyRefused {
			return nil, refused(http.StatusBadRequest, 0, "an experiment's key is given by the server")
		}
		if key = c.str("experimentKey"); key == "" {
			return nil, wrong(http.StatusBadRequest, "experimentKey is empty")
		}
		if c.st.byKey[key] != nil {
			return nil, refused(http.StatusBadRequest, 90999, "the experiment exists already: %s", key)
		}
	}
	name, now, id := c.str("experimentName"), c.now(), newID()
	def(&name, "experiment_"+key[:min(8, len(key))])
	c.s.do(func(st *state) {
		st.needProject(id, workspace, project, now)
		e := newExperiment(key, workspace, project, now)
		e.others["Name"] = []Point{{Value: name, Timestamp: now}}
		st.experiments = append(st.experiments, e)
		st.byKey[key] = e
	})
	return object{"experimentKey": key, "workspaceName": workspace, "projectName": project, "name": name,
		"link": c.link(c.st.byKey[key])}, nil
}

// link is the experiment's page (§3).
func (c *call) link(e *experiment) string {
	key := e.key
	if e.archived {
		key = "archived/" + key
	}
	return c.base() + "/" + e.workspace + "/" + e.project + "/" + key
}

func (c *call) beat() (any, error) {
	now := c.now()
	c.change(func(e *experiment) { e.beats, e.lastBeat = e.beats+1, now })
	out := object{"isAliveBeatDurationMillis": c.s.o.BeatMillis, "gpuMonitorIntervalMillis": 60000, "cpuMonitorIntervalMillis": 68000}
	if c.s.o.BeatMillis < 0 {
		delete(out, "isAliveBeatDurationMillis")
	}
	return out, nil
}

func (c *call) setTimes() (any, error) {
	start, end := c.num("startTimeMillis"), c.num("endTimeMillis")
	if start == nil && end == nil {
		return nil, wrong(http.StatusBadRequest, "neither startTimeMillis nor endTimeMillis")
	}
	c.change(func(e *experiment) {
		if start != nil {
			e.start = *start
		}
		if end != nil {
			e.end = *end
		}
	})
	return saved("Saved"), nil
}

func (c *call) stop() (any, error) {
	c.change(func(e *experiment) { e.stopped = true })
	return object{"msg": "Stop Requested"}, nil
}

func (c *call) archive() (any, error) {
	c.change(func(e *experiment) { e.archived = true })
	return object{"msg": "Archived"}, nil
}

func (c *call) restore() (any, error) {
	c.change(func(e *experiment) { e.archived = false })
	return object{"msg": "Restore"}, nil
}

// deleteExperiment leaves the experiment's artifacts, which belong to the workspace (§7).
func (c *call) deleteExperiment() (any, error) {
	key := c.exp.key
	c.s.do(func(st *state) { st.remove(key) })
	return object{"msg": "Deleted"}, nil
}

func (c *call) move() (any, error) {
	workspace, project, keys := c.str("targetWorkspaceName"), c.str("targetProjectName"), c.texts("experimentKeys")
	if err := c.mayWrite(workspace); err != nil {
		return nil, err
	}
	for _, key := range keys {
		if c.st.byKey[key] == nil {
			return nil, refused(http.StatusBadRequest, 90211, "no such experiment: %s", key)
		}
	}
	now, id, link := c.now(), newID(), c.flag("symlink")
	c.s.do(func(st *state) {
		st.needProject(id, workspace, project, now)
		for _, key := range keys {
			if e := st.byKey[key]; link {
				e.symlinks = append(e.symlinks, project)
			} else {
				e.workspace, e.project = workspace, project
			}
		}
	})
	return saved("Saved"), nil
}

func (c *call) symlink() (any, error) {
	key, project, now, id := c.exp.key, c.str("projectName"), c.now(), newID()
	c.s.do(func(st *state) {
		e := st.byKey[key]
		st.needProject(id, e.workspace, project, now)
		e.symlinks = append(e.symlinks, project)
	})
	return object{"link": c.base() + "/" + c.exp.workspace + "/" + project + "/" + key}, nil
}

func (c *call) metadata() (any, error) { return c.describe(c.exp), nil }

// describe is a metadata object (§6).
func (c *call) describe(e *experiment) object {
	out := object{"experimentKey": e.key, "experimentName": orNull(e.name()), "optimizationId": nil, "userName": c.s.o.User,
		"projectId": nil, "projectName": e.project, "workspaceName": e.workspace, "filePath": nil, "fileName": nil,
		"throttle": false, "durationMillis": e.end - e.start, "startTimeMillis": e.start, "endTimeMillis": e.end,
		"archived": e.archived,
		"running":  e.beats > 0 && c.s.o.Now().Sub(time.UnixMilli(e.lastBeat)) < c.s.o.RunningFor}
	if p := c.st.project(e.workspace, e.project); p != nil {
		out["projectId"] = p.id
	}
	return out
}

// experiments lists those of a project that are archived, or those that are not.
func (c *call) experiments() (any, error) {
	byID, byName := c.has("projectId"), c.has("workspaceName") && c.has("projectName")
	if byID == byName || byID && (c.has("workspaceName") || c.has("projectName")) {
		return nil, wrong(http.StatusBadRequest, "give projectId, or workspaceName and projectName")
	}
	p := first(c.st.projects, func(p *project) bool {
		return byID && p.id == c.str("projectId") || byName && p.workspace == c.str("workspaceName") && p.name == c.str("projectName")
	})
	if p == nil {
		return nil, refused(http.StatusBadRequest, 0, "no such project")
	}
	out := list{}
	for _, e := range c.st.experiments {
		if e.workspace == p.workspace && e.archived == c.flag("archived") && (e.project == p.name || contains(e.symlinks, p.name)) {
			out = append(out, c.describe(e))
		}
	}
	return object{"experiments": out}, nil
}
