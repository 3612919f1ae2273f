//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// trial runs one operation with several tiles, on memory of its own and shortened where it is long: time steps and long sums are
// repetitions of the same work.
type trial struct {
	dev      *device
	memory   []gpu.Memory
	words    int // of memory
	op       gpu.Op
	err      error
	programs []*program
}

// trials holds, by the type of operation, the function that makes the shortened copy.
var trials = map[reflect.Type]func(t *trial, op gpu.Op, flops float64) gpu.Op{}

// implementTrial says how operations of type O, which have tiles to choose from, are shortened to about the given work. Each operation's
// file calls it from init.
func implementTrial[O gpu.Op](f func(t *trial, op O, flops float64) O) {
	trials[reflect.TypeFor[O]()] = func(t *trial, op gpu.Op, flops float64) gpu.Op { return f(t, op.(O), flops) }
}

// trialBytes is the most memory that a trial takes.
const trialBytes = 256 << 20

// newTrial makes the operation's copy, of about the given work.
func (d *device) newTrial(op gpu.Op, flops float64) (*trial, error) {
	t := &trial{dev: d}
	if shorten := trials[reflect.TypeOf(op)]; shorten != nil {
		t.op = shorten(t, op, flops)
	} else {
		t.err = &gpu.Error{Op: op.Name(), Kind: gpu.ErrUnsupported, Msg: "has no tiles to choose from"}
	}
	if t.err == nil {
		t.err = t.op.Check()
	}
	if t.err != nil {
		t.close()
		return nil, t.err
	}
	return t, nil
}

func (t *trial) close() {
	for _, p := range t.programs {
		p.Close()
	}
	for _, m := range t.memory {
		m.Free()
	}
	t.programs, t.memory = nil, nil
}

// program compiles the operation with a tile.
func (t *trial) program(tile string) (*program, error) {
	p, err := t.dev.compile([]gpu.Op{t.op}, gpu.CompileOptions{Name: "tuning", Timestamps: true}, tile)
	if err == nil {
		t.programs = append(t.programs, p)
	}
	return p, err
}

// runTimed runs a program and returns the time of its operation: on the device if it can measure that.
func runTimed(p *program) (time.Duration, error) {
	start := time.Now()
	if err := p.Run(); err != nil {
		return 0, err
	}
	wall := time.Since(start)
	if times := p.Times(); len(times) == 1 && times[0] > 0 {
		return times[0], nil
	}
	return max(wall, 1), nil
}

// inTurn runs two candidates one after the other, twice, and returns their second times.
func inTurn(a, b candidateRun) (x, y time.Duration, err error) {
	for range 2 {
		if x, err = a.run(); err != nil {
			return x, y, err
		}
		if y, err = b.run(); err != nil {
			return x, y, err
		}
	}
	return x, y, nil
}

// view returns a view of rows × cols in memory of its own, aligned as like is, with extra words after it; no view for no view.
func (t *trial) view(like gpu.View, rows, cols, extra int) gpu.View {
	if like.IsZero() || t.err != nil {
		return gpu.View{}
	}
	off, pitch := like.Off%4, trialPitch(like, cols)
	words := max(off+max(rows-1, 0)*pitch+cols+extra, 1)
	if t.words += words; t.words > trialBytes/4 {
		t.err = &gpu.Error{Op: "tune", Kind: gpu.ErrOutOfMemory, Msg: fmt.Sprintf("%s are more than is spent on measuring", bytesText(4*int64(t.words)))}
		return gpu.View{}
	}
	m, err := t.dev.Alloc("tuning", words, gpu.DeviceOnly)
	if err != nil {
		t.err = err
		return gpu.View{}
	}
	t.memory = append(t.memory, m)
	return gpu.View{Buf: gpu.WrapMemory("tuning", words, m), Off: off, Rows: rows, Cols: cols, Stride: pitch}
}

// trialPitch is the stride of a view of cols columns that is aligned as like is.
func trialPitch(like gpu.View, cols int) int {
	if cols == like.Cols {
		return like.Stride
	}
	return cols + (4+(like.Stride-cols)%4)%4
}

// gemmLeast is the size below which a dimension of a product is not shortened.
const gemmLeast = 512

func (t *trial) gemm(o gpu.Gemm, flops float64) gpu.Gemm {
	s := gemmShapeOf(o)
	for s.flops() > flops {
		longest := &s.m
		for _, d := range []*int{&s.n, &s.k} {
			if *d > *longest {
				longest = d
			}
		}
		if s.count > 1 {
			s.count = (s.count + 1) / 2
		} else if *longest >= 2*gemmLeast {
			*longest = half(*longest)
		} else {
			break
		}
	}
	ar, ac, br, bc := s.m, s.k, s.k, s.n
	if o.TransA {
		ar, ac = ac, ar
	}
	if o.TransB {
		br, bc = bc, br
	}
	c := o
	c.Batch = s.count
	stride := func(v gpu.View, given, rows, cols int) int {
		given = max(given, -given)
		if given == 0 || rows == v.Rows && cols == v.Cols {
			return given
		}
		return ceilDiv(rows*trialPitch(v, cols), 4)*4 + given%4 // as aligned as before, and apart
	}
	c.StrideA, c.StrideB, c.StrideC = stride(o.A, o.StrideA, ar, ac), stride(o.B, o.StrideB, br, bc), stride(o.C, o.StrideC, s.m, s.n)
	last := s.count - 1
	c.A, c.B = t.view(o.A, ar, ac, last*c.StrideA), t.view(o.B, br, bc, last*c.StrideB)
	c.C = t.view(o.C, s.m, s.n, last*c.StrideC)
	c.Scale, c.Bias = t.view(o.Scale, 1, s.n, 0), t.view(o.Bias, 1, s.n, 0)
	c.Diag = t.view(o.Diag, 1, min(s.m, s.n), 0)
	return c
}

