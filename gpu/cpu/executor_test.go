package cpu

import (
	"errors"
	"math"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// everything is a program with every operation of the executor.
func everything(f *fixture) []gpu.Op {
	r := newRNN(f, rnnCase{steps: 5, batch: 40, n: 33, inputs: 2, act: activations[1]})
	wide := newRNN(f, rnnCase{steps: 5, batch: 2, n: 200, inputs: 1, act: activations[3], last: true})
	u, s, a, sym := f.reflectors(7, 33, false), f.out(7, 7), f.out(7, 7), f.out(7, 7)
	x, y, dx, du := f.random(40, 33), f.out(40, 33), f.out(40, 33), f.out(7, 33)
	sg, out2 := f.random(1, 33), f.out(1, 2)
	logits, rows, dl := f.out(40, 5), f.out(40, 2), f.out(40, 5)
	factors := f.out(8, 4)
	deep, coefficients := f.random(9000, 6), f.out(200, 7)
	o := gpu.Adam{P: f.random(1, 300), M: f.random(1, 300), V: f.view(1, 300, func(int) float32 { return 1 }), G: f.random(1, 300),
		Hyper: f.view(1, gpu.HyperLen, func(int) float32 { return 0.1 }), Norm: out2, Groups: f.view(5, 2, func(int) float32 { return 1 })}
	ops := []gpu.Op{
		gpu.Fill{Y: y, Value: 1}, gpu.Accumulate{Y: f.out(1, 33), X: f.random(1, 33), A: 1, B: 0.5, Rounds: 2}, gpu.Copy{Y: y, X: x}, gpu.TimeSum{Y: f.out(8, 33), X: x, Alpha: 1}, gpu.Hadamard{Y: y, A: x, B: f.random(8, 33), Alpha: 1}, gpu.Dropout{Y: y, X: x, Rate: 0.5}, gpu.Noise{Y: y, Deviation: 0.5}, gpu.Gather{Y: y, Table: f.random(9, 33), Tokens: f.ints(labels(40, 5, false))}, gpu.ScatterAdd{Table: f.out(9, 33), X: x, Tokens: f.ints(labels(40, 5, false))}, gpu.Copy{Y: f.out(33, 40), X: x, Transpose: true}, gpu.Scale{Y: y, X: x, Alpha: 1, Left: f.random(1, 40)},
		gpu.Map{Y: f.out(40, 33), X: x, F: gpu.Exp}, gpu.Activate{Y: y, X: x, Act: activations[3]}, gpu.ActivateBackward{DX: dx, DY: x, Y: y, Act: activations[3]},
		gpu.NormalizeReflectors{U: u}, gpu.MaskReflectors{U: u}, gpu.ScaleReflectors{Y: u, S: f.out(1, 7), U: u}, gpu.Gram{S: s, U: u}, gpu.TriInverse{A: a, S: s}, gpu.SymTriu{Y: sym, K: a},
		gpu.Reflect{Y: y, X: x, U: u}, gpu.ReflectBackward{DX: dx, DU: du, DY: x, Y: y, U: u}, gpu.Sigma{Out: f.out(1, 33), S: sg, Center: 1, Radius: 0.1},
		gpu.SigmaBackward{DS: f.out(1, 33), DSigma: sg, S: f.random(1, 33), Center: 1, Radius: 0.1},
		gpu.SVDTangent{OmegaU: f.out(33, 33), OmegaV: f.out(33, 33), M: f.random(33, 33), Sigma: f.random(1, 33)}, r.fwd, r.bwd, r.grad, wide.fwd, wide.bwd, wide.grad,
		gpu.Gemm{C: logits, A: r.fwd.States().RowRange(0, 40), B: f.random(5, 33), TransB: true, Alpha: 2, Bias: f.random(1, 5), Act: activations[3]},
		gpu.Gemm{C: f.out(6, 6), A: deep, B: deep, TransA: true, Alpha: 1}, gpu.SoftmaxCrossEntropy{Rows: rows, DLogits: dl, Logits: logits, Labels: f.ints(labels(40, 5, false))},
		gpu.MeanSquaredError{Rows: f.out(40, 2), DPred: f.out(40, 5), Pred: logits, Target: dl}, gpu.ColDot{Out: out2, A: rows, Alpha: 1},
		gpu.BlockFactors{A: factors, U: u}, gpu.ReflectBlocks{Y: y, X: x, U: u, A: factors},
		gpu.ReflectBlocksBackward{DX: dx, DU: du, DY: x, Y: y, U: u, A: factors},
		gpu.TriSolve{X: f.out(7, 33), S: s, B: u, Trapezoid: true, Scale: sg},
		gpu.RNNLowRankForward{H: r.fwd.H, D: f.random(1, 33), L: u, R: u, C: coefficients, X: r.fwd.X, Wx: r.fwd.Wx, Bias: r.fwd.Bias, T: 5, B: 40, Act: r.fwd.Act},
		gpu.RNNLowRankBackward{Delta: r.bwd.Delta, E: coefficients, D: sg, L: u, R: u, H: r.fwd.H, DH: r.bwd.DH, T: 5, B: 40, Act: r.fwd.Act},
		gpu.MinMax{Out: f.out(1, 2), X: x}, gpu.Norm{Out: out2, X: o.G}, o, gpu.RMSprop{P: o.P, V: o.V, G: o.G, Hyper: o.Hyper, Norm: o.Norm, Groups: o.Groups}, gpu.SGD{P: o.P, M: o.M, G: o.G, Hyper: o.Hyper, Norm: o.Norm, Groups: o.Groups},
	}
	return append(append(ops, repeated(f)), gatedAndMasked(f, r)...)
}

// repeated is an operation on two rows in turn.
func repeated(f *fixture) gpu.Op {
	y, x := f.out(2, 33), f.random(2, 33)
	return gpu.Repeat{Op: gpu.Copy{Y: y.RowRange(0, 1), X: x.RowRange(0, 1)}, Count: 2, Steps: []gpu.Step{{Buf: y.Buf, Words: y.Stride}, {Buf: x.Buf, Words: x.Stride}}}
}

// gatedAndMasked are the recurrences with gates, and those with masks and parameters of activations.
func gatedAndMasked(f *fixture, r rnn) []gpu.Op {
	const steps, b, n = 5, 40, 33
	x, h, c, g, first := f.random(steps*b, 2), f.random((steps+1)*b, n), f.random((steps+1)*b, n), f.out(steps*b, 4*n), f.out(b, n)
	dh, mask, masked, d, low := f.random(steps*b, n), f.random(b, n), f.out(steps*b, n), f.random(1, n), f.random(3, n)
	wl, wg := f.random(4*n, n), f.random(3*n, n)
	ops := []gpu.Op{
		gpu.LSTMForward{H: h, C: c, G: g, W: wl, X: x, Wx: f.random(4*n, 2), Mask: mask, Masked: masked, T: steps, B: b},
		gpu.LSTMBackward{DZ: g, W: wl, G: g, C: c, DH: dh, DH0: first, Mask: mask, T: steps, B: b},
		gpu.GRUForward{H: h, G: g, W: wg, X: x, Wx: f.random(3*n, 2), Mask: mask, Masked: masked, T: steps, B: b},
		gpu.GRUBackward{DZ: g, W: wg, G: g, H: h, DH: dh, DH0: first, Mask: mask, T: steps, B: b},
	}
	for _, kind := range []gpu.ActivationKind{gpu.ReLU, gpu.ModReLU, gpu.ScaledTanh} {
		act, dunit := gpu.Activation{Kind: kind}, gpu.View{}
		if act.PerUnit() {
			act.Unit, dunit = f.random(1, n), f.out(b, n)
		}
		ops = append(ops,
			gpu.RNNForward{H: h, W: r.fwd.W, X: x, Wx: r.fwd.Wx, Mask: mask, Masked: masked, T: steps, B: b, Act: act},
			gpu.RNNBackward{Delta: dh, W: r.fwd.W, H: h, DH: dh, DH0: first, DUnit: dunit, Mask: mask, T: steps, B: b, Act: act},
			gpu.RNNLowRankForward{H: h, D: d, L: low, R: low, X: x, Wx: r.fwd.Wx, Mask: mask, Masked: masked, T: steps, B: b, Act: act},
			gpu.RNNLowRankBackward{Delta: dh, D: d, L: low, R: low, H: h, DH: dh, DH0: first, DUnit: dunit, Mask: mask, T: steps, B: b, Act: act})
	}
	return ops
}

func TestEveryOperationHasAForm(t *testing.T) {
	f := newFixture(t, available()[0], 1, 0)
	seen := map[reflect.Type]bool{}
	for _, op := range everything(f) {
		seen[reflect.TypeOf(op)] = true
	}
	if len(seen) != len(forms) {
		t.Errorf("the tests run %d operations, the executor has %d", len(seen), len(forms))
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, threads := range []int{1, 2, 3} {
			for _, timed := range []bool{false, true} {
				f := newFixture(t, k, threads, 0)
				p, err := f.dev.CompileWith(gpu.CompileOptions{Name: "all", Timestamps: timed}, everything(f)...)
				if err != nil {
					t.Fatal(err)
				}
				if n := testing.AllocsPerRun(20, func() { _ = p.Run() }); n != 0 {
					t.Errorf("%d threads: a run makes %g allocations", threads, n)
				}
				p.Close()
			}
		}
	})
}

