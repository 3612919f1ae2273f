package data

import "fmt"

// Config chooses among the forms of a task. The zero value is a good start for every task.
type Config struct {
	// Dir is the data directory; "" stands for the one that Dir returns.
	Dir string

	// Seed decides everything that is random in a task: generated samples, the order of training samples
	// in each epoch, the pixel order of pmnist.
	Seed uint64

	// Length is the number of time steps; 0 stands for the task's own default.
	Length int

	// Samples of each split; 0 stands for the task's own default. Where samples come from files, TrainSize
	// and TestSize take that many from the start, and ValidSize that many from the end of the training file.
	TrainSize, ValidSize, TestSize int
}

// Open opens the named task, whose name may carry an argument behind a colon. Errors match ErrUnknownTask, ErrConfig,
// ErrNotFound (its files are not where they should be) or ErrCorrupt (they are, but cannot be used).
func Open(name string, c Config) (Task, error) {
	source, arg, err := find(name)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (Task, error) { return nil, fmt.Errorf("task %s: %w", name, err) }
	if err := c.checkSizes(); err != nil {
		return fail(err)
	}
	t, err := source.Open(arg, c)
	if err != nil {
		return fail(err)
	}
	if err := t.Spec().Check(); err != nil {
		t.Close()
		return fail(err)
	}
	return t, nil
}

func (c Config) checkSizes() error {
	for _, v := range []struct {
		name  string
		value int
	}{{"length", c.Length}, {"training size", c.TrainSize}, {"validation size", c.ValidSize}, {"test size", c.TestSize}} {
		if v.value < 0 {
			return fmt.Errorf("%w: %s %d is negative", ErrConfig, v.name, v.value)
		}
	}
	return nil
}

// or returns v, or the default d where v is 0.
func or(v, d int) int {
	if v == 0 {
		return d
	}
	return v
}
