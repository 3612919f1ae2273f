//go:build cgo

package vulkan

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// The tests here run whatever tuning can pick: each tile of the lists for processors and for graphics processors, on the device at
// hand.

// TestEveryRNNTile runs a recurrence with each tile: the result is within rounding of the oracle, the same bits a second time, and
// the same bits with the time steps cut into several dispatches and with W in registers or not.
func TestEveryRNNTile(t *testing.T) {
	for i, tile := range slices.Concat(shaders.RNNSoftware, shaders.RNNHardware) {
		// Whole vec4 for every other tile; TestRNNTiles takes the others so.
		c := recurrence{n: stateFor(tile, 33+3*(i%2)), k: i % 2, t: 5, b: int(tile.Rows) + 1 + i%3, act: testActs[i%4], lay: []layout{opLayouts[2], vectors}[i%2], withDH0: true}
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
		twin := tile
		twin.Keep = false
		if _, ok := twin.Lanes(c.n); ok && tile.Keep {
			for out, loaded := range testRNN(t, tileDevice(t, twin, nil), c) {
				if !sameBits(whole[out], loaded) {
					t.Errorf("tile %v, %v: output %d differs from that with W loaded every step", tile, c, out)
				}
			}
		}
	}
}

// TestRNNTilesThatKeepPartOfW runs the tiles that keep W at the least state of which they keep some rows and read others, two and one at once: the
// same bits as with all of W read in every step.
func TestRNNTilesThatKeepPartOfW(t *testing.T) {
	for i, tile := range shaders.RNNHardware {
		if !tile.Keep {
			continue
		}
		t.Run(fmt.Sprintf("%d×%d", tile.Rows, tile.Parts), func(t *testing.T) {
			c := recurrence{n: 4*int(tile.Parts) - i%2, t: 3, b: int(tile.Rows) + 1, act: testActs[i%4], lay: []layout{opLayouts[2], vectors}[(i+1)%2]}
			part, turns := false, false // the least state that is kept in part, or one of which two rows are read at once besides
			for n := c.n; n < 1024 && !turns; n += 4 {
				_, ok := tile.Lanes(n)
				kept := int(tile.KeptRows(n))
				if ok && kept < ceilDiv(ceilDiv(n, 4), int(tile.Parts)) && (!part || tile.Turn(n) > 1) {
					c.n, part, turns = n, true, tile.Turn(n) > 1
				}
			}
			if !part {
				t.Fatalf("tile %v keeps all or nothing", tile)
			}
			some := testRNN(t, tileDevice(t, tile, nil), c)
			tile.Keep = false
			for out, loaded := range testRNN(t, tileDevice(t, tile, nil), c) {
				if !sameBits(some[out], loaded) {
					t.Errorf("tile %v, %v: output %d differs from that with W loaded every step", tile, c, out)
				}
			}
		})
	}
}

// stateFor returns n, or where a tile takes more parts than n has vec4 a size with so many, and as odd.
func stateFor(tile shaders.RNNTile, n int) int { return max(n, 4*int(tile.Parts)+n%4) }

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
// of K; and again, and in pieces of the grid, for the same bits.
func TestEveryGemmTile(t *testing.T) {
	for i, tile := range slices.Concat(shaders.GemmSoftware, shaders.GemmHardware) {
		if tile.Addressed {
			continue // TestGemmByAddress
		}
		t.Run(strings.ReplaceAll(fmt.Sprintf("%+v", tile), " ", ","), func(t *testing.T) {
			dev := limitedDevice(t, func(l *limits) { l.GemmTiles = []shaders.GemmTile{tile} })
			p := gemmPlan{tile: tile}
			c := product{m: p.rows() + 1 + i%3, n: p.cols() - 1, k: gemmShare - 3, transA: i&1 != 0, transB: i&2 != 0, alpha: 0.5, beta: 2,
				scale: i%2 == 0, bias: true, act: testActs[i%4], lay: opLayouts[i%3]}
			testGemm(t, dev, c)
			c.m, c.n, c.k, c.lay, c.batch = p.rows(), p.cols(), 2*gemmShare+4, vectors, i%2*2
			testGemm(t, dev, c)
			c.m, c.n, c.k = 2*p.rows()+4, 2*p.cols()-4, 300
			whole, dispatches := twice(t, dev, c)
			slow := limitedDevice(t, func(l *limits) {
				l.GemmTiles, l.Software = []shaders.GemmTile{tile}, false
				l.Rate = 2 * float64(c.m*c.n*c.k) / 3 / dispatchSeconds
			})
			pieces, several := twice(t, slow, c)
			if !sameBits(whole, pieces) || several < dispatches+2 {
				t.Errorf("%v: other bits in %d dispatches than in %d, or too few", c, several, dispatches)
			}
		})
	}
}

