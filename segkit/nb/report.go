package nb

import (
	"fmt"
	"html/template"
	"strings"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/profile"
)

// Report displays the profile report inside the notebook, in a frame of width by height pixels (never wider than the page)
// in which the report is drawn at the given scale, 1 being its own size. It panics for a scale that is not above 0. It is the brief one, for the notebook's file holds
// it; WriteHTML writes the whole report.
func Report(r *profile.Report, width, height int, scale float64) {
	if !(scale > 0) {
		panic(fmt.Sprintf("nb: a report at the scale %v", scale))
	}
	var page strings.Builder
	Check(r.WriteBrief(&page))
	html(frameHTML(page.String(), width, height, scale))
}

// frameHTML holds the page as an attribute of its frame: nothing is loaded, its styles do not touch the notebook, and its
// script can reach nothing outside the frame.
func frameHTML(page string, width, height int, scale float64) string {
	return fmt.Sprintf(`<div style="width:%dpx;max-width:100%%;height:%dpx;overflow:hidden;border:1px solid #c8ced6;border-radius:4px">`+
		`<iframe title="Profile report" sandbox="allow-scripts" style="width:%.4g%%;height:%.4g%%;max-width:none;border:0;transform:scale(%g);transform-origin:0 0" srcdoc='%s'></iframe></div>`,
		width, height, 100/scale, 100/scale, scale, inQuotes.Replace(page))
}

// inQuotes escapes what would end an attribute in single quotes, or be read as an entity in it, and nothing else: thousands
// of escaped double quotes would add a tenth to the notebook. A line end becomes an entity, for each line of an output takes
// another dozen bytes of a notebook's file.
var inQuotes = strings.NewReplacer("&", "&amp;", "'", "&#39;", "\n", "&#10;")

// Source displays which data a notebook works on, and makes it plain where they are synthetic.
func Source(s dataset.Source) {
	if s.Synthetic {
		html(fmt.Sprintf(`<p style="padding:.6em 1em;border-left:.35em solid #b87800;background:#fff3d6;color:#5c3c00">`+
			`<strong>Synthetic data.</strong> No real data set was found, so these are %s. <code>scripts/run --fetch</code> gets the real one.</p>`,
			template.HTMLEscapeString(s.String())))
		return
	}
	html(fmt.Sprintf("<p>Data: <code>%s</code></p>", template.HTMLEscapeString(s.String())))
}
