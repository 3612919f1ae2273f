package main

import (
	"context"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/model/train"
	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// besideWindow trains while a window shows the run. The window follows the run's folder as that of another process would, so that training never
// waits for it; where there can be none, or it is closed, training goes on without. It ends with the training.
func besideWindow(ctx context.Context, e *env, folder train.Folder, dataDir string, run func() error) error {
	shown, close := context.WithCancel(ctx)
	defer close()
	ended := make(chan error, 1)
	go func() {
		defer close()
		ended <- run()
	}()
	// The watcher is not closed: what it computes ends with the program, and the end of the training waits for nothing.
	if err := showWindow(shown, watch.New(folder, dataDir)); err != nil {
		fmt.Fprintf(e.stderr, "spectral-gpu: the run goes on without its window: %v\n", err)
	}
	return <-ended
}