// twice runs a product two times and requires the same bits, which it returns with the number of dispatches.
func twice(t *testing.T, dev *gpu.Device, p product) ([]float32, int) {
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
	return first, prog.Stats().Dispatches
}

// TestEveryLowRankTile runs recurrences in factors with each tile: the result is within rounding of the same recurrence with W formed,
// in float64; and the same bits with the time steps cut into several dispatches.
func TestEveryLowRankTile(t *testing.T) {
	for i, tile := range slices.Concat(shaders.LowRankSoftware, shaders.LowRankHardware) {
		hardware := i >= len(shaders.LowRankSoftware)
		c := lowRankCase{n: 33 + 3*(i%2), rank: 5 + 3*(i%2), t: 5, b: int(tile.Rows) + 1 + i%3, act: testActs[i%4]}
		limit := func(l *limits) {
			l.LowRankTiles, l.Software = []shaders.LowRankTile{tile}, !hardware
		}
		whole := c.run(t, limitedDevice(t, limit))
		c.check(t, whole)
		again := c.run(t, limitedDevice(t, limit))
		cut := c.run(t, limitedDevice(t, func(l *limits) {
			limit(l)
			for l.MaxLoop = 1; lowRankCandidates(c.n, c.rank, c.b, c.t, c.n, *l)[0].steps < 2; l.MaxLoop++ {
			}
		}))
		for out := range whole {
			if !sameBits(whole[out], again[out]) || !sameBits(whole[out], cut[out]) {
				t.Errorf("tile %v: output %d differs the second time, or with 2 steps a dispatch", tile, out)
			}
		}
	}
}

// TestLowRankTilesThatKeepPart runs the tiles that keep factors at a state of which they keep some rows and read others.
func TestLowRankTilesThatKeepPart(t *testing.T) {
	for i, tile := range shaders.LowRankHardware {
		if !tile.Keep {
			continue
		}
		dev := limitedDevice(t, func(l *limits) { l.LowRankTiles, l.Software = []shaders.LowRankTile{tile}, false })
		c := lowRankCase{n: 518 + 2*(i%2), rank: 31 + i%2, t: 2, b: int(tile.Rows) + 1, act: testActs[i%4]}
		if a, b, shareA, shareB := tile.ForRank(8).Kept(uint32(ceilDiv(c.n, 4)), 8); a+b == 0 || a+b == shareA+shareB {
			t.Errorf("tile %v keeps %d and %d of %d and %d rows", tile, a, b, shareA, shareB)
		}
		whole := c.run(t, dev)
		c.check(t, whole)
		for out, again := range c.run(t, dev) {
			if !sameBits(whole[out], again) {
				t.Errorf("tile %v: output %d differs the second time", tile, out)
			}
		}
	}
}

// TestLowRankOfManySequences has more work groups than lie in one dimension.
func TestLowRankOfManySequences(t *testing.T) {
	dev := limitedDevice(t, func(l *limits) { l.LowRankTiles = []shaders.LowRankTile{{Rows: 1, Vecs: 1, Lanes: 8, Parts: 1}} })
	c := lowRankCase{n: 3, rank: 2, t: 2, b: 65_535 + 70}
	c.check(t, c.run(t, dev))
}

// TestLowRankOfManyCoefficients runs ranks at which shared memory of 32 KiB bounds how sums are shared out, and one that it has no
// room for.
func TestLowRankOfManyCoefficients(t *testing.T) {
	dev := limitedDevice(t, func(l *limits) { l.Software, l.MaxSharedBytes = false, 32<<10 })
	for _, rank := range []int{1024, 1028, 2052} {
		c := lowRankCase{n: 12, rank: rank, t: 2, b: 3, act: testActs[rank/4%4]}
		c.check(t, c.run(t, dev))
	}
	n, rank := 4, 8000
	h, d := newOperand(t, dev, "H", 2, n, tight), newOperand(t, dev, "D", 1, n, tight)
	l, r, z := newOperand(t, dev, "L", rank, n, tight), newOperand(t, dev, "R", rank, n, tight), newOperand(t, dev, "Z", 1, n, tight)
	_, err := dev.Compile("too large", gpu.RNNLowRankForward{H: h.View, D: d.View, L: l.View, R: r.View, Z: z.View, T: 1, B: 1, Act: testActs[0]})
	if !errors.Is(err, gpu.ErrUnsupported) {
		t.Errorf("rank %d: error %v, want one that it is unsupported", rank, err)
	}
}

