package main

import (
	"io"
	"os"
	"sync"
)

// guarded is an output whose first failure, such as a closed pipe or a full disk, ends the command, as a signal would: after saving.
type guarded struct {
	w      io.Writer
	failed func(error)

	mu  sync.Mutex
	err error
}

// Write implements io.Writer. After a failure nothing more is written.
func (g *guarded) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.w.Write(b)
	if err != nil {
		g.err = err
		g.failed(err)
	}
	return n, err
}

// file returns the file behind it, nil where it is none.
func (g *guarded) file() *os.File {
	f, _ := g.w.(*os.File)
	return f
}
