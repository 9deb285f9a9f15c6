package main

import (
	"fmt"
	"slices"
	"strings"

	"example.com/marketing/segkit/track"
)

// lineage is what something was made from, and what was made from it: three columns that link both ways.
type lineage struct {
	From, To []ref
	Here     string
}

// artifactList is the page of all artifacts.
type artifactList struct {
	Artifacts []artifactRow
	Note      string
}

type artifactRow struct {
	ref
	Versions int
	Newest   versionBody
}

// artifactBody is the page of one artifact, the newest version first.
type artifactBody struct {
	Name     string
	Versions []versionBody
	Withheld bool
}

type versionBody struct {
	Version  int
	Anchor   string
	Aliases  []string
	Note     string
	Made     cell
	Metadata []named
	Files    []fileRow
	Size     string
	Lineage  lineage
}

// artifactVersions returns all versions that can be read, and what is wrong with others.
func (v views) artifactVersions() (all []*track.Artifact, trouble error) {
	all, err := v.book.store.Artifacts()
	if err != nil {
		trouble = fmt.Errorf("not all artifacts can be read: %s", v.book.plain(err))
	}
	return all, trouble
}

func (v views) artifacts() (*page, error) {
	all, trouble := v.artifactVersions()
	runs, err := v.book.runs()
	if err != nil {
		return nil, err
	}
	l := &artifactList{}
	if trouble != nil { // said on the page, to which every other one links
		l.Note = trouble.Error()
	}
	for i, a := range all {
		if i+1 < len(all) && all[i+1].Name == a.Name {
			continue
		}
		url := v.links.page("artifact/" + a.Name)
		l.Artifacts = append(l.Artifacts, artifactRow{ref{Text: a.Name, URL: url}, a.Version, v.version(a, runs, true)})
	}
	p := v.page("Artifacts", "artifacts", "artifacts", l)
	p.Live = anyRunning(runs)
	return p, nil
}

func (v views) artifact(name string) (*page, error) {
	all, trouble := v.artifactVersions()
	runs, err := v.book.runs()
	if err != nil {
		return nil, err
	}
	b := &artifactBody{Name: name}
	for _, a := range slices.Backward(all) {
		if a.Name == name {
			newest := len(b.Versions) == 0
			b.Versions = append(b.Versions, v.version(a, runs, newest))
		}
	}
	if len(b.Versions) == 0 {
		return nil, trouble // it may be the one that cannot be read
	}
	b.Withheld = v.links.exported() && b.Versions[0].Files[0].Download == ""
	p := v.page(name, "artifacts", "artifact", b)
	p.Live = anyRunning(runs)
	return p, nil
}

func (v views) version(a *track.Artifact, runs []*run, newest bool) versionBody {
	b := versionBody{Version: a.Version, Anchor: versionText(a.Version), Aliases: slices.Clone(a.Aliases), Note: a.Note, Made: timeCell(a.Made), Metadata: namedValues(a.Metadata)}
	if newest {
		b.Aliases = append([]string{track.Latest}, b.Aliases...)
	}
	var size int64
	for _, f := range a.Files {
		size += f.Size
		b.Files = append(b.Files, fileRow{Name: f.Name, Size: bytesText(f.Size), Download: v.links.artifactFile(a, f)})
	}
	b.Size = bytesText(size)
	b.Lineage = v.artifactLineage(a, runs)
	return b
}

// artifactLineage says which run made a version, and which worked with it.
func (v views) artifactLineage(a *track.Artifact, runs []*run) lineage {
	l := lineage{Here: fmt.Sprintf("%s %s", a.Name, versionText(a.Version))}
	version := track.ArtifactRef{Name: a.Name, Version: a.Version}
	maker := ref{Text: a.Run, Note: "since replaced"}
	for _, r := range runs {
		if r.ID == a.RunID {
			maker = v.ref(r)
		}
	}
	// A later run of the name that made the same content has that very version as its own.
	others := []ref{}
	for _, r := range runs {
		if slices.Contains(r.Made, version) && r.ID != a.RunID {
			again := v.ref(r)
			again.Note = strings.TrimSpace(again.Note + " made the same again")
			others = append(others, again)
		}
		if slices.Contains(r.Used, version) {
			l.To = append(l.To, v.ref(r))
		}
	}
	l.From = append([]ref{maker}, others...)
	return l
}

func (v views) runLineage(r *run) lineage {
	l := lineage{Here: r.Name}
	link := func(a track.ArtifactRef) ref {
		return ref{Text: fmt.Sprintf("%s %s", a.Name, versionText(a.Version)), URL: v.links.page("artifact/"+a.Name) + "#" + versionText(a.Version)}
	}
	for _, a := range r.Used {
		l.From = append(l.From, v.existing(link(a), a))
	}
	for _, a := range r.Made {
		l.To = append(l.To, v.existing(link(a), a))
	}
	return l
}

// existing takes the link from a version that is not there: its file may have been removed by hand.
func (v views) existing(link ref, a track.ArtifactRef) ref {
	if _, err := v.book.store.Artifact(a.Name + ":" + fmt.Sprint(a.Version)); err != nil {
		link.URL, link.Note = "", "not in the store"
	}
	return link
}
