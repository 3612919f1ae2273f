// Package bench times package hh on a device against the same work done the plain way, in one run and interleaved, so that the
// ratios mean something on a busy machine: products of reflectors against one reflection at a time (the setting of Mathiasen et al.
// 2020: d = 512 and 1,024, batch 32, as many reflectors), the gradient of a dense Q against Q, and rectangular spectral layers against
// a dense layer of the same shape. It is what `spectral-gpu bench --suite hh` prints.
package bench

import (
	"fmt"
	"slices"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Case is one comparison.
type Case struct {
	Name string // e.g. "product+inverse"
	N, M int    // dimension (inputs of a layer) and reflectors
	Out  int    // outputs of a layer, 0 elsewhere
	B    int
	// build makes the contenders on a device; the first is ours, the second what it is compared with.
	build func(w *workload) []contender
}

// contender is a way to do the work.
type contender struct {
	name string
	note string // the algorithm that was chosen
	ops  []gpu.Op
}

// Result is the outcome of one contender of a case.
type Result struct {
	Bench    string  `json:"bench"` // "hh"
	Case     string  `json:"case"`
	Way      string  `json:"way"` // "ours" or what it is compared with
	Note     string  `json:"note,omitempty"`
	N        int     `json:"n"`
	M        int     `json:"m"`
	Out      int     `json:"out,omitempty"`
	B        int     `json:"B"`
	Executor string  `json:"executor"`
	Device   string  `json:"device"`
	Median   float64 `json:"median_s"`
	Min      float64 `json:"min_s"`
	// Ratio is this contender's median over that of ours: above 1, ours is faster.
	Ratio float64 `json:"ratio"`
}

// Run times every contender of the case the given number of rounds in turn and returns a result for each, ours first.
func (c Case) Run(dev *gpu.Device, rounds int) (results []Result, err error) {
	w := &workload{dev: dev}
	defer w.close()
	contenders := c.build(w)
	if w.err != nil {
		return nil, fmt.Errorf("bench %s: %w", c.Name, w.err)
	}
	programs := make([]*gpu.Program, len(contenders))
	for i, x := range contenders {
		if programs[i], err = dev.Compile(c.Name+"/"+x.name, x.ops...); err != nil {
			return nil, err
		}
		defer programs[i].Close()
	}
	times := make([][]time.Duration, len(programs))
	round := func() error {
		for i, p := range programs {
			start := time.Now()
			if err := p.Run(); err != nil {
				return err
			}
			times[i] = append(times[i], time.Since(start))
		}
		return nil
	}
	if err := WarmUp(round); err != nil {
		return nil, err
	}
	clear(times)
	for range rounds {
		if err := round(); err != nil {
			return nil, err
		}
	}
	info := dev.Info()
	for i, x := range contenders {
		slices.Sort(times[i])
		median := times[i][len(times[i])/2].Seconds()
		results = append(results, Result{Bench: "hh", Case: c.Name, Way: x.name, Note: x.note, N: c.N, M: c.M, Out: c.Out, B: c.B,
			Executor: info.Executor, Device: info.Name, Median: median, Min: times[i][0].Seconds()})
		results[i].Ratio = median / results[0].Median
	}
	return results, nil
}

// workload allocates what the contenders of a case need, and keeps the first error.
type workload struct {
	dev     *gpu.Device
	closers []func()
	err     error
}

func (w *workload) close() {
	for _, f := range slices.Backward(w.closers) {
		f()
	}
}

// check keeps the first error and tells whether all is well so far.
func (w *workload) check(err error) bool {
	if w.err == nil {
		w.err = err
	}
	return w.err == nil
}

// ops passes on a list of operations that may have failed.
func (w *workload) ops(ops []gpu.Op, err error) []gpu.Op {
	w.check(err)
	return ops
}

// matrix returns a rows × cols view of a new buffer with the given values, zeros where there are none.
func (w *workload) matrix(rows, cols int, values []float32) gpu.View {
	b, err := w.dev.NewBuffer("bench", rows*cols, gpu.DeviceOnly)
	if !w.check(err) {
		return gpu.View{Rows: rows, Cols: cols, Stride: cols}
	}
	w.closers = append(w.closers, b.Close)
	if values != nil {
		w.check(b.Write(0, values))
	}
	return b.View(0, rows, cols)
}
