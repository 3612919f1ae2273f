//go:build cgo

package vulkan

import (
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// TestReadByAddress runs LSTMs with W and the state read by address: within rounding of float64, and the same bits as without, also with the time
// steps cut into several dispatches. The sizes have turns that are a whole product, that leave nothing over and that leave a row over.
func TestReadByAddress(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	if !d.limits.byAddress() {
		t.Skip("this device's kernels do not read by address") // Mesa 22 compiles such code for minutes
	}
	dev := gpu.NewDevice(d)
	for _, c := range []lstmCase{
		{n: 21, k: 1, t: 5, b: 11, lay: opLayouts[2]},
		{n: 36, k: -1, t: 3, b: 9, lay: vectors, inPlace: true, lastOnly: true},
		{n: 136, k: 3, t: 2, b: 5, lay: vectors},
	} {
		d.limits.GatedTiles = []shaders.GatedTile{{Rows: 8, Vecs: 1, Parts: 1}}
		d.limits.SlowLoads = true
		lstm := testLSTM(t, dev, c)
		d.limits.SlowLoads = false
		forward, backward := c.shapes()
		if !gatedCandidates(forward, d.limits)[0].byAddress || !gatedCandidates(backward, d.limits)[0].byAddress {
			t.Fatalf("%v is not read by address", c)
		}
		equal := func(what string, got [][]float32) {
			for out := range lstm {
				if !sameBits(lstm[out], got[out]) {
					t.Errorf("%s %v: output %d differs", what, c, out)
				}
			}
		}
		equal("LSTM", testLSTM(t, dev, c))
		whole := d.limits.MaxLoop
		cutGated(c, &d.limits)
		equal("LSTM, 2 steps a dispatch", testLSTM(t, dev, c))
		d.limits.MaxLoop = whole
	}
}

// TestAddressedPieces: what is read by address takes few dispatches, however long the sequence, and short ones are read so.
func TestAddressedPieces(t *testing.T) {
	l := testExecutor(t, gpu.Options{}).limits
	l.Software, l.Int64, l.SlowLoads, l.Subgroup, l.GatedTiles = true, true, false, shaders.GatedSoftwareLanes, nil
	for _, n := range []int{64, 128, 512} {
		for _, steps := range []int{1, 56, 784, 5000} {
			forward, backward := lstmCase{n: n, k: 2, t: steps, b: 128, lay: vectors}.shapes()
			for _, s := range []gatedShape{forward, backward} {
				addressed := 0
				for _, p := range gatedCandidates(s, l) {
					if !p.byAddress {
						continue
					}
					if addressed++; ceilDiv(steps, p.stepsOf(s, l)) > addressedPieces {
						t.Errorf("n=%d, %d steps: %v takes %d dispatches", n, steps, p, ceilDiv(steps, p.stepsOf(s, l)))
					}
				}
				if addressed == 0 && steps == 1 {
					t.Errorf("n=%d, one step: nothing is read by address", n)
				}
			}
		}
	}
}

// TestGemmByAddress multiplies by the kernel that reads by address: sizes that fill its blocks and that do not, shares that end within a turn, batches,
// all that can follow a product, gaps in memory, and the same bits in pieces of the grid.
func TestGemmByAddress(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	if !d.limits.byAddress() {
		t.Skip("this device's kernels do not read by address")
	}
	tile := shaders.GemmSoftware[slices.IndexFunc(shaders.GemmSoftware, func(t shaders.GemmTile) bool { return t.Addressed })]
	d.limits.GemmTiles = []shaders.GemmTile{tile}
	dev := gpu.NewDevice(d)
	for i, s := range [][3]int{{4, 16, 2 * gemmShare}, {36, 144, 2*gemmShare + 5}, {100, 112, 3*gemmShare - 1}, {64, 256, 4 * gemmShare}} {
		p := product{m: s[0], n: s[1], k: s[2], transA: true, alpha: 1, lay: opLayouts[i%3]}
		if shape := (gemmShape{m: p.m, n: p.n, k: p.k, count: 1, transA: true}); !gemmCandidates(shape, d.limits)[0].tile.Addressed {
			t.Errorf("%v is not read by address", p)
		}
		testGemm(t, dev, p)
		p.alpha, p.beta, p.scale, p.bias, p.act, p.batch = 0.5, 2, i%2 == 0, true, testActs[i], i%2*3
		testGemm(t, dev, p)
		whole, dispatches := twice(t, dev, p)
		d.limits.Rate = 2 * float64(p.m*p.n*p.k) / 3 / dispatchSeconds
		pieces, several := twice(t, dev, p)
		d.limits.Rate = 0
		if s[0] > int(tile.AddressedSpec().Rows) && (!sameBits(whole, pieces) || several < dispatches+2) {
			t.Errorf("%v: other bits in %d dispatches than in %d, or too few", p, several, dispatches)
		}
	}
}

// TestGemmCandidatesByAddress: tiles that read by address are for devices that do, and for products that their kernel is made for.
func TestGemmCandidatesByAddress(t *testing.T) {
	l := testExecutor(t, gpu.Options{}).limits
	l.Software, l.Int64, l.SlowLoads, l.Subgroup, l.GemmTiles = true, true, false, shaders.GatedSoftwareLanes, nil
	other := l
	other.SlowLoads = true
	long := gemmShape{m: 512, n: 128, k: 50_176, count: 1, transA: true}
	with := func(change func(s *gemmShape)) gemmShape { s := long; change(&s); return s }
	addressed := func(s gemmShape, l limits) bool {
		return slices.ContainsFunc(gemmCandidates(s, l), func(p gemmPlan) bool { return p.tile.Addressed })
	}
	if !gemmCandidates(long, l)[0].tile.Addressed {
		t.Errorf("a long product is not read by address but by %v", gemmCandidates(long, l)[0])
	}
	if addressed(long, other) {
		t.Error("a device whose loads are slow reads by address")
	}
	for name, s := range map[string]gemmShape{
		"A as it is": with(func(s *gemmShape) { s.transA = false }), "B transposed": with(func(s *gemmShape) { s.transB = true }),
		"odd rows": with(func(s *gemmShape) { s.m = 510 }), "odd columns": with(func(s *gemmShape) { s.n = 120 }), "short": with(func(s *gemmShape) { s.k = 200 }),
		"zeros of A": with(func(s *gemmShape) { s.trapezoid = true }), "zeros of C": with(func(s *gemmShape) { s.upper = true }),
	} {
		if addressed(s, l) {
			t.Errorf("%s: read by address", name)
		}
	}
}

func TestAddressedTurn(t *testing.T) {
	for depth4, want := range map[uint32]uint32{1: 1, 6: 6, 32: 32, 33: 33, 35: 17, 36: 18, 65: 32, 128: 32, 129: 32} {
		if turn := shaders.AddressedTurn(depth4); turn != want {
			t.Errorf("%d rows of W are taken %d at a time, want %d", depth4, turn, want)
		}
	}
}
