package track

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What is read of a repository is what Git says.
func TestCheckedOut(t *testing.T) {
	dir := t.TempDir()
	git := func(in string, args ...string) string {
		t.Helper()
		c := exec.Command("git", append([]string{"-C", in, "-c", "user.name=x", "-c", "user.email=x", "-c", "init.defaultBranch=trunk"}, args...)...)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	same := func(in, branch string) {
		t.Helper()
		head := git(in, "rev-parse", "HEAD")
		if commit, b := checkedOut(in); commit+"\n" != head || b != branch {
			t.Errorf("%s: %q on %q, git says %q on %q", in, commit, b, head, branch)
		}
	}
	if commit, branch := checkedOut(dir); commit != "" || branch != "" {
		t.Skip("the temporary folder is in a repository")
	}
	repository := filepath.Join(dir, "repository")
	sub := filepath.Join(repository, "a", "b")
	if err := os.MkdirAll(sub, 0o777); err != nil {
		t.Fatal(err)
	}
	git(repository, "init", "-q")
	if commit, branch := checkedOut(sub); commit != "" || branch != "trunk" {
		t.Errorf("without a commit: %q on %q", commit, branch)
	}
	git(repository, "commit", "-q", "--allow-empty", "-m", "one")
	same(repository, "trunk")
	same(sub, "trunk")
	git(repository, "checkout", "-q", "-b", "feature/x")
	git(repository, "commit", "-q", "--allow-empty", "-m", "two")
	git(repository, "pack-refs", "--all")
	same(sub, "feature/x")
	work := filepath.Join(dir, "work")
	git(repository, "worktree", "add", "-q", work, "trunk")
	same(work, "trunk")
	git(repository, "checkout", "-q", "--detach")
	same(repository, "")
}
