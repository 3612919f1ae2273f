//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// blocksCase is a product of reflectors in blocks of b and its gradient.
type blocksCase struct {
	reflectShape
	b         int
	lay       layout
	transpose bool
}

func (c blocksCase) String() string {
	return fmt.Sprintf("batch=%d,m=%d,n=%d,b=%d,%v,transpose=%v", c.batch, c.m, c.n, c.b, c.lay, c.transpose)
}

// maskedReflectors returns m × n reflectors with their structural zeros, of which the second is zero.
func maskedReflectors(m, n int) []float32 {
	u := randoms(50, m*n)
	for i := range u {
		if j := i / n; i%n < j || j == 1 {
			u[i] = 0
		}
	}
	return u
}

// testBlocks compares with float64 and returns y, dx and du.
func testBlocks(t *testing.T, dev *gpu.Device, c blocksCase) [][]float32 {
	t.Helper()
	xs, gs, us := randoms(51, c.batch*c.n), randoms(52, c.batch*c.n), maskedReflectors(c.m, c.n)
	x, u := newFilled(t, dev, "x", c.batch, c.n, c.lay, xs), newFilled(t, dev, "u", c.m, c.n, c.lay, us)
	dy := newFilled(t, dev, "dy", c.batch, c.n, c.lay, gs)
	a := newOperand(t, dev, "a", gpu.FactorRows(c.m, c.b), c.b, c.lay)
	y, dx, du := newOperand(t, dev, "y", c.batch, c.n, c.lay), newOperand(t, dev, "dx", c.batch, c.n, c.lay), newOperand(t, dev, "du", c.m, c.n, c.lay)
	runOps(t, dev, gpu.BlockFactors{A: a.View, U: u.View},
		gpu.ReflectBlocks{Y: y.View, X: x.View, U: u.View, A: a.View, Transpose: c.transpose},
		gpu.ReflectBlocksBackward{DX: dx.View, DU: du.View, DY: dy.View, Y: y.View, U: u.View, A: a.View, Transpose: c.transpose},
		gpu.ReflectBlocks{Y: x.View, X: x.View, U: u.View, A: a.View, Transpose: c.transpose})

	want, g, wantU := wide(xs), wide(gs), make([]float64, c.m*c.n)
	tol, dtol, utol, scale := make([]float64, len(xs)), make([]float64, len(xs)), make([]float64, c.m*c.n), 0.0
	for i := range c.batch {
		row, grad := want[i*c.n:(i+1)*c.n], g[i*c.n:(i+1)*c.n]
		reflectRow(row, us, c.m, c.transpose)
		reflectRowBackward(slices.Clone(row), grad, us, c.m, c.transpose, wantU)
		length, slope := math.Sqrt(dot(row, row)), math.Sqrt(dot(grad, grad))
		for j := range row {
			tol[i*c.n+j] = unit * length * 16 * (1 + math.Sqrt(float64(c.m)))
			dtol[i*c.n+j] = unit * slope * 16 * (1 + math.Sqrt(float64(c.m)))
		}
		scale += length * slope
	}
	for i := range utol {
		if _, square := reflectorAt(us, c.n, i/c.n); square > 0 {
			utol[i] = unit * 16 * (4 + math.Sqrt(float64(c.m))) * scale / math.Sqrt(square)
		}
	}
	near(t, c.String()+" y", y.get(), want, tol)
	near(t, c.String()+" y in place", x.get(), want, tol)
	near(t, c.String()+" dx", dx.get(), g, dtol)
	near(t, c.String()+" du", du.get(), wantU, utol)
	return [][]float32{y.get(), dx.get(), du.get()}
}

// TestReflectBlocks runs sizes at which blocks, vectors and work groups end, with the kernels for processors and for graphics processors.
func TestReflectBlocks(t *testing.T) {
	eachKind(t, func(t *testing.T, dev *gpu.Device) {
		for i, c := range []blocksCase{
			{reflectShape{1, 1, 1}, 4, tight, false}, {reflectShape{5, 3, 3}, 4, opLayouts[1], true}, {reflectShape{3, 33, 33}, 16, tight, false},
			{reflectShape{2, 64, 64}, 32, vectors, true}, {reflectShape{4, 65, 130}, 32, opLayouts[2], false}, {reflectShape{9, 31, 1028}, 8, tight, true},
			{reflectShape{9, 40, 2304}, 32, tight, false},
		} {
			testBlocks(t, dev, c)
			c.transpose = !c.transpose
			if i < 4 {
				testBlocks(t, dev, c)
			}
		}
	})
}

