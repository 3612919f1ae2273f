package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// watchSignals returns a context that ends at the first ^C, SIGTERM or SIGHUP, so that what runs can save. A ^C after that calls exit
// at once. A closed pipe is no signal to this program: the write fails. A program that was started to outlive its terminal (nohup) does.
func watchSignals(parent context.Context, exit func(int)) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	wanted := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		wanted = append(wanted, syscall.SIGHUP)
	}
	signals, pipes := make(chan os.Signal, 4), make(chan os.Signal, 1)
	signal.Notify(signals, wanted...)
	signal.Notify(pipes, syscall.SIGPIPE)
	go func() {
		for s := range signals {
			if ctx.Err() != nil && s == os.Interrupt {
				exit(exitInterrupted)
			}
			cancel()
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		signal.Stop(pipes)
		close(signals)
		cancel()
	}
}
