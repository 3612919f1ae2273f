// Package exact is an executor for tests of gradients: it computes operations by plain loops in float64, whatever the size. What it returns differs from the mathematics only by the rounding of float64, so that a gradient can be held
// against finite differences to nine digits, which no fp32 executor allows. It does not register itself: call [Open].
package exact

import (
	"fmt"
	"slices"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Open returns a device that computes in float64.
func Open() *gpu.Device { return gpu.NewDevice(executor{}) }

type executor struct{}

func (executor) Info() gpu.Info {
	return gpu.Info{Executor: "exact", Name: "float64 reference", Kind: gpu.CPU, Unified: true}
}

func (executor) Close() error { return nil }

func (executor) Compile(ops []gpu.Op, _ gpu.CompileOptions) (gpu.Executable, error) {
	x := &executable{}
	for _, op := range ops {
		run, err := lower(op)
		if err != nil {
			return nil, err
		}
		x.run = append(x.run, run)
		x.plan = append(x.plan, op.Name())
		x.shares(op)
	}
	return x, nil
}

type executable struct {
	run      []func()
	plan     []string
	in, outs []*memory // that the host fills before a run, and reads after it
}

// shares notes what an operation shares with the host.
func (x *executable) shares(op gpu.Op) {
	for _, a := range op.Access() {
		m := a.Buf.Memory().(*memory)
		switch {
		case m.host == nil:
		case !a.Write && m.usage == gpu.HostToDevice && !slices.Contains(x.in, m):
			x.in = append(x.in, m)
		case a.Write && !slices.Contains(x.outs, m):
			x.outs = append(x.outs, m)
		}
	}
}

func (x *executable) Run() error {
	for _, m := range x.in {
		m.fromHost()
	}
	for _, run := range x.run {
		run()
	}
	for _, m := range x.outs {
		m.toHost()
	}
	return nil
}

func (x *executable) Stats() gpu.Stats       { return gpu.Stats{Submits: 1, Dispatches: len(x.run)} }
func (x *executable) Plan() []string         { return x.plan }
func (x *executable) Times() []time.Duration { return nil }
func (x *executable) Close()                 {}

// lower finds the form of an operation.
func lower(op gpu.Op) (func(), error) {
	switch op := op.(type) {
	case gpu.Repeat:
		return repeat(op)
	case gpu.Gemm:
		return func() { gemm(op) }, nil
	case gpu.Gram:
		return func() { gram(op) }, nil
	case gpu.TriInverse:
		return func() { triInverse(op) }, nil
	case gpu.TriSolve:
		return func() { triSolve(op) }, nil
	case gpu.SymTriu:
		return func() { symTriu(op) }, nil
	case gpu.MaskReflectors:
		return func() { mask(op.U, op.PerSet()) }, nil
	case gpu.NormalizeReflectors:
		return func() { normalize(op.U, op.PerSet()) }, nil
	case gpu.ScaleReflectors:
		return func() { scaleReflectors(op) }, nil
	case gpu.Reflect:
		return func() { reflect(op) }, nil
	case gpu.ReflectBackward:
		return func() { reflectBackward(op) }, nil
	case gpu.BlockFactors:
		return func() { blockFactors(op) }, nil
	case gpu.ReflectBlocks:
		return func() { reflectBlocks(op) }, nil
	case gpu.ReflectBlocksBackward:
		return func() {
			reflectBackward(gpu.ReflectBackward{DX: op.DX, DU: op.DU, DY: op.DY, Y: op.Y, U: op.U, Transpose: op.Transpose})
		}, nil
	}
	if run, ok := lowerTraining(op); ok {
		return run, nil
	}
	if run, ok := lowerRecurrence(op); ok {
		return run, nil
	}
	return lowerElementwise(op)
}

// repeat runs one item after the other.
func repeat(op gpu.Repeat) (func(), error) {
	items := make([]func(), op.Count)
	for i := range items {
		run, err := lower(op.Item(i))
		if err != nil {
			return nil, err
		}
		items[i] = run
	}
	return func() {
		for _, run := range items {
			run()
		}
	}, nil
}

// lowerTraining finds the form of an operation that belongs to training alone.
func lowerTraining(op gpu.Op) (run func(), ok bool) {
	switch op := op.(type) {
	case gpu.SoftmaxCrossEntropy:
		return func() { softmaxCrossEntropy(op) }, true
	case gpu.MeanSquaredError:
		return func() { meanSquaredError(op) }, true
	case gpu.RNNForward:
		return func() { rnnForward(op) }, true
	case gpu.RNNBackward:
		return func() { rnnBackward(op) }, true
	case gpu.RNNLowRankForward:
		return func() { lowRankForward(op) }, true
	case gpu.RNNLowRankBackward:
		return func() { lowRankBackward(op) }, true
	case gpu.Adam:
		return func() { adam(op) }, true
	case gpu.RMSprop:
		return func() { rmsprop(op) }, true
	case gpu.SGD:
		return func() { sgd(op) }, true
	}
	return nil, false
}

func lowerElementwise(op gpu.Op) (func(), error) {
	switch op := op.(type) {
	case gpu.Fill:
		return func() { each(op.Y, func(int, int, float64) float64 { return float64(op.Value) }) }, nil
	case gpu.Copy:
		return func() { copyView(op) }, nil
	case gpu.TimeSum:
		return func() { timeSum(op) }, nil
	case gpu.Hadamard:
		return func() { hadamard(op) }, nil
	case gpu.Dropout:
		return func() { dropout(op) }, nil
	case gpu.Noise:
		return func() { noise(op) }, nil
	case gpu.Gather:
		return func() { gather(op) }, nil
	case gpu.ScatterAdd:
		return func() { scatterAdd(op) }, nil
	case gpu.Scale:
		return func() { scale(op) }, nil
	case gpu.Accumulate:
		return func() { accumulate(op) }, nil
	case gpu.Map:
		return func() { mapView(op) }, nil
	case gpu.Sigma:
		return func() { sigma(op) }, nil
	case gpu.SVDTangent:
		return func() { svdTangent(op) }, nil
	case gpu.SigmaBackward:
		return func() { sigmaBackward(op) }, nil
	case gpu.ColDot:
		return func() { colDot(op) }, nil
	case gpu.Norm:
		return func() { norm(op) }, nil
	case gpu.MinMax:
		return func() { minMax(op) }, nil
	case gpu.Activate:
		return func() { activate(op) }, nil
	case gpu.ActivateBackward:
		return func() { activateBackward(op) }, nil
	}
	return nil, &gpu.Error{Op: op.Name(), Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf("the float64 executor has no form of %T", op)}
}
