package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// windowPatience is how long a window may take to go when the training has ended.
const windowPatience = 5 * time.Second

// watchCommand is the command of this program that shows a run in a window.
func watchCommand(folder train.Folder, dataDir string) ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	// The folder is there before the run begins, since watch refuses one that is not.
	if err := os.MkdirAll(folder.Dir, 0o777); err != nil {
		return nil, err
	}
	line := []string{self, "watch"}
	if dataDir != "" {
		line = append(line, "--data", dataDir)
	}
	return append(line, "--", folder.Dir), nil
}

// besideWindow trains while another process, which command starts, shows the run. It has to be another one: a connection to the window system
// that breaks, because somebody kills the window or logs out or an ssh session ends, ends the process that has it, and so may a driver. Where there
// can be no window, or it is closed, training goes on without. The window ends with the training.
func besideWindow(ctx context.Context, e *env, command []string, run func() error) error {
	shown, end := context.WithCancel(ctx)
	window := exec.CommandContext(shown, command[0], command[1:]...)
	window.Args[0] = os.Args[0]
	window.Stderr = e.stderr
	window.WaitDelay = windowPatience
	window.Cancel = func() error {
		if window.Process.Signal(syscall.SIGTERM) == nil {
			return nil
		}
		return window.Process.Kill() // where there are no such signals
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		err := window.Run()
		var failed *exec.ExitError
		switch {
		case shown.Err() == nil && err != nil:
			fmt.Fprintf(e.stderr, "spectral-gpu: the run goes on without its window: %v\n", err)
		case errors.As(err, &failed) && failed.Exited(): // not by the signal, which may find it before it listens
			fmt.Fprintf(e.stderr, "spectral-gpu: the window did not end well: %v\n", err)
		}
	}()
	err := run()
	end()
	<-gone
	return err
}
