package track

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

const (
	syncEvery = time.Second
	bufferful = 1 << 16
)

// logFile appends lines to a file that no other process writes to. It is safe for concurrent use.
type logFile struct {
	mu     sync.Mutex
	f      *os.File
	buffer []byte
	timer  *time.Timer // nil while everything is on disk
	err    error       // the first one
	closed bool
}

// createLog begins a file, which must not be there.
func createLog(path string) (*logFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	return lockLog(f, true) // whoever looks whether it is open holds the lock for a moment
}

// continueLog opens a file to go on with it, without the piece of a line that a killed writer may have left.
func continueLog(path string) (*logFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	l, err := lockLog(f, false)
	if err != nil {
		return nil, err
	}
	whole, err := wholeLines(f)
	if err == nil {
		err = f.Truncate(whole)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

func lockLog(f *os.File, wait bool) (*logFile, error) {
	ok, err := lock(f, false, wait)
	for attempt := 0; err == nil && !ok && attempt < 20; attempt++ {
		time.Sleep(5 * time.Millisecond)
		ok, err = lock(f, false, false)
	}
	if err == nil && !ok {
		err = fmt.Errorf("%w: it is being written", ErrBusy)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	// Between opening and locking, another process may have removed the file.
	here, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if there, err := os.Stat(f.Name()); err != nil || !os.SameFile(here, there) {
		return nil, errors.Join(errGone, f.Close())
	}
	return &logFile{f: f}, nil
}

var errGone = errors.New("the log was removed while it was opened")

// size is that of what is on disk; it is called when everything is.
func (l *logFile) size() (int64, error) {
	info, err := l.f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// cut takes the log back to an earlier size.
func (l *logFile) cut(size int64) error {
	if err := l.sync(); err != nil {
		return err
	}
	return errors.Join(l.f.Truncate(size), l.f.Sync())
}

// wholeLines returns the size of a file up to its last line end.
func wholeLines(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	block := make([]byte, 4096)
	for end := info.Size(); end > 0; {
		from := max(0, end-int64(len(block)))
		n, err := f.ReadAt(block[:end-from], from)
		if err != nil && err != io.EOF {
			return 0, err
		}
		if at := bytes.LastIndexByte(block[:n], '\n'); at >= 0 {
			return from + int64(at) + 1, nil
		}
		end = from
	}
	return 0, nil
}

// append adds what write appends to the buffer: whole lines. It is on disk within a second.
func (l *logFile) append(write func(b []byte) []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	l.buffer = write(l.buffer)
	if len(l.buffer) >= bufferful {
		l.flush()
	}
	if l.timer == nil && l.err == nil {
		l.timer = time.AfterFunc(syncEvery, func() { _ = l.sync() }) // the error is kept, and returned by the next call
	}
	return l.err
}

// flush hands the buffer to the system. The lock is held.
func (l *logFile) flush() {
	if l.err != nil || len(l.buffer) == 0 {
		return
	}
	if _, err := l.f.Write(l.buffer); err != nil {
		l.err = fmt.Errorf("writing the log: %w", err)
	}
	l.buffer = l.buffer[:0]
}

// sync returns when everything so far is on disk.
func (l *logFile) sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.err
	}
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	l.flush()
	if l.err == nil {
		if err := l.f.Sync(); err != nil {
			l.err = fmt.Errorf("syncing the log: %w", err)
		}
	}
	return l.err
}

// close syncs and gives the lock back.
func (l *logFile) close() error {
	err := l.sync()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return err
	}
	l.closed = true
	return errors.Join(err, l.f.Close())
}
