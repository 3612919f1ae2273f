//go:build !mpi || !cgo

package mpi

import (
	"errors"

	"github.com/spectral-gpu/spectral-gpu/model/ranks"
)

// Built tells whether this build has MPI.
const Built = false

// ErrNotBuilt is what Open returns in a build without MPI.
var ErrNotBuilt = errors.New("this build has no MPI: build it with 'make mpi' (build tag mpi), which needs an MPI library and its compiler mpicc, " +
	"such as Debian's libopenmpi-dev and openmpi-bin")

// Open returns ErrNotBuilt.
func Open() (*World, error) { return nil, ErrNotBuilt }

// World is the ranks of an MPI program.
type World struct{ ranks.Transport }

// Place is where a rank runs among those of its machine.
func (*World) Place() ranks.Place { return ranks.Place{} }

// Close leaves the program in order.
func (*World) Close() error { return nil }

// Abort ends all ranks.
func (*World) Abort(int) {}
