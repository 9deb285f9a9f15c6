//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package track

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the lock on a file, which the system gives back when the process ends in any way. Where another holds it, wait
// says whether to wait; if not, ok is false.
func lock(f *os.File, shared, wait bool) (ok bool, err error) {
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
