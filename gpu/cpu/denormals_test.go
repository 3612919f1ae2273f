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

// TestTimeDoesNotDependOnValues runs recurrences whose states and gradients vanish, stay and grow. Without flushing, those that
// vanish take up to 27 times as long, depending on the processor.
func TestTimeDoesNotDependOnValues(t *testing.T) {
	if underRace || testing.Short() {
		t.Skip("times mean little here")
	}
	const most = 2.0 // 1.15 on a machine that does nothing else; denormal numbers cost 4 to 27 times
	norms := []float64{0.5, 0.8, 1, 1.2}
	for _, act := range activations {
		for _, rank := range []int{0, 4} {
			t.Run(fmt.Sprintf("%v/rank=%d", act, rank), func(t *testing.T) {
				var runs []*gpu.Program
				for _, norm := range norms {
					runs = append(runs, vanishing(t, act, rank, norm))
				}
				var ratio float64
				var least []time.Duration
				for range 3 { // a machine that was busy gets another try
					if least, ratio = interleaved(t, runs); ratio <= most {
						break
					}
				}
				t.Logf("norms %v take %v, ratio %.2f", norms, least, ratio)
				if ratio > most {
					t.Errorf("W of norms %v take %v: the slowest takes %.2f times the fastest, want at most %g", norms, least, ratio, most)
				}
			})
		}
	}
}

// interleaved returns the shortest time of each program in runs that take turns, and the largest over the smallest of them.
func interleaved(t *testing.T, programs []*gpu.Program) (least []time.Duration, ratio float64) {
	least = slices.Repeat([]time.Duration{math.MaxInt64}, len(programs))
	for range 9 {
		for i, p := range programs {
			start := time.Now()
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			least[i] = min(least[i], time.Since(start))
		}
	}
	return least, float64(slices.Max(least)) / float64(slices.Min(least))
}

// vanishing returns a recurrence forward and backward with W of the given norm, a multiple of a reflection: with rank 0 as a matrix,
// otherwise as diagonal plus low rank. Only h_0 and the gradient of the last step are not zero.
func vanishing(t *testing.T, act gpu.Activation, rank int, norm float64) *gpu.Program {
	const steps, batch, n = 300, 32, 64
	f := newFixture(t, available()[0], 2, 0)
	u := f.random(1, n)
	x := get(t, u).v
	square := 0.0
	for _, v := range x {
		square += v * v
	}
	zero := func(int) float32 { return 0 }
	h := f.view((steps+1)*batch, n, func(i int) float32 {
		if i < batch*n {
			return float32(f.rng.NormFloat64())
		}
		return 0
	})
	dh, delta, z := f.random(batch, n), f.out(steps*batch, n), f.view(steps*batch, n, zero)
	var ops []gpu.Op
	if rank == 0 {
		w := f.view(n, n, func(i int) float32 {
			r, c, e := i/n, i%n, 0.0
			if r == c {
				e = 1
			}
			return float32(norm * (e - 2*x[r]*x[c]/square))
		})
		ops = []gpu.Op{gpu.RNNForward{H: h, W: w, Z: z, T: steps, B: batch, Act: act},
			gpu.RNNBackward{Delta: delta, W: w, H: h, DH: dh, T: steps, B: batch, Act: act},
			gpu.RNNGradient{Delta: delta, H: h, DW: f.out(n, n), T: steps, B: batch}}
	} else {
		d := f.view(1, n, func(int) float32 { return float32(norm) })
		l := f.view(rank, n, func(i int) float32 { return float32(-2 / float64(rank) * norm * x[i%n] / math.Sqrt(square)) })
		r := f.view(rank, n, func(i int) float32 { return float32(x[i%n] / math.Sqrt(square)) })
		ops = []gpu.Op{gpu.RNNLowRankForward{H: h, D: d, L: l, R: r, C: f.out(steps*batch, rank), Z: z, T: steps, B: batch, Act: act},
			gpu.RNNLowRankBackward{Delta: delta, E: f.out(steps*batch, rank), D: d, L: l, R: r, H: h, DH: dh, T: steps, B: batch, Act: act}}
	}
	p, err := f.dev.Compile("vanishing", ops...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}
