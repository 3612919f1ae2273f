// Package data holds the tasks that models are trained on, as deterministic sources of batches, and the
// data sets that some of them read. It has no GPU code.
//
// In the order a reader meets them:
//
//   - Open returns a Task by name ("adding", "ucr:Coffee"); TaskNames lists the names, Register adds one.
//   - Task.Spec says what the task is: Length, Input, Output, Metric, sizes of the splits, and the Encoding, which
//     turns data into numbers and which a checkpoint carries.
//   - Task.Fill writes one batch into slices that the caller owns (a Batch), without allocating, so that
//     they may be memory shared with a device, and returns how many targets count. What it writes depends only on
//     the task, the split, the epoch and the index of the batch: never on what was filled before, nor on a resumed run.
//   - SequenceReader, Spec.Sequence and Tokenizer turn a user's input into what training saw, from the Encoding alone.
//   - PlaceError is what is wrong with a file of a user's: where, what stands there, what should.
//   - Dir finds the data directory; List, Check and Sets tell what belongs there, what is there, and
//     whether its checksums are right. Package data/fetch downloads it.
//
// The caller closes a Task when no Fill is under way any more; slices stay the caller's. A Task serves one
// goroutine at a time; open one for each goroutine otherwise.
//
// A new task is one file that declares its Source (see adding.go) and one entry in the list of registry.go, or a call
// of Register where it is not part of this package; a new data set is one entry in setlist.go.
package data
