package main

import (
	"net/url"
	"strings"

	"example.com/marketing/segkit/track"
)

// links says where things are: served, or among exported files. An empty answer means that it cannot be had there, and then
// there is no link.
type links interface {
	page(path string) string // index, compare, artifacts, run/REF or artifact/NAME
	asset(name string) string
	figure(r *run, f track.File) string // a picture
	report(r *run, f track.File) string // an HTML page of somebody else's
	table(r *run, f track.File) string  // a page that shows it
	file(r *run, f track.File) string   // a download
	artifactFile(a *track.Artifact, f track.ArtifactFile) string
	exported() bool
}

// served are the links of the server's pages.
type served struct{}

func (served) page(path string) string {
	if path == "index" {
		return "/"
	}
	return "/" + escapePath(path)
}

func (served) asset(name string) string             { return "/assets/" + name }
func (s served) figure(r *run, f track.File) string { return s.of(r, "figure", f) }
func (s served) report(r *run, f track.File) string { return s.of(r, "report", f) }
func (s served) table(r *run, f track.File) string  { return s.of(r, "table", f) }
func (s served) file(r *run, f track.File) string   { return s.of(r, "file/"+string(f.Kind), f) }
func (served) exported() bool                       { return false }
func (served) of(r *run, what string, f track.File) string {
	return "/" + escapePath("run/"+r.Ref+"/"+what+"/"+f.Path())
}

func (served) artifactFile(a *track.Artifact, f track.ArtifactFile) string {
	return "/" + escapePath("artifact/"+a.Name+"/"+versionText(a.Version)+"/"+f.Name)
}

// escapePath escapes a path's parts, whatever they are called.
func escapePath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}
