package cometserver

import "net/http"

func (c *call) listModels() (any, error) {
	name, out := "modelName", list{}
	if c.s.o.LongModelName {
		name = "experimentModelName"
	}
	for _, m := range c.exp.models {
		records := list{}
		for _, r := range c.st.models {
			for _, it := range r.items {
				if it.modelID == m.id {
					records = append(records, object{"registryModelId": r.id, "registryModelItemId": it.id,
						"registryModelName": r.name, "version": it.number, "createdAt": it.created})
				}
			}
		}
		out = append(out, object{"experimentModelId": m.id, "experimentKey": c.exp.key, name: m.name, "registryRecords": records})
	}
	return object{"models": out}, nil
}

func (c *call) downloadModel() (any, error) {
	assets := c.exp.modelAssets(c.str("modelName"))
	if len(assets) == 0 {
		return nil, refused(http.StatusBadRequest, 0, "the experiment has no model %s", c.str("modelName"))
	}
	return zipped(assets), nil
}

func (c *call) listRegistry() (any, error) {
	if err := c.workspaceExists(c.str("workspaceName")); err != nil {
		return nil, err
	}
	out := list{}
	for _, m := range c.st.models {
		if m.workspace == c.str("workspaceName") {
			out = append(out, c.registryModel(m))
		}
	}
	return object{"registryModels": out}, nil
}

func (c *call) countRegistry() (any, error) {
	if err := c.workspaceExists(c.str("workspaceName")); err != nil {
		return nil, err
	}
	n := len(filter(c.st.models, func(m *registered) bool { return m.workspace == c.str("workspaceName") }))
	return object{"registryModelCount": n}, nil
}

func (c *call) registryModel(m *registered) object {
	out := object{"registryModelId": m.id, "modelName": m.name, "description": orNull(m.description), "numberOfVersions": len(m.items),
		"isPublic": m.public, "latestVersion": nil, "imagePath": nil, "userName": c.s.o.User, "createdAt": m.created, "lastUpdated": m.updated}
	if n := len(m.items); n > 0 {
		out["latestVersion"] = c.registryItem(m, m.items[n-1])
	}
	return out
}

func (c *call) registryItem(m *registered, it *item) object {
	name, assets := "modelName", list{}
	if c.s.o.LongModelName {
		name = "experimentModelName"
	}
	for _, a := range it.assets {
		assets = append(assets, c.asset(a))
	}
	return object{"registryModelItemId": it.id, "version": it.number, "comment": orNull(it.comment), "stages": append([]string{}, it.stages...),
		"assets": assets, "experimentModel": object{"experimentModelId": it.modelID, "experimentKey": it.experiment, name: it.model},
		"userName": c.s.o.User, "createdAt": it.created, "lastUpdated": it.updated,
		"restApiUrl": c.base() + prefix + "/registry-model/item/download?workspaceName=" + m.workspace + "&modelName=" + m.name + "&version=" + it.number}
}

func (c *call) registryDetails() (any, error) {
	m, err := c.findModel(c.str("workspaceName"), c.str("modelName"))
	if err != nil {
		return nil, err
	}
	out := c.registryModel(m)
	delete(out, "latestVersion")
	out["workspaceId"] = m.workspace
	versions := list{}
	for _, it := range m.items {
		versions = append(versions, c.registryItem(m, it))
	}
	out["versions"] = versions
	return out, nil
}

// downloadItem takes the newest version without version and stage.
func (c *call) downloadItem() (any, error) {
	if c.has("version") && c.has("stage") {
		return nil, wrong(http.StatusBadRequest, "version and stage")
	}
	m, err := c.findModel(c.str("workspaceName"), c.str("modelName"))
	if err != nil {
		return nil, err
	}
	fits := filter(m.items, func(i *item) bool {
		return (!c.has("version") || i.number == c.str("version")) && (!c.has("stage") || contains(i.stages, c.str("stage")))
	})
	if len(fits) == 0 {
		return nil, refused(http.StatusBadRequest, 42008, "no such version of %s", m.name)
	}
	return zipped(fits[len(fits)-1].assets), nil
}

func (c *call) readNotes() (any, error) {
	m, err := c.findModel(c.str("workspaceName"), c.str("modelName"))
	if err != nil {
		return nil, err
	}
	return object{"notes": orNull(m.notes)}, nil
}
