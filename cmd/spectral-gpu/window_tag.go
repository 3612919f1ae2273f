//go:build window && cgo

package main

import (
	"context"

	"github.com/spectral-gpu/spectral-gpu/cmd/internal/livewindow"
	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// windowUsable tells why there can be no window, as far as the program itself decides.
func windowUsable() error { return nil }

// showWindow shows a run in a window until its user closes it or ctx ends.
func showWindow(ctx context.Context, w *watch.Watcher) error { return livewindow.Run(ctx, w) }

// onMainThread runs the program beside the thread that windows want.
func onMainThread(program func() int) int { return livewindow.Main(program) }
