package cometserver

import "net/http"

const versionPath = "/artifacts/version"

// readable fails for a version whose files may not all be there (§7).
func (v *version) readable() error {
	switch v.state {
	case stateOpen:
		return refused(http.StatusBadRequest, 90402, "version %s is not closed yet", v.number)
	case stateError:
		return refused(http.StatusBadRequest, 90403, "version %s is not closed, an error occurred", v.number)
	}
	return nil
}

// lookup finds a version by its id, or an artifact by id or name and its version by number or alias. Without either
// it is the newest that is closed, or the newest if none is.
func (c *call) lookup(st *state) (*artifact, *version, error) {
	which := 0
	for _, name := range []string{"versionId", "version", "alias", "versionOrAlias"} {
		if c.has(name) {
			which++
		}
	}
	if which > 1 || !c.has("artifactId") && !c.has("artifactName") && !c.has("versionId") {
		return nil, nil, wrong(http.StatusBadRequest, "give an artifact, and one of versionId, version, alias and versionOrAlias")
	}
	a := c.findArtifact(st)
	if a == nil {
		return nil, nil, refused(http.StatusBadRequest, 624522, "no such artifact: %s", c.str("artifactId")+c.str("artifactName"))
	}
	v := c.findVersion(a)
	if v == nil {
		return nil, nil, refused(http.StatusBadRequest, 624523, "no such version of %s", a.name)
	}
	return a, v, nil
}

func (c *call) findArtifact(st *state) *artifact {
	if c.has("versionId") {
		a, _ := st.version(c.str("versionId"))
		if a == nil || c.has("artifactId") && c.str("artifactId") != a.id {
			return nil
		}
		return a
	}
	if c.has("artifactId") {
		return first(st.artifacts, func(a *artifact) bool { return a.id == c.str("artifactId") })
	}
	workspace := c.str("workspace")
	if c.exp != nil {
		def(&workspace, c.exp.workspace)
	}
	def(&workspace, c.s.o.Workspace)
	a := st.artifact(workspace, c.str("artifactName"))
	if a != nil && c.has("project") && a.project != c.str("project") {
		return nil
	}
	return a
}

func (c *call) findVersion(a *artifact) *version {
	id, number, alias, either := c.str("versionId"), c.str("version"), c.str("alias"), c.str("versionOrAlias")
	any := id+number+alias+either == ""
	fits := filter(a.versions, func(v *version) bool {
		return any || id != "" && v.id == id || number != "" && v.number == number || alias != "" && contains(v.aliases, alias) ||
			either != "" && (v.number == either || contains(v.aliases, either))
	})
	if closed := filter(fits, func(v *version) bool { return v.state == stateClosed }); len(closed) > 0 {
		fits = closed
	}
	if len(fits) == 0 {
		return nil
	}
	return fits[len(fits)-1]
}

// readVersion is step 2 of a client that makes a version, and what one that uses it asks. The former must see what it
// has just made, open and without delay, as the clients go on with the answer at once; the latter sees what is closed
// and visible, and is noted as a consumer.
func (c *call) readVersion() (any, error) {
	if a, v := c.s.truth.version(c.str("versionId")); v != nil && c.exp != nil && v.creator == c.exp.key && !c.has("consumerExperimentKey") {
		if c.has("artifactId") && c.str("artifactId") != a.id {
			return nil, refused(http.StatusBadRequest, 624522, "no such artifact: %s", c.str("artifactId"))
		}
		return c.versionDetails(a, v), nil
	}
	a, v, err := c.lookup(c.st)
	if err == nil {
		err = v.readable()
	}
	if err != nil {
		return nil, err
	}
	if key := c.str("consumerExperimentKey"); c.has("consumerExperimentKey") {
		if c.s.truth.byKey[key] == nil {
			return nil, refused(http.StatusBadRequest, 90211, "no such experiment: %s", key)
		}
		c.changeVersion(v.id, func(_ *artifact, v *version) {
			if !contains(v.consumers, key) {
				v.consumers = append(v.consumers, key)
			}
		})
	}
	return c.versionDetails(a, v), nil
}

// versionDetails is VD of §7.
func (c *call) versionDetails(a *artifact, v *version) object {
	var size int64
	for _, f := range v.files {
		size += f.Size
	}
	return object{"artifactVersionId": v.id, "artifactVersion": v.number, "experimentKey": v.creator, "owner": c.s.o.User,
		"createdFrom": nil, "sizeInBytes": size, "metadata": orNull(v.metadata), "note": orNull(v.note), "added": v.added,
		"state": v.state, "tags": append([]string{}, v.tags...), "alias": append([]string{}, v.aliases...),
		"artifact": object{"artifactId": a.id, "artifactName": a.name, "artifactType": a.kind, "workspaceId": a.workspace,
			"workspaceName": a.workspace, "projectId": a.project, "experimentKey": a.experiment, "description": orNull(a.description),
			"version": a.highest(), "metadata": orNull(a.metadata), "isPublic": a.public, "owner": c.s.o.User, "s3FileSize": size,
			"emoji": orNull(a.emoji), "tags": append([]string{}, a.tags...)}}
}

func (c *call) readFiles() (any, error) {
	a, v, err := c.lookup(c.st)
	if err == nil {
		err = v.readable()
	}
	if err != nil {
		return nil, err
	}
	out := list{}
	for _, f := range v.files {
		x := c.asset(f)
		out = append(out, object{"artifactId": a.id, "artifactVersionId": v.id, "assetId": f.ID, "fileName": f.Name, "fileSize": f.Size,
			"link": x["link"], "dir": x["dir"], "type": x["type"], "metadata": x["metadata"], "remote": f.Remote})
	}
	return object{"files": out}, nil
}
