package cpu

import (
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestReflectBlocksOfManySamples takes the gradient of a batch whose states do not fit the memory for them at once.
func TestReflectBlocksOfManySamples(t *testing.T) {
	const batch, m, n, b = 70, 500, 1000, 4
	if chunk := historyWords / (2 * m / b * n); chunk >= batch {
		t.Fatalf("the states of %d samples fit, take more than %d", batch, chunk)
	}
	onEveryForm(t, func(t *testing.T, k *kernels) {
		f := newFixture(t, k, 2, 3)
		u, a := f.reflectors(m, n, false), f.out(gpu.FactorRows(m, b), b)
		x, dy := f.random(batch, n), f.random(batch, n)
		y, dx, du := f.out(batch, n), f.out(batch, n), f.out(m, n)
		f.run(gpu.BlockFactors{A: a, U: u}, gpu.ReflectBlocks{Y: y, X: x, U: u, A: a},
			gpu.ReflectBlocksBackward{DX: dx, DU: du, DY: dy, Y: y, U: u, A: a})
		wantX, wantU := wantReflectGradient(get(t, u), get(t, y), get(t, dy), false)
		near(t, "dx", dx, wantX, 16*math.Sqrt(m), 1)
		near(t, "du", du, wantU, 16*math.Sqrt(m), math.Sqrt(batch))
	})
}
