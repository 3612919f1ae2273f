// Package fake is an executor that checks everything and computes nothing. It exists to test what is built on package gpu with no
// driver and no arithmetic: which operations a program holds, in which order, with which barriers, how much memory is alive and at
// the most, and what happens when an allocation or a run fails. Only tests import it; doing so registers the backend "fake".
//
//   - [Open] returns a [gpu.Device] and the [Executor] behind it, which tells what it was asked.
//   - [Executor.FailAllocation] makes the i-th allocation fail, [Executor.FailRun] the i-th run.
//   - [Executor.Programs] lists the programs, [Executor.Allocations], [Executor.Live] and [Executor.Words] the memory.
//
// Memory is real as far as the host is concerned: what is written can be read back. Programs leave it as it is. It is reserved
// only when it is touched, so that large models can be planned on small machines.
//
// The device is the caller's to close; closing it reports memory and programs that package gpu did not free.
package fake
