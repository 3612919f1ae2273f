package data

import (
	"fmt"
	"math"
	"os"

	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// The copying problem of Hochreiter and Schmidhuber (1997), in the form of Arjovsky, Shah and Bengio (2016): ten
// symbols out of eight, T − 1 blanks, a delimiter, ten blanks; T + 20 steps. Asked for are T + 10 blanks and then the
// ten symbols. The best model that ignores its input knows the blanks and guesses the symbols: 10 ln 8/(T + 20) nats.
// The last ten steps are the output's tail, so that the recalled symbols are told apart from the blanks.
//
// Training sequences are fresh in every epoch; validation and test come from streams of their own.
var copying = Source{
	Name:      "copy",
	Summary:   "copying problem: recall ten symbols after a lag of T (--length, default 100); sequences of T + 20",
	Generated: true,
	Open:      openCopy,
}

const (
	copyDefaultLag = 100
	copyMaxLag     = 1 << 24
	copySymbols    = 10 // to be recalled
	copyAlphabet   = 8  // symbols are 0 … 7
	copyBlank      = 8
	copyDelimiter  = 9
	copyHeldOut    = 1000 // sequences for validation, and for test
)

type copyTask struct {
	spec    Spec
	lag     int
	seed    uint64
	streams [3]uint64 // by split
	closed  bool
}

func openCopy(_ string, c Config) (Task, error) {
	lag := or(c.Length, copyDefaultLag)
	if lag > copyMaxLag {
		return nil, fmt.Errorf("%w: lag %d; it must be in [1, %d]", ErrConfig, lag, copyMaxLag)
	}
	symbols := []string{"0", "1", "2", "3", "4", "5", "6", "7", "blank", "delimiter"}
	t := &copyTask{lag: lag, seed: c.Seed, spec: Spec{
		Name: "copy", Length: lag + 2*copySymbols, Input: Tokens(len(symbols)),
		Output:    Output{Loss: CrossEntropy, Width: copyBlank + 1, Where: EveryStep, Tail: copySymbols},
		Metric:    NatsPerTarget,
		TrainSize: or(c.TrainSize, Endless), ValidSize: or(c.ValidSize, copyHeldOut), TestSize: or(c.TestSize, copyHeldOut),
		Baseline: copySymbols * math.Log(copyAlphabet) / float64(lag+2*copySymbols),
		Encoding: Encoding{Unit: Symbol, Vocabulary: symbols, Classes: symbols[:copyBlank+1]},
	}}
	for split := range t.streams {
		t.streams[split] = philox.Stream("copy/" + Split(split).String())
	}
	return t, nil
}

func (t *copyTask) Spec() Spec { return t.spec }

func (t *copyTask) Close() error {
	t.closed = true
	return nil
}

func (t *copyTask) Fill(split Split, epoch, index int, b Batch) (int, error) {
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
	src := philox.New(t.seed, stream)
	recall := t.spec.Length - copySymbols // step of the first symbol asked for
	for step := range t.spec.Length {
		tokens, labels := b.Tokens[step*b.Size:(step+1)*b.Size], b.Labels[step*b.Size:(step+1)*b.Size]
		for row := range b.Size {
			tokens[row], labels[row] = copyBlank, copyBlank
			switch {
			case row >= rows:
				labels[row] = NotCounted
			case step < copySymbols:
				tokens[row] = copySymbol(src, first+row, step)
			case step == recall-1:
				tokens[row] = copyDelimiter
			case step >= recall:
				labels[row] = copySymbol(src, first+row, step-recall)
			}
		}
	}
	return rows * t.spec.Length, nil
}

// copySymbol returns symbol i of a sequence, which owns one word of the stream and three bits of it for each symbol.
func copySymbol(src *philox.Source, sequence, i int) int32 {
	return int32(src.At(uint64(sequence)) >> (3 * i) & 7)
}
