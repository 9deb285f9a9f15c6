package fasttrackml

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the system end the server when the test's program goes without a cleanup, by a timeout for example.
func dieWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