// leastSteps is the least number of time steps of a trial: more than what a dispatch does once.
const leastSteps = 4

// trialSteps returns the number of time steps for about the given work, of which a step has perStep.
func trialSteps(steps int, perStep, flops float64) int {
	return min(steps, max(leastSteps, int(math.Ceil(flops/perStep))))
}

// trialInput is what a recurrence reads beside its states.
type trialInput struct{ z, x, wx, bias gpu.View }

// input makes the input of rows rows of a recurrence whose states were states and are now fresh.
func (t *trial) input(in trialInput, states, fresh gpu.View, rows int) trialInput {
	k := in.x.Cols
	switch {
	case in.z.IsZero() && k > 0 && k <= rnnFusedInput:
		return trialInput{x: t.view(in.x, rows, k, 0), wx: t.view(in.wx, fresh.Cols, k, 0), bias: t.view(in.bias, 1, fresh.Cols, 0)}
	case in.z.IsZero() || in.z.Same(states): // a wide input is mapped beforehand, in place
		return trialInput{z: fresh}
	}
	return trialInput{z: t.view(in.z, rows, fresh.Cols, 0)}
}

// gradient makes the gradient that arrives, given what becomes of it.
func (t *trial) gradient(dh, delta, fresh gpu.View, last bool, batch int) gpu.View {
	switch {
	case last:
		return t.view(dh, batch, fresh.Cols, 0)
	case delta.Same(dh):
		return fresh
	}
	return t.view(dh, fresh.Rows, fresh.Cols, 0)
}

func (t *trial) forward(o gpu.RNNForward, flops float64) gpu.RNNForward {
	n := o.Hidden()
	c := o
	c.T = trialSteps(o.T, rnnFlops(n, o.B, 1), flops)
	c.H, c.W = t.view(o.H, (c.T+1)*o.B, n, 0), t.view(o.W, n, n, 0)
	in := t.input(trialInput{o.Z, o.X, o.Wx, o.Bias}, o.States(), c.States(), c.T*o.B)
	c.Z, c.X, c.Wx, c.Bias = in.z, in.x, in.wx, in.bias
	c.Act.Unit, c.Mask, c.Masked = t.view(o.Act.Unit, 1, n, 0), t.view(o.Mask, o.B, n, 0), t.masked(o.Masked, c.H, o.MaskedInH(), o.B)
	return c
}

// masked makes the place of what W is given in steps of b samples, in the states h or apart from them.
func (t *trial) masked(masked, h gpu.View, inH bool, b int) gpu.View {
	if inH {
		return h.RowRange(0, h.Rows-b)
	}
	return t.view(masked, h.Rows-b, h.Cols, 0)
}

func (t *trial) backward(o gpu.RNNBackward, flops float64) gpu.RNNBackward {
	n := o.W.Cols
	c := o
	c.T = trialSteps(o.T, rnnFlops(n, o.B, 1), flops)
	c.H, c.W, c.DH0 = t.view(o.H, (c.T+1)*o.B, n, 0), t.view(o.W, n, n, 0), t.view(o.DH0, o.B, n, 0)
	c.Delta = t.view(o.Delta, c.T*o.B, n, 0)
	c.DH = t.gradient(o.DH, o.Delta, c.Delta, o.LastOnly(), o.B)
	c.Act.Unit, c.DUnit, c.Mask = t.view(o.Act.Unit, 1, n, 0), t.view(o.DUnit, o.B, n, 0), t.view(o.Mask, o.B, n, 0)
	return c
}

func (t *trial) lowRankForward(o gpu.RNNLowRankForward, flops float64) gpu.RNNLowRankForward {
	n, rank := o.Hidden(), o.Rank()
	c := o
	c.T = trialSteps(o.T, lowRankFlops(n, rank)*float64(o.B), flops)
	c.H, c.C = t.view(o.H, (c.T+1)*o.B, n, 0), t.view(o.C, c.T*o.B, rank, 0)
	c.D, c.L, c.R = t.view(o.D, 1, n, 0), t.view(o.L, rank, n, 0), t.view(o.R, rank, n, 0)
	in := t.input(trialInput{o.Z, o.X, o.Wx, o.Bias}, o.States(), c.States(), c.T*o.B)
	c.Z, c.X, c.Wx, c.Bias = in.z, in.x, in.wx, in.bias
	c.Act.Unit, c.Mask, c.Masked = t.view(o.Act.Unit, 1, n, 0), t.view(o.Mask, o.B, n, 0), t.masked(o.Masked, c.H, o.MaskedInH(), o.B)
	return c
}

func (t *trial) lowRankBackward(o gpu.RNNLowRankBackward, flops float64) gpu.RNNLowRankBackward {
	n, rank := o.D.Cols, o.L.Rows
	c := o
	c.T = trialSteps(o.T, lowRankFlops(n, rank)*float64(o.B), flops)
	c.H, c.E, c.DH0 = t.view(o.H, (c.T+1)*o.B, n, 0), t.view(o.E, c.T*o.B, rank, 0), t.view(o.DH0, o.B, n, 0)
	c.D, c.L, c.R = t.view(o.D, 1, n, 0), t.view(o.L, rank, n, 0), t.view(o.R, rank, n, 0)
	c.Delta = t.view(o.Delta, c.T*o.B, n, 0)
	c.DH = t.gradient(o.DH, o.Delta, c.Delta, o.LastOnly(), o.B)
	c.Act.Unit, c.DUnit, c.Mask = t.view(o.Act.Unit, 1, n, 0), t.view(o.DUnit, o.B, n, 0), t.view(o.Mask, o.B, n, 0)
	return c
}
