// Package mpi is the transport of ranks over MPI, in builds with the tag mpi: `make mpi` finds the library by mpicc. Without the tag there is the same
// interface, whose Open returns ErrNotBuilt.
//
//	world, err := mpi.Open()
//	g := ranks.New(world)
//	…
//	world.Close() // where all ranks have come to an end, else world.Abort(code)
//
// MPI carries bytes between pairs of ranks and does nothing else here: package ranks says why. Calls of MPI may come from any thread, one at a
// time. While a rank computes, a goroutine answers for it: every rank hears of every other at least once a second, so that a rank that is slow is told from
// one that is gone. A rank that was not heard of for Patience is lost.
package mpi
