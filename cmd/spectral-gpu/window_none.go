//go:build !window || !cgo

package main

import (
	"context"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// windowUsable tells why there can be no window, and how to get one.
func windowUsable() error {
	return fmt.Errorf("%w: this program was built without its window; 'make window' builds one that has it, and 'watch RUN --terminal' needs none", errUsage)
}

// showWindow is never called.
func showWindow(context.Context, *watch.Watcher) error { return windowUsable() }

// onMainThread runs the program; there are no windows that want a thread.
func onMainThread(program func() int) int { return program() }
