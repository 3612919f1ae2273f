//go:build !window || !cgo

package main

import (
	"context"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// windowUsable tells how to get a program with a window.
func windowUsable() error {
	return fmt.Errorf("%w: this program was built without its window; 'make window' builds one that has it, and 'watch RUN --terminal' needs none", errUsage)
}

func showWindow(context.Context, *watch.Watcher) error { return windowUsable() }
