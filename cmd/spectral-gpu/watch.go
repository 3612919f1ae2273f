package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spectral-gpu/spectral-gpu/cmd/internal/dashboard"
	"github.com/spectral-gpu/spectral-gpu/model/train"
	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

type watchCmd struct {
	RunFolder string `arg:"" name:"run" help:"Folder of a run that trains, or has trained." type:"path"`
	Terminal  bool   `help:"Show it in the terminal, over ssh, too, instead of in a window."`
	Data      string `help:"Data directory, for gradients through time; default $$SPECTRAL_DATA, else a folder in your cache directory." type:"path" placeholder:"DIR"`
}

func (c *watchCmd) Run(ctx context.Context, e *env) error {
	info, err := os.Stat(c.RunFolder)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return fmt.Errorf("%w: there is no run folder %s; 'spectral-gpu train' says at its end which it wrote", errUsage, c.RunFolder)
	}
	if err != nil {
		return err
	}
	if c.Terminal {
		if err := dashboard.Usable(e.stdout.w, os.Getenv); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
	} else if err := windowUsable(); err != nil {
		return err
	}
	w := watch.New(train.Folder{Dir: c.RunFolder}, c.Data) // not closed: what it computes ends with the program, and leaving waits for nothing
	if c.Terminal {
		return dashboard.Run(ctx, w, os.Stdin, e.stdout.w, os.Getenv)
	}
	return showWindow(ctx, w)
}
