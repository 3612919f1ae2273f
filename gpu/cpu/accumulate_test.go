package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestAccumulate tries every form on vectors that are shorter and longer than what it keeps in registers.
func TestAccumulate(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, n := range []int{0, 1, 7, accumulateBlock - 1, accumulateBlock, accumulateBlock + 1, 2*accumulatePiece + 5} {
			for _, rounds := range []int{0, 1, 5} {
				t.Run(fmt.Sprintf("n=%d/rounds=%d", n, rounds), func(t *testing.T) {
					f := newFixture(t, k, 2, 0)
					x, y := f.random(1, n), f.out(1, n)
					f.run(gpu.Accumulate{Y: y, X: x, A: 0.5, B: -0.25, Rounds: rounds})
					in, out := get(t, x), get(t, y)
					for i, v := range out.v {
						want := in.v[i] - 0.125*float64(rounds)
						if math.Abs(v-want) > 1e-6*(1+math.Abs(want)) {
							t.Fatalf("element %d is %g, want %g", i, v, want)
						}
					}
				})
			}
		}
	})
}
