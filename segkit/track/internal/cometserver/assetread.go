package cometserver

import (
	"archive/zip"
	"io"
	"net/http"
	"os"
	"strconv"
)

func (c *call) listAssets() (any, error) {
	kind, out := c.str("type"), list{}
	def(&kind, "all")
	if kind != "all" && kind != "unknown" && !contains(assetTypes, kind) {
		return nil, wrong(http.StatusBadRequest, "there is no asset type %s", kind)
	}
	for _, a := range c.exp.assets {
		if a.ArtifactVersion != "" && c.s.o.HideArtifactFiles {
			continue
		}
		if kind == "all" || kind == c.s.typeOf(a) {
			out = append(out, c.asset(a))
		}
	}
	return object{"assets": out}, nil
}

// typeOf is the type that an asset is listed with (§7: unknown for files of artifacts, whatever was sent).
func (s *Server) typeOf(a *Asset) string {
	if a.ArtifactVersion != "" && !s.o.KeepFileType {
		return "unknown"
	}
	return a.Type
}

// asset is A of §6. The epoch is not returned.
func (c *call) asset(a *Asset) object {
	get := c.base() + prefix + "/experiment/asset/get-asset?experimentKey=" + a.Experiment + "&assetId=" + a.ID
	out := object{"assetId": a.ID, "fileName": a.Name, "fileSize": a.Size, "type": c.s.typeOf(a), "step": a.Step,
		"runContext": orNull(a.Context), "metadata": orNull(a.Metadata), "createdAt": a.Created, "remote": a.Remote,
		"link": get, "compressedAssetLink": nil, "dir": "others", "canView": false, "audio": a.Type == "audio",
		"video": a.Type == "video", "histogram": a.Type == "histogram3d", "image": a.Type == "image", "tags": list{},
		"curlDownload": "curl \"" + get + "\" -H\"Authorization: <Your Api Key>\" > " + a.Name}
	if a.Remote {
		out["link"] = a.Link
	}
	return out
}

// getAsset sends the bytes with 200, not a redirect (§1). With artifactVersionId the experiment may be another than the
// one that uploaded the file: it is then the one that uses the artifact.
func (c *call) getAsset() (any, error) {
	id, versionID := c.str("assetId"), c.str("artifactVersionId")
	from := c.exp.assets
	if versionID != "" {
		_, v := c.st.version(versionID)
		if v == nil {
			return nil, refused(http.StatusBadRequest, 624523, "no such artifact version: %s", versionID)
		}
		if v.creator != c.exp.key {
			if err := v.readable(); err != nil {
				return nil, err
			}
		}
		from = v.files
	}
	a := first(from, func(a *Asset) bool { return a.ID == id })
	if a == nil {
		return nil, refused(http.StatusBadRequest, 0, "no such asset: %s", id)
	}
	if a.Remote {
		return nil, wrong(http.StatusBadRequest, "a remote asset has a link, no content")
	}
	f, err := os.Open(a.Path)
	if err != nil {
		return nil, refused(http.StatusBadRequest, 0, "the asset was deleted: %s", id)
	}
	return sent(func(w http.ResponseWriter) {
		defer f.Close()
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", strconv.FormatInt(a.Size, 10))
		io.Copy(w, f)
	}), nil
}

// zipped sends assets as one zip, of which files that are gone and remote ones are not part.
func zipped(assets []*Asset) sent {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/zip")
		z := zip.NewWriter(w)
		defer z.Close()
		for _, a := range assets {
			f, err := os.Open(a.Path)
			if err != nil {
				continue
			}
			if part, err := z.Create(a.Name); err == nil {
				io.Copy(part, f)
			}
			f.Close()
		}
	}
}
