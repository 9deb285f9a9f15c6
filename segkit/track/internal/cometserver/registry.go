package cometserver

import (
	"net/http"
	"regexp"
	"slices"
)

// Models of experiments, and the registry of a workspace (§8). The reads are in registryread.go.
var registryRoutes = []route{
	get("/experiment/model", "experimentKey!", (*call).listModels),
	get("/experiment/model/download", "experimentKey! modelName!", (*call).downloadModel),
	get("/registry-model", "workspaceName!", (*call).listRegistry),
	get("/registry-model/count", "workspaceName!", (*call).countRegistry),
	get("/registry-model/details", "workspaceName! modelName!", (*call).registryDetails),
	get("/registry-model/item/download", "workspaceName! modelName! version:version stage", (*call).downloadItem),
	get("/registry-model/notes", "workspaceName! modelName!", (*call).readNotes),
	post("/write/registry-model",
		"experimentModelId! registryModelName! description isPublic!:bool version:version comment stages:texts", (*call).register),
	post("/write/registry-model/item", "experimentModelId! registryModelName! version:version comment stages:texts", (*call).register),
	post("/write/registry-model/notes", "workspaceName! registryModelName! notes=", (*call).writeNotes),
	post("/write/registry-model/update", "registryModelId! registryModelName description isPublic:bool", (*call).updateModel),
	post("/write/registry-model/item/update", "registryModelItemId! comment stages:texts", (*call).updateItem),
	get("/write/registry-model/item/stage", "modelItemId! stage!", (*call).stage),
	get("/write/registry-model/delete", "workspaceName! modelName!", (*call).deleteModel),
	get("/write/registry-model/item/delete", "modelItemId!", (*call).deleteItem),
}

type registered struct {
	id, workspace, name, description, notes string
	public                                  bool
	created, updated                        int64
	items                                   []*item // in the order of their creation
}

type item struct {
	id, number, comment        string
	modelID, model, experiment string
	stages                     []string
	assets                     []*Asset // the model's when it was registered
	created, updated           int64
}

func (st *state) registered(workspace, name string) *registered {
	return first(st.models, func(m *registered) bool { return m.workspace == workspace && m.name == name })
}

func (st *state) item(id string) (*registered, *item) {
	for _, m := range st.models {
		if it := first(m.items, func(i *item) bool { return i.id == id }); it != nil {
			return m, it
		}
	}
	return nil, nil
}

func (st *state) registeredAsset(a *Asset) bool {
	for _, m := range st.models {
		for _, it := range m.items {
			if slices.Contains(it.assets, a) {
				return true
			}
		}
	}
	return false
}

// experimentModel finds a model of an experiment by its id.
func (st *state) experimentModel(id string) (*experiment, model) {
	for _, e := range st.experiments {
		if i := slices.IndexFunc(e.models, func(m model) bool { return m.id == id }); i >= 0 {
			return e, e.models[i]
		}
	}
	return nil, model{}
}

func (e *experiment) modelAssets(name string) []*Asset {
	return filter(e.assets, func(a *Asset) bool { return a.Group == name })
}

// registryName is what J makes of a model's name; other names are refused.
var registryName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// register makes a model with its first version, or adds a version to one, depending on the route.
func (c *call) register() (any, error) {
	name, isNew := c.str("registryModelName"), c.route.path == "/write/registry-model"
	if !registryName.MatchString(name) {
		return nil, wrong(http.StatusBadRequest, "registryModelName is not in lower case with single dashes: %s", name)
	}
	e, m := c.st.experimentModel(c.str("experimentModelId"))
	if e == nil {
		return nil, refused(http.StatusBadRequest, 42006, "no such experiment model: %s", c.str("experimentModelId"))
	}
	if err := c.mayWrite(e.workspace); err != nil {
		return nil, err
	}
	known, workspace := c.st.registered(e.workspace, name), e.workspace
	switch {
	case isNew && known != nil:
		return nil, refused(http.StatusBadRequest, 0, "the registry has a model %s already", name)
	case !isNew && known == nil:
		return nil, refused(http.StatusBadRequest, 42008, "the registry has no model %s", name)
	}
	number, id, itemID, now := c.str("version"), newID(), newID(), c.now()
	if known != nil {
		id = known.id
		highest := (&artifact{versions: known.numbered()}).highest()
		def(&number, nextMajor(highest))
		if first(known.items, func(i *item) bool { return i.number == number }) != nil {
			return nil, refused(http.StatusBadRequest, 0, "version %s of %s exists already", number, name)
		}
	}
	def(&number, "1.0.0")
	assets := e.modelAssets(m.name)
	c.s.do(func(st *state) {
		r := st.registered(workspace, name)
		if r == nil {
			r = &registered{id: id, workspace: workspace, name: name, description: c.str("description"), public: c.flag("isPublic"), created: now}
			st.models = append(st.models, r)
		}
		r.updated = now
		r.items = append(r.items, &item{itemID, number, c.str("comment"), m.id, m.name, e.key, slices.Clone(c.texts("stages")), assets, now, now})
	})
	return object{"registryModelId": id, "registryModelItemId": itemID}, nil
}

// numbered are the versions as those of an artifact, of which they share the order.
func (m *registered) numbered() (vs []*version) {
	for _, it := range m.items {
		vs = append(vs, &version{number: it.number})
	}
	return vs
}

// writableModel finds a model that the request names, and fails where it may not be written.
func (c *call) writableModel(workspace, name string) (*registered, error) {
	if err := c.mayWrite(workspace); err != nil {
		return nil, err
	}
	return c.findModel(workspace, name)
}

func (c *call) findModel(workspace, name string) (*registered, error) {
	if err := c.workspaceExists(workspace); err != nil {
		return nil, err
	}
	m := c.st.registered(workspace, name)
	if m == nil {
		return nil, refused(http.StatusBadRequest, 42008, "the registry has no model %s", name)
	}
	return m, nil
}

func (c *call) writeNotes() (any, error) {
	m, err := c.writableModel(c.str("workspaceName"), c.str("registryModelName"))
	if err != nil {
		return nil, err
	}
	c.changeModel(m.id, func(m *registered) { m.notes = c.str("notes") })
	return saved("Saved"), nil
}

// changeModel does something to a registered model in both states.
func (c *call) changeModel(id string, f func(*registered)) {
	now := c.now()
	c.s.do(func(st *state) {
		if m := first(st.models, func(m *registered) bool { return m.id == id }); m != nil {
			m.updated = now
			f(m)
		}
	})
}

func (c *call) updateModel() (any, error) {
	m := first(c.st.models, func(m *registered) bool { return m.id == c.str("registryModelId") })
	if m == nil {
		return nil, refused(http.StatusBadRequest, 42006, "no model to update: %s", c.str("registryModelId"))
	}
	if err := c.mayWrite(m.workspace); err != nil {
		return nil, err
	}
	if name := c.str("registryModelName"); c.has("registryModelName") {
		if !registryName.MatchString(name) {
			return nil, wrong(http.StatusBadRequest, "registryModelName is not in lower case with single dashes: %s", name)
		}
		if other := c.st.registered(m.workspace, name); other != nil && other != m {
			return nil, refused(http.StatusBadRequest, 0, "the registry has a model %s already", name)
		}
	}
	c.changeModel(m.id, func(m *registered) {
		if c.has("registryModelName") {
			m.name = c.str("registryModelName")
		}
		if c.has("description") {
			m.description = c.str("description")
		}
		if c.has("isPublic") {
			m.public = c.flag("isPublic")
		}
	})
	return saved("Saved"), nil
}
