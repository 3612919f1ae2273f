package cpu

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// BenchmarkExtras tells what a step's recurrent operations take longer, in processor time, with states that are dropped and with modReLU than
// with leaky ReLU alone: ratios of the least times of rounds in which all take their turns, which other work disturbs least (-benchtime 11x makes 11 of them).
func BenchmarkExtras(b *testing.B) {
	if processSeconds == nil {
		b.Skip("this system does not tell the processor time")
	}
	for _, rank := range []int{0, 32} {
		name := "dense"
		if rank > 0 {
			name = fmt.Sprintf("rank=%d", rank)
		}
		b.Run(name, func(b *testing.B) {
			f := newFixture(b, available()[0], 2, 0)
			extras := []string{"leaky", "dropped", "modrelu"}
			times := make([][]float64, len(extras))
			var programs []*gpu.Program
			for _, extra := range extras {
				p, err := f.dev.Compile(extra, extraOps(f, extra, rank)...)
				if err != nil {
					b.Fatal(err)
				}
				defer p.Close()
				programs = append(programs, p)
			}
			for round := 0; b.Loop(); round++ {
				for i, p := range programs {
					start := processSeconds()
					if err := p.Run(); err != nil {
						b.Fatal(err)
					}
					if round > 0 { // the first one warms up
						times[i] = append(times[i], processSeconds()-start)
					}
				}
			}
			if len(times[0]) == 0 {
				return
			}
			for i := range extras {
				slices.Sort(times[i])
				b.ReportMetric(times[i][0]/times[0][0], extras[i]+"/leaky")
			}
		})
	}
}

// extraOps returns the recurrent operations of a step of 784 time steps, with a loss at the last one, with W as a matrix or of the given rank and a
// diagonal.
func extraOps(f *fixture, extra string, rank int) []gpu.Op {
	const steps, batch, n = 784, 128, 128
	act, mask, masked, unit := activations[1], gpu.View{}, gpu.View{}, gpu.View{}
	switch extra {
	case "dropped":
		mask, masked = f.view(batch, n, func(i int) float32 { return []float32{0, 1.25, 1.25, 1.25, 1.25}[i*7%5] }), f.out((steps+1)*batch, n)
	case "modrelu":
		act = gpu.Activation{Kind: gpu.ModReLU, Unit: f.view(1, n, func(int) float32 { return -0.01 })}
		unit = f.out(batch, n)
	}
	r := newRNN(f, rnnCase{steps: steps, batch: batch, n: n, inputs: 1, act: act, last: true})
	if extra == "dropped" { // the gradient of W is that of what W was given
		r.grad.H, masked = masked, masked.RowRange(0, steps*batch)
	}
	r.fwd.Mask, r.fwd.Masked, r.bwd.Mask, r.bwd.DUnit = mask, masked, mask, unit
	if rank == 0 {
		return []gpu.Op{r.fwd, r.bwd, r.grad}
	}
	d, l, rr := f.view(1, n, func(int) float32 { return 0.9 }), f.weight(rank, n), f.weight(rank, n)
	c, e, dd, dl, dr := f.out(steps*batch, rank), f.out(steps*batch, rank), f.out(1, n), f.out(rank, n), f.out(rank, n)
	r.grad.DW, r.grad.DDiag = gpu.View{}, dd
	return []gpu.Op{
		gpu.RNNLowRankForward{H: r.fwd.H, D: d, L: l, R: rr, C: c, X: r.fwd.X, Wx: r.fwd.Wx, Bias: r.fwd.Bias, Mask: mask, Masked: masked, T: steps, B: batch, Act: act},
		gpu.RNNLowRankBackward{Delta: r.bwd.Delta, E: e, D: d, L: l, R: rr, H: r.fwd.H, DH: r.bwd.DH, Mask: mask, DUnit: unit, T: steps, B: batch, Act: act},
		r.grad, gpu.Gemm{C: dl, A: c, TransA: true, B: r.bwd.Delta, Alpha: 1}, gpu.Gemm{C: dr, A: e, TransA: true, B: r.grad.Previous(), Alpha: 1},
	}
}