// Two runs of the same program on fresh memory give the same bits for every number of threads.
func TestRunsAreBitwiseEqual(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		var first []gpu.View
		for _, threads := range []int{1, 1, 2, 3, 7} {
			f := newFixture(t, k, threads, 5)
			f.run(everything(f)...)
			if first == nil {
				first = f.held
			}
			for i, v := range f.held {
				same(t, v.String(), first[i], v)
			}
		}
	})
}

func TestStatsPlanAndTimes(t *testing.T) {
	f := newFixture(t, available()[0], 2, 0)
	ops := append(everything(f), gpu.Fill{Y: f.out(0, 5)})
	p, err := f.dev.CompileWith(gpu.CompileOptions{Name: "all", Timestamps: true}, ops...)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if s := p.Stats(); s.Submits != 1 || s.Dispatches != len(ops)-1 {
		t.Errorf("stats %+v, want one submission and %d dispatches", s, len(ops)-1)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if len(p.Times()) != len(ops) || len(p.Plan()) != len(ops) {
		t.Fatalf("%d times and %d lines of plan for %d operations", len(p.Times()), len(p.Plan()), len(ops))
	}
	for i, op := range ops {
		if !strings.HasPrefix(p.Plan()[i], op.Name()+": ") {
			t.Errorf("plan %q does not name %s", p.Plan()[i], op.Name())
		}
		if i < len(ops)-1 && p.Times()[i] <= 0 {
			t.Errorf("%s took %v", op.Name(), p.Times()[i])
		}
	}
	plain, err := f.dev.Compile("plain", ops...)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if plain.Times() != nil {
		t.Error("times without being asked for")
	}
}

func TestOutOfMemory(t *testing.T) {
	real := availableMemory
	defer func() { availableMemory = real }()
	f := newFixture(t, available()[0], 2, 0)
	availableMemory = func() int64 { return 100 << 20 }
	_, err := f.dev.NewBuffer("states", 1<<30, gpu.DeviceOnly)
	if !errors.Is(err, gpu.ErrOutOfMemory) || !strings.Contains(err.Error(), "states") || !strings.Contains(err.Error(), "4.0 GiB") || !strings.Contains(err.Error(), "100.0 MiB") {
		t.Errorf("allocating 4 GiB of 100 MiB: %v", err)
	}
	if _, err := f.dev.NewBuffer("all", math.MaxInt/8, gpu.DeviceOnly); !errors.Is(err, gpu.ErrOutOfMemory) {
		t.Errorf("allocating the address space: %v", err)
	}
	w := f.random(2048, 2048)
	availableMemory = func() int64 { return 1 << 20 }
	if _, err := f.dev.Compile("step", gpu.RNNForward{H: f.random(2, 2048), W: w, Z: f.random(1, 2048), T: 1, B: 1}); !errors.Is(err, gpu.ErrOutOfMemory) {
		t.Errorf("compiling with no memory for scratch: %v", err)
	}
}

func TestMemory(t *testing.T) {
	f := newFixture(t, available()[0], 1, 0)
	b, err := f.dev.NewBuffer("b", 10, gpu.DeviceOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if b.Host() != nil {
		t.Error("device memory has a host slice")
	}
	if err := b.Write(3, []float32{1, 2}); err != nil {
		t.Fatal(err)
	}
	got := make([]float32, 10)
	if err := b.Read(0, got); err != nil || got[3] != 1 || got[4] != 2 || got[0] != 0 {
		t.Errorf("read %v, %v", got, err)
	}
}

func TestOpenThroughTheRegistry(t *testing.T) {
	for _, k := range available() {
		t.Setenv("SPECTRAL_CPU", k.key)
		d, err := gpu.Open("cpu", gpu.Options{Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		if info := d.Info(); info.Kind != gpu.CPU || !info.Unified || !strings.Contains(info.Name, "2 threads") || !strings.Contains(info.Name, k.name) {
			t.Errorf("info %+v", info)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Setenv("SPECTRAL_CPU", "sse9")
	if _, err := (backend{}).Open(0, gpu.Options{}); !errors.Is(err, gpu.ErrUnsupported) || !strings.Contains(err.Error(), "sse9") {
		t.Errorf("an unknown form: %v", err)
	}
	t.Setenv("SPECTRAL_CPU", "")
	if _, err := (backend{}).Open(1, gpu.Options{}); !errors.Is(err, gpu.ErrNoDevice) {
		t.Errorf("index 1: %v", err)
	}
	if _, err := (backend{}).Open(0, gpu.Options{Threads: -1}); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("−1 threads: %v", err)
	}
}

// unknown is an operation that no executor has.
type unknown struct{ gpu.Fill }

func (unknown) Name() string { return "unknown" }

func TestUnknownOperation(t *testing.T) {
	f := newFixture(t, available()[0], 1, 0)
	if _, err := f.dev.Compile("p", unknown{gpu.Fill{Y: f.out(1, 1)}}); !errors.Is(err, gpu.ErrUnsupported) || !strings.Contains(err.Error(), "unknown") {
		t.Errorf("compiling an unknown operation: %v", err)
	}
}

func TestRunAfterClose(t *testing.T) {
	exec := newExecutor(available()[0], 3)
	mem, err := exec.Alloc("y", 100, gpu.DeviceOnly)
	if err != nil {
		t.Fatal(err)
	}
	buf := gpu.WrapMemory("y", 100, mem)
	p, err := exec.Compile([]gpu.Op{gpu.Fill{Y: buf.All()}}, gpu.CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); !errors.Is(err, gpu.ErrClosed) {
		t.Errorf("running on a closed device: %v", err)
	}
}

// Programs of one device run one after another even if several goroutines run them, also after the workers fell asleep.
func TestConcurrentRuns(t *testing.T) {
	f := newFixture(t, available()[0], 3, 0)
	x := f.random(3, 60000)
	var group sync.WaitGroup
	for range 4 {
		y := f.out(3, 60000)
		p, err := f.dev.Compile("copy", gpu.Copy{Y: y, X: x})
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			defer p.Close()
			for i := range 30 {
				if err := p.Run(); err != nil {
					t.Error(err)
				}
				if i%10 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
			same(t, "copy", x, y)
		})
	}
	group.Wait()
}

func TestCloseEndsTheWorkers(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		if err := newExecutor(available()[0], 4).Close(); err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}
