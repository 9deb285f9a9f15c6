package cometserver

import (
	"net/http"
	"slices"
	"strconv"
)

// Artifacts (§7). The reads are in artifactread.go.
var artifactRoutes = []route{
	post("/write/artifacts/upsert", "experimentKey! artifactName! artifactType! version:version alias:texts versionTags:texts "+
		"versionMetadata:json isPublic:bool artifactId workspaceName projectName description metadata:json note comment emoji "+
		"tags:texts artifactVersionId state", (*call).upsert),
	post("/write/artifacts/state", "experimentKey! artifactVersionId! state!", (*call).setState),
	post("/write/artifacts/details", "artifactId! artifactType versionMetadata:json version:version tags:texts", (*call).editArtifact),
	post("/write/artifacts/version/labels", "artifactVersionId! alias:texts versionTags:texts versionMetadata:json", (*call).editLabels),
	get(versionPath, "workspace project artifactName artifactId versionId version:version alias versionOrAlias experimentKey consumerExperimentKey",
		(*call).readVersion),
	get("/artifacts/version/files", "artifactId versionId workspace project artifactName version:version alias", (*call).readFiles),
}

// The states of a version, as they are on the wire, and the alias that the server gives.
const (
	stateOpen   = "OPEN"
	stateClosed = "CLOSED"
	stateError  = "ERROR"
	aliasLatest = "Latest"
)

type artifact struct {
	id, name, kind, workspace, project, experiment string
	description, metadata, emoji                   string
	public                                         bool
	tags                                           []string
	versions                                       []*version // in the order of their creation
}

type version struct {
	id, number, state, creator, metadata, note string
	added                                      int64
	aliases, tags, consumers                   []string
	files                                      []*Asset
}

func (st *state) artifact(workspace, name string) *artifact {
	return first(st.artifacts, func(a *artifact) bool { return a.workspace == workspace && a.name == name })
}

func (st *state) version(id string) (*artifact, *version) {
	for _, a := range st.artifacts {
		if v := first(a.versions, func(v *version) bool { return v.id == id }); v != nil {
			return a, v
		}
	}
	return nil, nil
}

// changeVersion does something to a version in both states.
func (c *call) changeVersion(id string, f func(*artifact, *version)) {
	c.s.do(func(st *state) {
		if a, v := st.version(id); v != nil {
			f(a, v)
		}
	})
}

// highest is the version of the greatest number, "" if there is none.
func (a *artifact) highest() string {
	best := ""
	for _, v := range a.versions {
		if best == "" || less(best, v.number) {
			best = v.number
		}
	}
	return best
}

func less(a, b string) bool { return slices.Compare(numbers(a), numbers(b)) < 0 }

func numbers(v string) (n []int) {
	for _, part := range semver.FindStringSubmatch(v)[1:] {
		i, _ := strconv.Atoi(part)
		n = append(n, i)
	}
	return n
}

// nextMajor is what follows a version if the client names none: 2.5.14 → 3.0.0, and 1.0.0 to begin with (§7).
func nextMajor(v string) string {
	if v == "" {
		return "1.0.0"
	}
	return itoa(numbers(v)[0]+1) + ".0.0"
}

func (c *call) upsert() (any, error) {
	name, workspace := c.str("artifactName"), c.str("workspaceName")
	if len([]rune(name)) > 100 {
		return nil, wrong(http.StatusBadRequest, "artifactName has more than 100 characters")
	}
	def(&workspace, c.exp.workspace)
	if err := c.mayWrite(workspace); err != nil {
		return nil, err
	}
	number, previous, id, versionID := c.str("version"), "", newID(), newID()
	exists := false
	if a := c.st.artifact(workspace, name); a != nil {
		id, previous = a.id, a.highest()
		exists = first(a.versions, func(v *version) bool { return v.number == number }) != nil
	}
	switch {
	case number == "" || exists && c.s.o.NextIfExists:
		number = nextMajor(previous)
	case exists:
		return nil, refused(http.StatusBadRequest, 90399, "version %s of %s exists already", number, name)
	}
	project, creator, now := c.str("projectName"), c.exp.key, c.now()
	def(&project, c.exp.project)
	c.s.do(func(st *state) {
		a := st.artifact(workspace, name)
		if a == nil {
			a = &artifact{id: id, name: name, kind: c.str("artifactType"), workspace: workspace, project: project, experiment: creator,
				description: c.str("description"), metadata: c.str("metadata"), emoji: c.str("emoji"), public: c.flag("isPublic"),
				tags: slices.Clone(c.texts("tags"))}
			st.artifacts = append(st.artifacts, a)
		}
		a.versions = append(a.versions, &version{id: versionID, number: number, state: stateOpen, creator: creator, added: now,
			metadata: c.str("versionMetadata"), note: c.str("note"), aliases: slices.Clone(c.texts("alias")),
			tags: slices.Clone(c.texts("versionTags"))})
	})
	return object{"artifactId": id, "artifactVersionId": versionID, "currentVersion": number, "previousVersion": orNull(previous)}, nil
}

