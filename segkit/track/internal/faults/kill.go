package faults

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"
)

// KillUntilDone runs one test of the calling test's program in a process of its own, with more environment, and kills that
// process at a random moment within a time that grows with each try; it returns when one came to its end, and how many were
// killed. The test is to look at the environment, and to do nothing where it is not there.
func KillUntilDone(t testing.TB, r *rand.Rand, within time.Duration, test string, environment ...string) (killed int) {
	t.Helper()
	for ; ; within += within / 4 {
		child := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.count=1")
		child.Env = append(os.Environ(), environment...)
		var out tail
		child.Stdout, child.Stderr = &out, &out
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(r.Int64N(int64(within))), func() { _ = child.Process.Kill() }) // it may have ended
		err := child.Wait()
		timer.Stop()
		if err == nil {
			return killed
		}
		if child.ProcessState.Exited() {
			t.Fatalf("the process failed by itself: %v\n%s", err, out)
		}
		if killed++; killed > 1000 {
			t.Fatal("no process came to its end")
		}
	}
}

// tail is the end of what was written to it.
type tail []byte

func (b *tail) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	if len(*b) > 1<<14 {
		*b = (*b)[len(*b)-1<<14:]
	}
	return len(p), nil
}
