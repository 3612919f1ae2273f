package cpu

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// BenchmarkLowRank times a training step's recurrent operations with W in factors, beside the dense ones: where the first is faster
// decides what model takes.
func BenchmarkLowRank(b *testing.B) {
	const steps, batch = 100, 128
	for _, n := range []int{128, 256, 512, 1024} {
		f := newFixture(b, available()[0], 2, 0)
		r := newRNN(f, rnnCase{steps: steps, batch: batch, n: n, inputs: 1, act: activations[1], last: true})
		b.Run(fmt.Sprintf("n=%d/dense", n), func(b *testing.B) { benchmark(b, f, r.fwd, r.bwd, r.grad) })
		for _, rank := range []int{8, 16, 32, 64, 128, 256} {
			if rank > n/2 {
				continue
			}
			d, l, rr := f.out(1, n), f.reflectors(rank, n, false), f.reflectors(rank, n, false)
			c, e := f.out(steps*batch, rank), f.out(steps*batch, rank)
			dd, dl, dr := f.out(1, n), f.out(rank, n), f.out(rank, n)
			fwd := gpu.RNNLowRankForward{H: r.fwd.H, D: d, L: l, R: rr, C: c, X: r.fwd.X, Wx: r.fwd.Wx, Bias: r.fwd.Bias, T: steps, B: batch, Act: r.fwd.Act}
			bwd := gpu.RNNLowRankBackward{Delta: r.bwd.Delta, E: e, D: d, L: l, R: rr, H: r.fwd.H, DH: r.bwd.DH, T: steps, B: batch, Act: r.bwd.Act}
			prev := r.grad.Previous()
			grad := r.grad
			grad.DW, grad.DDiag = gpu.View{}, dd
			b.Run(fmt.Sprintf("n=%d/r=%d", n, rank), func(b *testing.B) {
				benchmark(b, f, fwd, bwd, grad, gpu.Gemm{C: dl, A: c, TransA: true, B: bwd.Delta, Alpha: 1}, gpu.Gemm{C: dr, A: e, TransA: true, B: prev, Alpha: 1})
			})
		}
	}
}
