package data

import (
	"fmt"
	"strings"
)

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

// source declares a task: how it is listed and how it is opened.
type source struct {
	name    string
	summary string
	set     string // the data set it reads, "" where samples are generated
	open    func(Config) (Task, error)
}

// sources lists the tasks in the order in which they are shown.
func sources() []source { return []source{adding, mnist, permutedMNIST} }

// Open opens the named task. Errors match ErrUnknownTask, ErrConfig, ErrNotFound (its files are not in the
// data directory) or ErrCorrupt (they are, but cannot be used).
func Open(name string, c Config) (Task, error) {
	for _, s := range sources() {
		if s.name != name {
			continue
		}
		if err := c.checkSizes(); err != nil {
			return nil, fmt.Errorf("task %s: %w", name, err)
		}
		t, err := s.open(c)
		if err != nil {
			return nil, fmt.Errorf("task %s: %w", name, err)
		}
		return t, nil
	}
	return nil, fmt.Errorf("%w %q; the tasks are %s", ErrUnknownTask, name, strings.Join(TaskNames(), ", "))
}

// TaskNames lists the names that Open knows.
func TaskNames() []string {
	var names []string
	for _, s := range sources() {
		names = append(names, s.name)
	}
	return names
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
