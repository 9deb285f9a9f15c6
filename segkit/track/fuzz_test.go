package track_test

import (
	"os"
	"path/filepath"
	"testing"

	"example.com/marketing/segkit/track"
)

// Whatever stands in a log or in an artifact's file, reading it gives a run or an error.
func FuzzLog(f *testing.F) {
	dir := f.TempDir()
	s, err := track.Open(dir)
	if err != nil {
		f.Fatal(err)
	}
	r, err := s.Start("run", nil)
	if err != nil {
		f.Fatal(err)
	}
	r.Param("k", 3)
	r.Metric("loss", 0.5, 1)
	r.Table("t.csv", text("x"))
	r.Artifact(track.Artifact{Name: "a", Aliases: []string{"best"}}, track.Content{Name: "a", Write: text("")})
	if err := r.End(); err != nil {
		f.Fatal(err)
	}
	for _, path := range []string{"run/0001.jsonl", "artifacts/a.jsonl"} {
		b, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		dir := t.TempDir()
		s, err := track.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range []string{"run", "artifacts"} {
			if err := os.MkdirAll(filepath.Join(dir, folder), 0o777); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "run", "0001.jsonl"), log, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "artifacts", "a.jsonl"), log, 0o666); err != nil {
			t.Fatal(err)
		}
		if r, err := s.Load("run"); err == nil {
			for name, m := range r.Metrics {
				points, err := r.Points(name)
				if err != nil || len(points) != m.Count {
					t.Fatalf("%d points of %d, %v", len(points), m.Count, err)
				}
			}
			for _, file := range r.Files {
				if f, err := r.Open(file.Kind, file.Name); err == nil {
					f.Close()
					t.Fatalf("%+v is there", file)
				}
			}
		}
		if all, err := s.Artifacts(); err == nil {
			for i, a := range all {
				if a.Version != i+1 {
					t.Fatalf("version %d at %d", a.Version, i)
				}
			}
		}
	})
}