// lowRankCase is a recurrence in factors, forward and backward.
type lowRankCase struct {
	n, rank, t, b int
	act           gpu.Activation
}

// factors returns d, L, R, h_0, z and dh.
func (c lowRankCase) factors() (d, l, r, h0, z, dh []float32) {
	scaled := func(seed uint64, size int) []float32 {
		v := randoms(seed, size)
		for i := range v {
			v[i] *= 0.3
		}
		return v
	}
	return scaled(1, c.n), scaled(2, c.rank*c.n), scaled(3, c.rank*c.n), randoms(4, c.b*c.n), randoms(5, c.t*c.b*c.n), randoms(6, c.t*c.b*c.n)
}

// run returns H, C, Delta, E and DH0.
func (c lowRankCase) run(t *testing.T, dev *gpu.Device) (outputs [][]float32) {
	t.Helper()
	dv, lv, rv, h0, z, dh := c.factors()
	rows := c.t * c.b
	place := func(name string, rows, cols int, values []float32) operand {
		o := newOperand(t, dev, name, rows, cols, vectors)
		o.set(append(slices.Clone(values), make([]float32, rows*cols-len(values))...))
		return o
	}
	d, l, r := place("D", 1, c.n, dv), place("L", c.rank, c.n, lv), place("R", c.rank, c.n, rv)
	h, zs, dhs := place("H", rows+c.b, c.n, h0), place("Z", rows, c.n, z), place("DH", rows, c.n, dh)
	coefficients, delta, e, dh0 := place("C", rows, c.rank, nil), place("Delta", rows, c.n, nil), place("E", rows, c.rank, nil), place("DH0", c.b, c.n, nil)
	runOps(t, dev,
		gpu.RNNLowRankForward{H: h.View, D: d.View, L: l.View, R: r.View, C: coefficients.View, Z: zs.View, T: c.t, B: c.b, Act: c.act},
		gpu.RNNLowRankBackward{Delta: delta.View, E: e.View, D: d.View, L: l.View, R: r.View, H: h.View, DH: dhs.View, DH0: dh0.View, T: c.t, B: c.b, Act: c.act})
	for _, o := range []operand{h, coefficients, delta, e, dh0} {
		outputs = append(outputs, o.get())
	}
	return outputs
}

// check compares H, Delta and DH0 with loops over W = diag(D) + Lᵀ R in float64, on the states that the device computed, so that errors
// do not add up over the steps.
func (c lowRankCase) check(t *testing.T, outputs [][]float32) {
	t.Helper()
	d, l, r, _, z, dh := c.factors()
	h, delta, dh0 := outputs[0], outputs[2], outputs[4]
	w := func(i, j int) float64 {
		sum := 0.0
		for k := range c.rank {
			sum += float64(l[k*c.n+i]) * float64(r[k*c.n+j])
		}
		if i == j {
			sum += float64(d[i])
		}
		return sum
	}
	tolerance := 64 * float64(c.n+c.rank) * unit
	for row := range c.t * c.b {
		for i := range c.n {
			pre := float64(z[row*c.n+i])
			back := 0.0
			for j := range c.n {
				pre += w(i, j) * float64(h[row*c.n+j])
				if next := row + c.b; next < c.t*c.b {
					back += w(j, i) * float64(delta[next*c.n+j])
				}
			}
			state := float64(h[(row+c.b)*c.n+i])
			if want := activation(c.act, pre); math.Abs(state-want) > tolerance {
				t.Fatalf("%+v: H of row %d, column %d is %v, want %v", c, row, i, state, want)
			}
			if want := slope(c.act, state) * (float64(dh[row*c.n+i]) + back); math.Abs(float64(delta[row*c.n+i])-want) > tolerance {
				t.Fatalf("%+v: Delta of row %d, column %d is %v, want %v", c, row, i, delta[row*c.n+i], want)
			}
		}
	}
	for row := range c.b {
		for i := range c.n {
			want := 0.0
			for j := range c.n {
				want += w(j, i) * float64(delta[row*c.n+j])
			}
			if got := float64(dh0[row*c.n+i]); math.Abs(got-want) > tolerance {
				t.Fatalf("%+v: DH0 of row %d, column %d is %v, want %v", c, row, i, got, want)
			}
		}
	}
}