// openVersion fails unless files may be added to the version; an id of "" is none.
func (c *call) openVersion(id string) error {
	if id == "" {
		return nil
	}
	a, v := c.st.version(id)
	switch {
	case v == nil:
		return refused(http.StatusBadRequest, 624523, "no such artifact version: %s", id)
	case v.creator != c.exp.key:
		return refused(http.StatusBadRequest, 0, "version %s of %s belongs to another experiment", v.number, a.name)
	case v.state != stateOpen:
		return refused(http.StatusBadRequest, 90401, "version %s of %s is %s", v.number, a.name, v.state)
	}
	return nil
}

// setState closes a version or marks it as failed. Its aliases leave the older versions when it is closed, and Latest
// goes to the newest version that is.
func (c *call) setState() (any, error) {
	id, to := c.str("artifactVersionId"), c.str("state")
	if to != stateOpen && to != stateClosed && to != stateError {
		e := wrong(http.StatusBadRequest, "there is no state %s", to)
		e.sdk = 90410
		return nil, e
	}
	_, v := c.st.version(id)
	again := v != nil && v.state == to && v.creator == c.exp.key && c.s.o.CloseAgain
	if !again {
		if err := c.openVersion(id); err != nil {
			return nil, err
		}
		c.changeVersion(id, func(a *artifact, v *version) {
			if v.state = to; to == stateClosed {
				a.closed(v)
			}
		})
	}
	if c.s.o.StateJSON {
		return saved("Saved"), nil
	}
	return empty{}, nil
}

func (a *artifact) closed(v *version) {
	a.take(v, v.aliases)
	newest := filter(a.versions, func(v *version) bool { return v.state == stateClosed })
	last := newest[len(newest)-1]
	a.take(last, []string{aliasLatest})
	if !contains(last.aliases, aliasLatest) {
		last.aliases = append(last.aliases, aliasLatest)
	}
}

// take removes aliases from all versions but one.
func (a *artifact) take(to *version, aliases []string) {
	for _, v := range a.versions {
		if v != to {
			v.aliases = slices.DeleteFunc(slices.Clone(v.aliases), func(s string) bool { return contains(aliases, s) })
		}
	}
}

func (c *call) editArtifact() (any, error) {
	id := c.str("artifactId")
	a := first(c.st.artifacts, func(a *artifact) bool { return a.id == id })
	if a == nil {
		return nil, refused(http.StatusBadRequest, 624522, "no such artifact: %s", id)
	}
	if err := c.mayWrite(a.workspace); err != nil {
		return nil, err
	}
	c.s.do(func(st *state) {
		a := first(st.artifacts, func(a *artifact) bool { return a.id == id })
		if c.has("artifactType") {
			a.kind = c.str("artifactType")
		}
		if c.has("versionMetadata") {
			a.metadata = c.str("versionMetadata")
		}
		if c.has("tags") {
			a.tags = slices.Clone(c.texts("tags"))
		}
	})
	return saved("Saved"), nil
}

// editLabels replaces the lists, Latest included (§7).
func (c *call) editLabels() (any, error) {
	id := c.str("artifactVersionId")
	a, v := c.st.version(id)
	if v == nil {
		return nil, refused(http.StatusBadRequest, 624523, "no such artifact version: %s", id)
	}
	if err := c.mayWrite(a.workspace); err != nil {
		return nil, err
	}
	c.changeVersion(id, func(a *artifact, v *version) {
		if c.has("alias") {
			v.aliases = slices.Clone(c.texts("alias"))
			a.take(v, v.aliases)
		}
		if c.has("versionTags") {
			v.tags = slices.Clone(c.texts("versionTags"))
		}
		if c.has("versionMetadata") {
			v.metadata = c.str("versionMetadata")
		}
	})
	return saved("Saved"), nil
}
