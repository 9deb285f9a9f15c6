package segment

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// inParallel does the work for i from 0 to total-1 on all processors, and calls progress after each. Every worker calls hire
// once, for the function that does its share: what that function closes over is the worker's own.
func inParallel(ctx context.Context, total int, progress func(done, total int), hire func() func(i int)) error {
	var next atomic.Int64
	var mu sync.Mutex // guards done, and keeps progress from overlapping
	done := 0
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), total) {
		workers.Go(func() {
			work := hire()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= total {
					return
				}
				work(i)
				if progress != nil {
					mu.Lock()
					done++
					progress(done, total)
					mu.Unlock()
				}
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}
