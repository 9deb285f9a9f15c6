package track

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// environment is what a run says of where it was made: versions and the processor, and nothing that names a person or a
// machine.
var environment = sync.OnceValue(func() map[string]string {
	e := map[string]string{"go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH, "processors": fmt.Sprint(runtime.NumCPU())}
	if p := processor(); p != "" {
		e["processor"] = p
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		built(e, info)
	}
	if e["code"] == "" { // as in a notebook's cell, which is built outside of any repository
		if dir, err := os.Getwd(); err == nil {
			commit, branch := checkedOut(dir)
			e["code"], e["branch"] = commit, branch
		}
	}
	maps.DeleteFunc(e, func(_, value string) bool { return value == "" })
	return e
})

// built adds what the program was built from.
func built(e map[string]string, info *debug.BuildInfo) {
	for _, m := range info.Deps {
		e["module "+m.Path] = m.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			e["code"] = s.Value
		case "vcs.modified":
			e["code modified"] = s.Value
		}
	}
}

// checkedOut returns the commit and the branch of the Git repository that a folder is in; empty where there is none, or no
// branch. It reads what `git rev-parse` would, and knows no more: whether files were changed since is not in it.
func checkedOut(dir string) (commit, branch string) {
	git := filepath.Join(dir, ".git")
	for {
		if _, err := os.Stat(git); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ""
		}
		dir, git = parent, filepath.Join(parent, ".git")
	}
	if to, ok := strings.CutPrefix(firstLine(git), "gitdir: "); ok { // a work tree beside its repository
		if git = to; !filepath.IsAbs(to) {
			git = filepath.Join(dir, to)
		}
	}
	common := git
	if to := firstLine(filepath.Join(git, "commondir")); to != "" {
		if common = to; !filepath.IsAbs(to) {
			common = filepath.Join(git, to)
		}
	}
	ref, ok := strings.CutPrefix(firstLine(filepath.Join(git, "HEAD")), "ref: ")
	if !ok {
		return commitOf(firstLine(filepath.Join(git, "HEAD"))), ""
	}
	branch = strings.TrimPrefix(ref, "refs/heads/")
	if commit = commitOf(firstLine(filepath.Join(common, filepath.FromSlash(ref)))); commit != "" {
		return commit, branch
	}
	packed, _ := os.ReadFile(filepath.Join(common, "packed-refs"))
	for line := range strings.Lines(string(packed)) {
		if h, name, _ := strings.Cut(strings.TrimSpace(line), " "); name == ref {
			return commitOf(h), branch
		}
	}
	return "", branch
}

// firstLine returns a small file's, or nothing.
func firstLine(path string) string {
	b, _ := os.ReadFile(path)
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(line)
}

// commitOf returns s where it is a commit's hash.
func commitOf(s string) string {
	if _, err := hex.DecodeString(s); err != nil || len(s) < 40 {
		return ""
	}
	return s
}

// processor returns its name where Linux tells it.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
