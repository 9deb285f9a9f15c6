package cometserver

import (
	"net/http"
	"slices"
)

// Accounts, workspaces and projects (§2, §3, §6).
var projectRoutes = []route{
	get("/account-details", "", func(c *call) (any, error) {
		return object{"userName": c.s.o.User, "defaultWorkspaceName": c.s.o.Workspace}, nil
	}),
	get("/workspaces", "", func(c *call) (any, error) { return object{"workspaceNames": c.s.workspaces()}, nil }),
	get("/projects", "workspaceName!", (*call).projects),
	post("/write/project/create", "workspaceName! projectName! projectDescription isPublic:bool", (*call).createProject),
	post("/write/project/delete", "workspaceName! projectName! deleteAllExperiments:bool", (*call).deleteProject),
}

func (c *call) projects() (any, error) {
	workspace, out, public := c.str("workspaceName"), list{}, "public"
	if err := c.workspaceExists(workspace); err != nil {
		return nil, err
	}
	if c.s.o.LongPublic {
		public = "isPublic"
	}
	for _, p := range c.st.projects {
		if p.workspace == workspace {
			out = append(out, object{"projectId": p.id, "projectName": p.name, "ownerUserName": c.s.o.User,
				"projectDescription": p.description, "workspaceName": p.workspace, "numberOfExperiments": len(c.st.of(p)),
				"lastUpdated": p.updated, public: p.public})
		}
	}
	return object{"projects": out}, nil
}

// of are the experiments of a project, without links to those of others.
func (st *state) of(p *project) []*experiment {
	return filter(st.experiments, func(e *experiment) bool { return e.workspace == p.workspace && e.project == p.name })
}

func (c *call) createProject() (any, error) {
	p := project{newID(), c.str("workspaceName"), c.str("projectName"), c.str("projectDescription"), c.flag("isPublic"), c.now()}
	if err := c.mayWrite(p.workspace); err != nil {
		return nil, err
	}
	if c.st.project(p.workspace, p.name) != nil {
		return nil, refused(http.StatusBadRequest, 0, "the project exists already: %s", p.name)
	}
	c.s.do(func(st *state) {
		p := p
		st.projects = append(st.projects, &p)
	})
	return object{"projectId": p.id}, nil
}

func (c *call) deleteProject() (any, error) {
	workspace, name := c.str("workspaceName"), c.str("projectName")
	if err := c.mayWrite(workspace); err != nil {
		return nil, err
	}
	p := c.st.project(workspace, name)
	switch {
	case p == nil:
		return nil, refused(http.StatusBadRequest, 0, "no such project: %s", name)
	case len(c.st.of(p)) > 0 && !c.flag("deleteAllExperiments"):
		return nil, refused(http.StatusBadRequest, 0, "the project has experiments: %s", name)
	}
	c.s.do(func(st *state) {
		p := st.project(workspace, name)
		for _, e := range st.of(p) {
			st.remove(e.key)
		}
		st.projects = slices.DeleteFunc(st.projects, func(q *project) bool { return q == p })
	})
	return saved("Deleted"), nil
}
