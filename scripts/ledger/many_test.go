package main

import (
	"fmt"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
)

// A run of very many parameters has pages that a browser can show.
func TestManyParameters(t *testing.T) {
	dir := t.TempDir()
	store, err := track.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := store.Start("many", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20000 {
		r.Param(fmt.Sprintf("p%05d", i), i)
	}
	finish(t, r)
	s := testServer(t, dir)
	for path, says := range map[string]string{"/": "and 19700 more", "/run/many": "18000 more are in the run&#39;s log", "/?col=param:p19999": "p19999"} {
		if _, body := get(t, s, path); len(body) > 1<<20 || !strings.Contains(body, says) {
			t.Errorf("%s has %d bytes, and %q: %v", path, len(body), says, strings.Contains(body, says))
		}
	}
}
