//go:build cgo

package vulkan

import (
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// The tests here run whatever tuning can pick: each tile of the lists for processors and for graphics processors, on the device at
// hand.

// TestEveryRNNTile runs a recurrence with each tile: the result is within rounding of the oracle, the same bits a second time, and
// the same bits with the time steps cut into several dispatches.
func TestEveryRNNTile(t *testing.T) {
	for i, tile := range slices.Concat(shaders.RNNSoftware, shaders.RNNHardware) {
		// Whole vec4 for every other tile; TestRNNTiles takes the others so.
		c := recurrence{n: 33 + 3*(i%2), k: i % 2, t: 5, b: int(tile.Rows) + 1 + i%3, act: testActs[i%4], lay: []layout{opLayouts[2], vectors}[i%2], withDH0: true}
		if lanes, ok := tile.Lanes(c.n); !ok {
			t.Errorf("tile %v does not suit a state of %d (%d lanes)", tile, c.n, lanes)
			continue
		}
		whole := testRNN(t, tileDevice(t, tile, nil), c)
		again := testRNN(t, tileDevice(t, tile, nil), c)
		cut := testRNN(t, tileDevice(t, tile, &c), c)
		for out := range whole {
			if !sameBits(whole[out], again[out]) {
				t.Errorf("tile %v, %v: output %d differs the second time", tile, c, out)
			}
			if !sameBits(whole[out], cut[out]) {
				t.Errorf("tile %v, %v: output %d differs with 2 steps a dispatch", tile, c, out)
			}
		}
	}
}

// tileDevice is a device with one tile for recurrences, and for c, where it is not nil, limits that allow two steps a dispatch.
func tileDevice(t *testing.T, tile shaders.RNNTile, c *recurrence) *gpu.Device {
	return limitedDevice(t, func(l *limits) {
		l.RNNTiles = []shaders.RNNTile{tile}
		if c == nil {
			return
		}
		stride := c.n + c.lay.gap
		p := rnnCandidates(c.n, c.b, c.t, stride, *l)[0]
		l.MaxLoop = p.turns(c.n) * (2 + 1 + int(p.rows))
		if p := rnnCandidates(c.n, c.b, c.t, stride, *l)[0]; p.steps != 2 {
			t.Errorf("tile %v: %d steps a dispatch, want 2", tile, p.steps)
		}
	})
}

// TestEveryGemmTile multiplies with each tile at sizes just off its own, with all that can follow a product, in one sum and in shares
// of K; and twice, for the same bits.
func TestEveryGemmTile(t *testing.T) {
	for i, tile := range slices.Concat(shaders.GemmSoftware, shaders.GemmHardware) {
		dev := limitedDevice(t, func(l *limits) { l.GemmTiles = []shaders.GemmSpec{tile} })
		p := gemmPlan{tile: tile}
		c := product{m: p.rows() + 1 + i%3, n: p.cols() - 1, k: gemmShare - 3, transA: i&1 != 0, transB: i&2 != 0, alpha: 0.5, beta: 2,
			scale: i%2 == 0, bias: true, act: testActs[i%4], lay: opLayouts[i%3]}
		testGemm(t, dev, c)
		c.m, c.n, c.k, c.lay, c.batch = p.rows(), p.cols(), 2*gemmShare+4, vectors, i%2*2
		testGemm(t, dev, c)
		twice(t, dev, c)
	}
}

// twice runs a product two times and requires the same bits.
func twice(t *testing.T, dev *gpu.Device, p product) {
	t.Helper()
	fill := func(name string, seed uint64, rows, cols int) gpu.View {
		b := newBuffer(t, dev, name, rows*cols, gpu.DeviceOnly)
		if err := b.Write(0, randoms(seed, rows*cols)); err != nil {
			t.Fatal(err)
		}
		return b.View(0, rows, cols)
	}
	ar, ac, br, bc := p.m, p.k, p.k, p.n
	if p.transA {
		ar, ac = ac, ar
	}
	if p.transB {
		br, bc = bc, br
	}
	op := gpu.Gemm{A: fill("A", 1, ar, ac), B: fill("B", 2, br, bc), C: fill("C", 3, p.m, p.n), TransA: p.transA, TransB: p.transB, Alpha: 1}
	prog := compile(t, dev, gpu.CompileOptions{}, op)
	run(t, prog)
	first := read(t, op.C.Buf)
	run(t, prog)
	if !sameBits(first, read(t, op.C.Buf)) {
		t.Errorf("%v: other bits the second time", p)
	}
}
