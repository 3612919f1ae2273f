// Package exact is an executor for tests of gradients: it computes operations by plain loops in float64, whatever the size. What it returns differs from the mathematics only by the rounding of float64, so that a gradient can be held
// against finite differences to nine digits, which no fp32 executor allows. It does not register itself: call [Open].
package exact

import (
	"fmt"
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

func (executor) Alloc(_ string, words int, _ gpu.Usage) (gpu.Memory, error) {
	return &memory{words: make([]float64, words)}, nil
}

// memory holds the words of a buffer in float64.
type memory struct{ words []float64 }

func (m *memory) Host() []float32 { return nil }
func (m *memory) Free()           { m.words = nil }

func (m *memory) Write(off int, src []float32) error {
	for i, v := range src {
		m.words[off+i] = float64(v)
	}
	return nil
}

func (m *memory) Read(off int, dst []float32) error {
	for i := range dst {
		dst[i] = float32(m.words[off+i])
	}
	return nil
}

// Write stores the values of a window without rounding them to fp32.
func Write(v gpu.View, values []float64) {
	w := window(v)
	for i := range v.Rows {
		for j := range v.Cols {
			w.set(i, j, values[i*v.Cols+j])
		}
	}
}

// Read returns the rows × cols values of a window without rounding them to fp32.
func Read(v gpu.View) []float64 {
	w, out := window(v), make([]float64, 0, v.Len())
	for i := range v.Rows {
		for j := range v.Cols {
			out = append(out, w.at(i, j))
		}
	}
	return out
}

func (executor) Compile(ops []gpu.Op, _ gpu.CompileOptions) (gpu.Executable, error) {
	x := &executable{}
	for _, op := range ops {
		run, err := lower(op)
		if err != nil {
			return nil, err
		}
		x.run = append(x.run, run)
		x.plan = append(x.plan, op.Name())
	}
	return x, nil
}

type executable struct {
	run  []func()
	plan []string
}

func (x *executable) Run() error {
	for _, run := range x.run {
		run()
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
	case gpu.Gather:
		return func() { gather(op) }, nil
	case gpu.ScatterAdd:
		return func() { scatterAdd(op) }, nil
	case gpu.Scale:
		return func() { scale(op) }, nil
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
