package cometserver

import (
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
)

// Assets (§5, §6).
var assetRoutes = []route{
	upload("/write/experiment/upload-asset",
		"experimentKey! fileName type extension overwrite:bool step:int epoch:int context groupingName artifactVersionId isRemote:bool source",
		"file metadata:json link", (*call).uploadAsset),
	get("/write/experiment/asset/delete", "experimentKey! assetId!", (*call).deleteAsset),
	get("/experiment/asset/list", "experimentKey! type", (*call).listAssets),
	get("/experiment/asset/get-asset", "experimentKey! assetId! artifactVersionId", (*call).getAsset),
}

// Asset is a file of an experiment or of an artifact version. It never changes.
type Asset struct {
	ID, Name, Type, Extension string
	Group                     string // groupingName: the model it belongs to
	Context                   string
	Step, Epoch               *int64 // nil = none
	Size                      int64
	SHA256                    string // of the content, in hex; "" if remote
	Path                      string // where the content lies; "" if remote
	Metadata                  string // the text of a JSON object, as sent; "" = none
	Remote                    bool
	Link                      string // of a remote asset
	Experiment                string // the key of the experiment that uploaded it
	ArtifactVersion           string // the id of the version it belongs to; "" = none
	Overwrite                 bool   // as sent
	Created                   int64  // ms since 1970
}

// assetTypes are those of §5.1 that may be sent.
var assetTypes = strings.Fields("asset source_code model-element dataframe image text-sample curve audio video histogram3d " +
	"histogram_combined_3d confusion-matrix embeddings notebook dataframe-profile datagrid 3d-image 3d-points tensorflow-file " +
	"llm_data git-patch visualization conda-info conda-specification conda-environment-definition asset-item")

func (c *call) uploadAsset() (any, error) {
	if err := c.checkUpload().err(); err != nil {
		return nil, err
	}
	a := &Asset{ID: newID(), Name: c.str("fileName"), Type: c.str("type"), Extension: c.str("extension"), Group: c.str("groupingName"),
		Context: c.str("context"), Step: c.num("step"), Epoch: c.num("epoch"), Metadata: c.str("metadata"), Remote: c.flag("isRemote"),
		Link: c.str("link"), Experiment: c.exp.key, ArtifactVersion: c.str("artifactVersionId"), Overwrite: c.flag("overwrite"), Created: c.now()}
	def(&a.Type, "asset")
	if f := c.file; f != nil {
		def(&a.Name, path.Base(f.name))
		a.Size, a.SHA256, a.Path = f.size, f.sha, f.path
	} else if u, err := url.Parse(a.Link); err == nil {
		def(&a.Name, strings.TrimPrefix(u.Path[strings.LastIndex(u.Path, "/")+1:], "/"))
		def(&a.Name, "remote")
	}
	if most := c.s.o.MaxStorage; most > 0 && c.st.stored()+a.Size > most {
		return nil, refused(http.StatusBadRequest, 90501, "the files would have more than %d bytes", most)
	}
	if err := c.openVersion(a.ArtifactVersion); err != nil {
		return nil, err
	}
	old := filter(c.exp.assets, func(b *Asset) bool { return c.s.replaces(a, b) })
	modelID, replaces := newID(), c.s.replaces
	c.change(func(e *experiment) {
		e.assets = append(slices.DeleteFunc(e.assets, func(b *Asset) bool { return replaces(a, b) }), a)
		isModel := func(m model) bool { return m.name == a.Group }
		if a.Group != "" && !slices.ContainsFunc(e.models, isModel) {
			e.models = append(e.models, model{modelID, a.Group})
		}
	})
	if a.ArtifactVersion != "" {
		c.changeVersion(a.ArtifactVersion, func(_ *artifact, v *version) {
			v.files = append(slices.DeleteFunc(v.files, func(b *Asset) bool { return replaces(a, b) }), a)
		})
	}
	c.forget(old)
	if c.file != nil {
		c.file.kept = true
	}
	out := saved("Saved")
	if c.s.o.UploadAssetID {
		out["assetId"] = a.ID
	}
	return out, nil
}

// checkUpload finds what a correct client would not send, beyond the types of the parameters.
func (c *call) checkUpload() (p problems) {
	bad := func(is bool, msg string) {
		if is {
			p = append(p, msg)
		}
	}
	kind, remote := c.str("type"), c.flag("isRemote")
	bad(kind != "" && !contains(assetTypes, kind), "type "+kind+" cannot be sent")
	bad(strings.HasPrefix(c.str("extension"), "."), "extension begins with a dot")
	bad(kind != "model-element" && c.has("groupingName"), "groupingName without type model-element")
	bad(kind == "model-element" && c.str("groupingName") == "", "model-element without groupingName")
	bad(strings.Contains(c.str("groupingName"), "/"), "groupingName contains /")
	bad(c.has("artifactVersionId") && kind != "asset", "a file of an artifact whose type is not asset")
	bad(remote && c.file != nil, "isRemote with a file")
	bad(remote && c.str("link") == "", "isRemote without link")
	bad(!remote && c.has("link"), "link without isRemote")
	bad(!remote && c.file == nil, "file is missing in the form")
	bad(!remote && c.str("fileName") == "" && (c.file == nil || c.file.name == ""), "neither fileName nor a name of the file")
	return p
}

// replaces says whether a takes the place of b (§5).
func (s *Server) replaces(a, b *Asset) bool {
	return a.Name == b.Name && a.ArtifactVersion == b.ArtifactVersion && a.Experiment == b.Experiment &&
		(a.Overwrite || s.o.ReplaceSameName) && (a.Group == b.Group || !s.o.OverwriteInGroup)
}

// forget removes the contents of assets, unless reads still show them, or a registered model has them.
func (c *call) forget(assets []*Asset) {
	if c.s.o.VisibleAfter > 0 {
		return
	}
	for _, a := range assets {
		if a.Path != "" && !c.st.registeredAsset(a) {
			os.Remove(a.Path)
		}
	}
}

// stored is how many bytes the files have.
func (st *state) stored() (n int64) {
	for _, e := range st.experiments {
		for _, a := range e.assets {
			n += a.Size
		}
	}
	return n
}

func (c *call) deleteAsset() (any, error) {
	id := c.str("assetId")
	a := first(c.exp.assets, func(a *Asset) bool { return a.ID == id })
	if a == nil {
		return nil, refused(http.StatusBadRequest, 0, "no such asset: %s", id)
	}
	if err := c.openVersion(a.ArtifactVersion); err != nil {
		return nil, err
	}
	drop := func(all []*Asset) []*Asset { return slices.DeleteFunc(all, func(a *Asset) bool { return a.ID == id }) }
	c.change(func(e *experiment) { e.assets = drop(e.assets) })
	if a.ArtifactVersion != "" {
		c.changeVersion(a.ArtifactVersion, func(_ *artifact, v *version) { v.files = drop(v.files) })
	}
	c.forget([]*Asset{a})
	return object{"msg": "Deleted"}, nil
}
