package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/export"
	"github.com/spectral-gpu/spectral-gpu/model/ranks"
	"github.com/spectral-gpu/spectral-gpu/model/ranks/mpi"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// Exit codes of the program.
const (
	exitBug         = 1 // anything else
	exitUsage       = 2 // usage or bad input
	exitNoDevice    = 3
	exitMemory      = 4
	exitDiverged    = 5
	exitDiskFull    = 6
	exitLostRank    = 7
	exitInterrupted = 130
)

// exitHelp is what --help says about them.
const exitHelp = "Exit codes: 0 done, 2 usage or bad input, 3 no device, 4 out of memory, 5 diverged (a number that is not finite), " +
	"6 disk full, 7 a rank of --distributed is lost, 130 interrupted (^C, SIGTERM, SIGHUP, a closed pipe; after saving), 1 anything else."

// errReported is a failure that the command has told the user about already.
var errReported = errors.New("failed")

func exitCode(err error) int {
	if atomicfile.IsFull(err) {
		return exitDiskFull
	}
	if rank := (*ranks.Error)(nil); errors.As(err, &rank) {
		return cmp.Or(rank.Code, exitLostRank)
	}
	for _, e := range []struct {
		err  error
		code int
	}{
		{train.ErrDiskFull, exitDiskFull}, {train.ErrDiverged, exitDiverged},
		{train.ErrInterrupted, exitInterrupted}, {context.Canceled, exitInterrupted}, {syscall.EPIPE, exitInterrupted},
		{gpu.ErrNoDevice, exitNoDevice}, {gpu.ErrOutOfMemory, exitMemory},
		{model.ErrConfig, exitUsage}, {model.ErrCheckpoint, exitUsage}, {gpu.ErrShape, exitUsage}, {export.ErrUnsupported, exitUsage},
		{data.ErrConfig, exitUsage}, {data.ErrNotFound, exitUsage}, {data.ErrCorrupt, exitUsage}, {data.ErrUnknownTask, exitUsage}, {data.ErrUnknownSet, exitUsage},
		{fs.ErrNotExist, exitUsage}, {fs.ErrPermission, exitUsage}, {fs.ErrExist, exitUsage}, {mpi.ErrNotBuilt, exitUsage}, {errUsage, exitUsage},
		{model.ErrNotFinite, exitDiverged}, // but for a file that holds one, which is bad input
	} {
		if errors.Is(err, e.err) {
			return e.code
		}
	}
	return exitBug
}

// errUsage is a flag whose value cannot be.
var errUsage = errors.New("bad usage")
