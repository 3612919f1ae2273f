// Package ranks lets several processes, or several goroutines, train one network together: the ranks. Each computes a part of every batch, and
// what they have computed is added up.
//
//   - [Transport] carries bytes between ranks: package mpi below has that of MPI, [InProcess] one of goroutines, for tests and measurements.
//   - [Group] is what a rank calls: [Group.Sum], [Group.Begin], [Group.Broadcast], [Group.Gather], [Group.Same]. All ranks make the same calls in the same order.
//   - [Part] says which rows of a batch are a rank's.
//   - [Error] is the fault of a rank, as the others learn of it.
//
// # Order of sums
//
// A sum over ranks is ((x₀ + x₁) + x₂) + …, in the order of their numbers, for every element, whatever the length and the transport: the same number of
// ranks gives the same bits. MPI_Allreduce does not promise that: which algorithm it takes, and so the order of its sums, depends on the length, the
// placement of the ranks and the version of the library. So only the transport is MPI's.
//
// A Group serves one goroutine; a sum that it begins goes on beside it, until the next exchange waits for that. Whoever made its Transport closes it.
package ranks
