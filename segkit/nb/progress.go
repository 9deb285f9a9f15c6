package nb

import (
	"fmt"
	"html/template"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

// Progress returns a function that draws a bar with the label: call it with how much is done, of how much. The bar goes
// away when all is done, so that it leaves no trace in the saved notebook; on a published page it is not drawn at all.
// Calls must not overlap.
//
//	bar := nb.Progress("k-means")
//	results, err := segkit.FindClusters(ctx, store, "full", customers, x, &segkit.Options{Seed: 42, Progress: bar})
func Progress(label string) func(done, total int) {
	if Published() || !gonbui.IsNotebook {
		return func(int, int) {}
	}
	id := "progress-" + gonbui.UniqueId()
	var drawn time.Time
	shown := false
	return func(done, total int) {
		if done >= total {
			if shown {
				gonbui.UpdateHTML(id, "")
				gonbui.Sync()
			}
			shown = false
			return
		}
		// Ten pictures a second are smooth enough; more would cost the work its time.
		if time.Since(drawn) < 100*time.Millisecond {
			return
		}
		drawn, shown = time.Now(), true
		gonbui.UpdateHTML(id, progressHTML(label, done, total))
	}
}

func progressHTML(label string, done, total int) string {
	return fmt.Sprintf(`<label>%s <progress max="%d" value="%d"></progress> %d of %d</label>`,
		template.HTMLEscapeString(label), total, done, done, total)
}