// TestEveryReflectBlocksTile runs each tile of the lists: within rounding of float64, the same bits a second time, and the same bits in
// several launches.
func TestEveryReflectBlocksTile(t *testing.T) {
	for i, tile := range slices.Concat(shaders.ReflectBlocksSoftware, shaders.ReflectBlocksHardware) {
		testBlocksTile(t, i, tile, 0)
	}
}

// TestReflectBlocksExchange does the same where lanes exchange values, with subgroups that hold a block's coefficients in one vec4 a
// lane or in several.
func TestReflectBlocksExchange(t *testing.T) {
	l := testExecutor(t, gpu.Options{}).limits
	if !l.Exchange {
		t.Skip("the device cannot exchange values in a subgroup")
	}
	for i, tile := range shaders.ReflectBlocksExchange {
		testBlocksTile(t, i, tile, l.Subgroup)
		testBlocksTile(t, i+1, tile, min(2, l.Subgroup))
	}
}

// testBlocksTile runs case number i of a tile, in subgroups of some lanes where that is not 0.
func testBlocksTile(t *testing.T, i int, tile shaders.ReflectBlocksTile, subgroup int) {
	t.Helper()
	lay := []layout{opLayouts[2], vectors}[i%2]
	c := blocksCase{reflectShape{int(tile.Rows) + 1 + i%3, 100, 102 + i%2*2}, 16 >> (i % 2), lay, i%3 == 1}
	device := func(cut bool) *gpu.Device {
		return limitedDevice(t, func(l *limits) {
			l.Software, l.ReflectTiles = true, []shaders.ReflectBlocksTile{tile}
			if l.SlowLoads = subgroup > 0; l.SlowLoads {
				l.Subgroup = subgroup
			}
			if cut {
				l.MaxLoop = 2*gpu.MaxReflectorBlock + 2*c.batch
				if p, err := planBlocks(c.batch, c.n, c.m, c.b, *l); err != nil || p.blocks >= ceilDiv(c.m, c.b) {
					t.Errorf("tile %v: %d blocks a launch (%v), want fewer than all", tile, p.blocks, err)
				}
			}
		})
	}
	dev := device(false)
	whole, again, cut := testBlocks(t, dev, c), testBlocks(t, dev, c), testBlocks(t, device(true), c)
	for out := range whole {
		if !sameBits(whole[out], again[out]) {
			t.Errorf("tile %v, %v: output %d differs the second time", tile, c, out)
		}
		if !sameBits(whole[out], cut[out]) {
			t.Errorf("tile %v, %v: output %d differs in several launches", tile, c, out)
		}
	}
}

// TestReflectBlocksOfManySamples takes the gradient of a batch whose states do not fit the memory for them at once.
func TestReflectBlocksOfManySamples(t *testing.T) {
	c := blocksCase{reflectShape{70, 500, 1000}, 4, tight, false}
	if chunk := historyWords / (2 * c.m / c.b * c.n); chunk >= c.batch {
		t.Fatalf("the states of %d samples fit, take more than %d", c.batch, chunk)
	}
	testBlocks(t, deviceFor(t), c)
}

// TestReflectBlocksOfManyGroups has more work groups than lie in one dimension, also where states are in a buffer.
func TestReflectBlocksOfManyGroups(t *testing.T) {
	for _, shared := range []int{32 << 10, 700} {
		dev := limitedDevice(t, func(l *limits) {
			l.ReflectTiles, l.SlowLoads, l.MaxSharedBytes = []shaders.ReflectBlocksTile{{Lanes: 8, Rows: 1, Own: 4, Vecs: 1, Depth: 2, Turn: 1}}, false, shared
		})
		testBlocks(t, dev, blocksCase{reflectShape{65_535 + 70, 3, 8}, 4, tight, false})
	}
}

// TestReflectBlocksThatDoNotFit wants an error that says what does not fit.
func TestReflectBlocksThatDoNotFit(t *testing.T) {
	dev := limitedDevice(t, func(l *limits) { l.MaxSharedBytes, l.SlowLoads = 64, false })
	x, u := newOperand(t, dev, "x", 2, 40, tight), newOperand(t, dev, "u", 33, 40, tight)
	a := newOperand(t, dev, "a", 64, 32, tight)
	if _, err := dev.Compile("too large", gpu.ReflectBlocks{Y: x.View, X: x.View, U: u.View, A: a.View}); err == nil {
		t.Error("no error with 64 bytes of shared memory")
	}
}
