package cpu

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/internal/denormals"
)

// denormal is half the smallest normal number; a variable, so that the compiler does not compute with it.
var denormal = float32(0x1p-127)

func TestDenormalsAreZero(t *testing.T) {
	if !denormals.Supported {
		t.Skipf("%s has no such mode", runtime.GOARCH)
	}
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, threads := range []int{1, 2, 3} {
			for _, rows := range []int{1, 4000} { // on the caller alone, and on all workers
				f := newFixture(t, k, threads, 0)
				operand := f.view(rows, 33, func(i int) float32 { return []float32{denormal, -denormal}[i%2] })
				least := f.view(rows, 33, func(int) float32 { return 0x1p-126 })
				a, b := f.out(rows, 33), f.out(rows, 33)
				f.run(gpu.Scale{Y: a, X: operand, Alpha: 0x1p100}, gpu.Scale{Y: b, X: least, Alpha: 0.5})
				if denormal*0.5 == 0 {
					t.Fatal("the caller's denormal numbers are flushed after a run")
				}
				for _, v := range append(get(t, a).v, get(t, b).v...) {
					if v != 0 {
						t.Fatalf("%d threads, %d rows: a denormal operand or result became %g, want 0", threads, rows, v)
					}
				}
			}
		}
	})
}

// TestDenormalsOfOthers runs programs while other goroutines, more than there are processors, compute with denormal numbers.
func TestDenormalsOfOthers(t *testing.T) {
	f := newFixture(t, available()[0], runtime.GOMAXPROCS(0), 0)
	x := f.random(400, 400)
	p, err := f.dev.Compile("products", gpu.Gemm{C: f.out(400, 400), A: x, B: x, Alpha: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var stop atomic.Bool
	lost := make(chan int)
	const others = 4
	for range others {
		go func() {
			n := 0
			for !stop.Load() {
				x := denormal
				for range 1000 {
					x *= 0.5
					x += x
				}
				if x != denormal {
					n++
				}
				runtime.Gosched()
			}
			lost <- n
		}()
	}
	for range 50 {
		if err := p.Run(); err != nil {
			t.Error(err)
		}
		if x := denormal * 0.5; x == 0 {
			t.Error("the caller's denormal numbers are flushed after a run")
		}
	}
	stop.Store(true)
	for range others {
		if n := <-lost; n > 0 {
			t.Errorf("denormal numbers of another goroutine were flushed %d times", n)
		}
	}
}

// vanishingCell is a recurrence whose states and gradients vanish, stay or grow by the norm of its matrix: its operations forward and backward.
type vanishingCell struct {
	name string
	ops  func(v *vanishing, norm float64) []gpu.Op
}

func vanishingCells() []vanishingCell {
	var list []vanishingCell
	for _, act := range activations {
		list = append(list,
			vanishingCell{fmt.Sprintf("rnn/%v", act), func(v *vanishing, norm float64) []gpu.Op { return v.rnn(act, norm) }},
			vanishingCell{fmt.Sprintf("rnn low-rank/%v", act), func(v *vanishing, norm float64) []gpu.Op { return v.lowRank(act, norm) }})
	}
	return append(list, vanishingCell{"lstm", (*vanishing).lstm}, vanishingCell{"gru", (*vanishing).gru})
}

// TestTimeDoesNotDependOnValues runs recurrences whose states and gradients vanish, stay and grow. Without flushing, those that
// vanish take up to 27 times as long, depending on the processor. Other work of the machine only ever adds to a time, so the shortest of runs
// that take turns is compared, and there are more rounds as long as it is not the same for all: one thread and short runs find a gap soon.
func TestTimeDoesNotDependOnValues(t *testing.T) {
	if underRace || testing.Short() {
		t.Skip("times mean little here")
	}
	const (
		most     = 1.15
		least    = 9 // rounds
		patience = 30 * time.Second
	)
	norms := []float64{0.5, 0.8, 1, 1.2}
	for _, cell := range vanishingCells() {
		t.Run(cell.name, func(t *testing.T) {
			var runs []*gpu.Program
			for _, norm := range norms {
				v := newVanishing(t)
				runs = append(runs, v.program(cell.ops(v, norm)))
			}
			shortest := slices.Repeat([]time.Duration{math.MaxInt64}, len(runs))
			ratio, rounds := math.Inf(1), 0
			for begin := time.Now(); rounds < least || ratio > most && time.Since(begin) < patience; rounds++ {
				for i, p := range runs {
					start := time.Now()
					if err := p.Run(); err != nil {
						t.Fatal(err)
					}
					shortest[i] = min(shortest[i], time.Since(start))
				}
				ratio = float64(slices.Max(shortest)) / float64(slices.Min(shortest))
			}
			t.Logf("norms %v take %v, ratio %.3f after %d rounds", norms, shortest, ratio, rounds)
			if ratio > most {
				t.Errorf("W of norms %v take %v: the slowest takes %.2f times the fastest, want at most %g", norms, shortest, ratio, most)
			}
		})
	}
}

// vanishing makes operands of recurrences of which only the first state and the gradient of the last step are not zero.
type vanishing struct {
	*fixture
	direction []float64 // of unit length
}

// Sizes of the recurrences: numbers vanish within the steps, and a run takes a few milliseconds.
const vanishingSteps, vanishingBatch, vanishingUnits = 300, 8, 64

func newVanishing(t *testing.T) *vanishing {
	v := &vanishing{fixture: newFixture(t, available()[0], 1, 0)}
	square := 0.0
	for range vanishingUnits {
		x := v.rng.NormFloat64()
		v.direction, square = append(v.direction, x), square+x*x
	}
	for i := range v.direction {
		v.direction[i] /= math.Sqrt(square)
	}
	return v
}

func (v *vanishing) program(ops []gpu.Op) *gpu.Program {
	p, err := v.dev.Compile("vanishing", ops...)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(p.Close)
	return p
}

func (v *vanishing) zeros(rows, cols int) gpu.View {
	return v.view(rows, cols, func(int) float32 { return 0 })
}

// states have a first one that is not zero.
func (v *vanishing) states() gpu.View {
	return v.view((vanishingSteps+1)*vanishingBatch, vanishingUnits, func(i int) float32 {
		if i < vanishingBatch*vanishingUnits {
			return float32(v.rng.NormFloat64())
		}
		return 0
	})
}

// matrix is as many reflections below each other, of the given norm together.
func (v *vanishing) matrix(gates int, norm float64) gpu.View {
	const n = vanishingUnits
	norm /= math.Sqrt(float64(gates))
	return v.view(gates*n, n, func(i int) float32 {
		r, c, e := i/n%n, i%n, 0.0
		if r == c {
			e = 1
		}
		return float32(norm * (e - 2*v.direction[r]*v.direction[c]))
	})
}

func (v *vanishing) rnn(act gpu.Activation, norm float64) []gpu.Op {
	const rows, n = vanishingSteps * vanishingBatch, vanishingUnits
	h, w, delta := v.states(), v.matrix(1, norm), v.out(rows, n)
	return []gpu.Op{
		gpu.RNNForward{H: h, W: w, Z: v.zeros(rows, n), T: vanishingSteps, B: vanishingBatch, Act: act},
		gpu.RNNBackward{Delta: delta, W: w, H: h, DH: v.random(vanishingBatch, n), T: vanishingSteps, B: vanishingBatch, Act: act},
		gpu.RNNGradient{Delta: delta, H: h, DW: v.out(n, n), T: vanishingSteps, B: vanishingBatch}}
}

func (v *vanishing) lowRank(act gpu.Activation, norm float64) []gpu.Op {
	const rows, n, rank = vanishingSteps * vanishingBatch, vanishingUnits, 4
	h, delta := v.states(), v.out(rows, n)
	d := v.view(1, n, func(int) float32 { return float32(norm) })
	l := v.view(rank, n, func(i int) float32 { return float32(-2. / rank * norm * v.direction[i%n]) })
	r := v.view(rank, n, func(i int) float32 { return float32(v.direction[i%n]) })
	return []gpu.Op{
		gpu.RNNLowRankForward{H: h, D: d, L: l, R: r, C: v.out(rows, rank), Z: v.zeros(rows, n), T: vanishingSteps, B: vanishingBatch, Act: act},
		gpu.RNNLowRankBackward{Delta: delta, E: v.out(rows, rank), D: d, L: l, R: r, H: h, DH: v.random(vanishingBatch, n), T: vanishingSteps, B: vanishingBatch, Act: act}}
}

func (v *vanishing) lstm(norm float64) []gpu.Op {
	const rows, n = vanishingSteps * vanishingBatch, vanishingUnits
	h, c, w, gates := v.states(), v.states(), v.matrix(lstmGates, norm), v.out(rows, lstmGates*n)
	delta := v.out(rows, lstmGates*n)
	return []gpu.Op{
		gpu.LSTMForward{H: h, C: c, G: gates, W: w, Z: v.zeros(rows, lstmGates*n), T: vanishingSteps, B: vanishingBatch},
		gpu.LSTMBackward{DZ: delta, G: gates, W: w, C: c, DH: v.random(vanishingBatch, n), T: vanishingSteps, B: vanishingBatch},
		gpu.RNNGradient{Delta: delta, H: h, DW: v.out(lstmGates*n, n), T: vanishingSteps, B: vanishingBatch}}
}

func (v *vanishing) gru(norm float64) []gpu.Op {
	const rows, n = vanishingSteps * vanishingBatch, vanishingUnits
	h, w, gates, delta := v.states(), v.matrix(gruGates, norm), v.out(rows, gruKept*n), v.out(rows, gruKept*n)
	return []gpu.Op{
		gpu.GRUForward{H: h, G: gates, W: w, Z: v.zeros(rows, gruGates*n), T: vanishingSteps, B: vanishingBatch},
		gpu.GRUBackward{DZ: delta, G: gates, W: w, H: h, DH: v.random(vanishingBatch, n), T: vanishingSteps, B: vanishingBatch},
		gpu.RNNGradient{Delta: delta.ColRange(0, 2*n), H: h, DW: v.out(2*n, n), T: vanishingSteps, B: vanishingBatch}}
}
