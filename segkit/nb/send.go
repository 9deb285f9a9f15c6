package nb

import (
	"context"
	"fmt"
	"html/template"
	"strings"

	"example.com/marketing/segkit/track"
)

// Send sends what a target has not got yet of a store's runs, all or those that are named, shows a progress bar meanwhile, and
// says below the cell what was sent where. It is the only thing in a notebook that sends anything. Where the target does not
// answer, the cell ends with one sentence that says what is still to be sent; the same cell run again goes on from there.
//
//	nb.Send(ctx, store, nb.Must(comet.New(ctx, nil))) // COMET_API_KEY, or .comet.config
func Send(ctx context.Context, s *track.Store, target track.Target, runs ...string) {
	bar := Progress(target.Place())
	report, err := track.Sync(ctx, s, target, &track.SyncOptions{Runs: runs, Progress: func(p track.SyncProgress) {
		bar(int(p.Sent), int(p.Total))
	}})
	bar(1, 1)
	if err != nil {
		Check(fmt.Errorf("%w (%v)", err, report))
	}
	html(sentHTML(target, report))
}

var sentTemplate = template.Must(template.New("").Parse(`<p><a href="{{.Link}}">{{.Place}}</a>: {{.Report}}.</p>`))

func sentHTML(target track.Target, report track.SyncReport) string {
	var b strings.Builder
	if err := sentTemplate.Execute(&b, map[string]string{"Link": target.Link(), "Place": target.Place(), "Report": report.String()}); err != nil {
		panic(err) // the template and its data are this file's own
	}
	return b.String()
}
