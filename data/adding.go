package data

import (
	"fmt"
	"os"

	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// The adding problem of Hochreiter and Schmidhuber (1997), in the form of Arjovsky, Shah and Bengio
// (2016): T time steps of two inputs, a value uniform in [0, 1) and a marker that is 1 at two steps and 0 at all
// others, one of them uniform in the first half [0, ⌊T/2⌋), one in the second [⌊T/2⌋, T). The target is the
// sum of the two marked values. The best constant, 1, has a mean squared error of 2·1/12 = 0.167.
//
// Training samples are fresh in every epoch; validation and test samples come from streams of their own.
var adding = Source{
	Name:      "adding",
	Summary:   "adding problem: the sum of two marked values among T (--length, default 100)",
	Generated: true,
	Open:      openAdding,
}

const (
	addingDefaultLength = 100
	addingMaxLength     = 1 << 24
	addingValidSize     = 1000
	addingTestSize      = 10000
)

type addingTask struct {
	spec    Spec
	seed    uint64
	streams [3]uint64 // by split
	closed  bool
}

func openAdding(_ string, c Config) (Task, error) {
	length := or(c.Length, addingDefaultLength)
	if length < 2 || length > addingMaxLength {
		return nil, fmt.Errorf("%w: length %d; it must be in [2, %d], for two markers", ErrConfig, length, addingMaxLength)
	}
	t := &addingTask{seed: c.Seed, spec: Spec{
		Name: "adding", Length: length, Input: Values(2), Output: Output{Loss: SquaredError, Width: 1}, Metric: MSE,
		TrainSize: or(c.TrainSize, Endless), ValidSize: or(c.ValidSize, addingValidSize), TestSize: or(c.TestSize, addingTestSize),
		Baseline: 1.0 / 6,
	}}
	for split := range t.streams {
		t.streams[split] = philox.Stream("adding/" + Split(split).String())
	}
	return t, nil
}

func (t *addingTask) Spec() Spec { return t.spec }

func (t *addingTask) Close() error {
	t.closed = true
	return nil
}

// Fill writes values and cleared markers in memory order, four steps (one random block a row) at a time,
// then sets the markers and the targets.
func (t *addingTask) Fill(split Split, epoch, index int, b Batch) (int, error) {
	if t.closed {
		return 0, fmt.Errorf("%w: task %s: %w", ErrConfig, t.spec.Name, os.ErrClosed)
	}
	first, rows, err := t.spec.locate(split, epoch, index, b)
	if err != nil {
		return 0, err
	}
	stream := t.streams[split]
	if split == Train {
		stream += uint64(epoch)
	}
	samples := addingSamples{src: philox.New(t.seed, stream), length: t.spec.Length}
	for step := 0; step < t.spec.Length; step += 4 {
		for row := range b.Size {
			var words [4]uint32 // zero for padding, and Unit(0) is 0
			if row < rows {
				words = samples.block(first+row, step)
			}
			for i := range min(4, t.spec.Length-step) {
				at := ((step+i)*b.Size + row) * 2
				b.Values[at], b.Values[at+1] = philox.Unit(words[i]), 0
			}
		}
	}
	for row := range b.Size {
		b.Labels[row] = NotCounted
		b.Targets[row] = 0
		if row < rows {
			b.Labels[row] = 0
			p, q := samples.markers(first + row)
			b.Values[(p*b.Size+row)*2+1], b.Values[(q*b.Size+row)*2+1] = 1, 1
			b.Targets[row] = samples.value(first+row, p) + samples.value(first+row, q)
		}
	}
	return rows, nil
}

// addingSamples addresses the random numbers of samples: sample s owns 1+⌈T/4⌉ blocks of the stream, the
// first for the markers and then one word for the value of each step.
type addingSamples struct {
	src    *philox.Source
	length int
}

func (a addingSamples) start(sample int) uint64 {
	return uint64(sample) * uint64(1+(a.length+3)/4)
}

// block returns the words of the values of steps step … step+3; step is a multiple of 4.
func (a addingSamples) block(sample, step int) [4]uint32 {
	return a.src.BlockAt(a.start(sample) + 1 + uint64(step/4))
}

func (a addingSamples) value(sample, step int) float32 {
	return philox.Unit(a.block(sample, step&^3)[step&3])
}

// markers returns the two marked steps.
func (a addingSamples) markers(sample int) (p, q int) {
	half := a.length / 2
	a.src.Seek(4 * a.start(sample))
	return a.src.IntN(half), half + a.src.IntN(a.length-half)
}
