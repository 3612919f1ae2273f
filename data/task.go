package data

// A Task is a deterministic source of batches of sequences. It serves one goroutine at a time.
type Task interface {
	// Spec describes the task. It never changes, nor may its slices be written.
	Spec() Spec

	// Fill writes batch number index (from 0) of the given epoch (from 0) of a split into b, and returns how many
	// of its targets count: those whose label is not NotCounted. That number divides loss and gradient. It is 0
	// for no batch of a split that has any targets, and below the rows of Labels where the last batch of a split
	// is not full or where a task asks nothing of some steps.
	//
	// Every element of the slices is written; none is read. What is written depends on the task and the arguments
	// alone: batches may be asked for in any order. It does not allocate, except that the first batch of a task
	// may. Splits other than Train are the same in every epoch and in natural order. Errors match ErrConfig: slices
	// of wrong length, an index past the end, a closed task.
	Fill(split Split, epoch, index int, b Batch) (counted int, err error)

	// Close releases the memory of the task. Further calls of Fill fail.
	Close() error
}
