//go:build cgo

package vulkan

import (
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// testGRU runs a GRU forward and backward, compares with the oracle, and returns what was written.
func testGRU(t *testing.T, dev *gpu.Device, c lstmCase) (outputs [][]float32) {
	t.Run(c.String(), func(t *testing.T) {
		n, rows := c.n, c.t*c.b
		seed := uint64(0)
		fill := func(name string, rows, cols int, scale float64) (operand, oracle.Matrix) {
			seed++
			v := randoms(seed, rows*cols)
			for i := range v {
				v[i] *= float32(scale)
			}
			return newFilled(t, dev, name, rows, cols, c.lay, v), oracle.FromFloat32(v, rows, cols, cols)
		}
		w, W := fill("W", 3*n, n, 0.5/math.Sqrt(float64(n)))
		h := newOperand(t, dev, "H", rows+c.b, n, c.lay)
		h0 := randoms(77, c.b*n)
		h.set(append(h0, make([]float32, rows*n)...))
		H0, hidden := oracle.FromFloat32(h0, c.b, n, n), make([]float64, n)
		g := newOperand(t, dev, "G", rows, 4*n, c.lay)
		mask, values, masked := c.mask(t, dev)
		M := oracle.FromFloat32(values, c.b, n, n)
		fwd := gpu.GRUForward{H: h.View, G: g.View, W: w.View, Mask: mask, Masked: masked.View, T: c.t, B: c.b}
		if !c.bare {
			bias, values := fill("hidden bias", 1, n, 1)
			fwd.HiddenBias, hidden = bias.View, values.Row(0)
		}
		var Z oracle.Matrix
		switch {
		case c.k >= 0:
			x, X := fill("X", rows, c.k, 1)
			wx, Wx := fill("Wx", 3*n, c.k, 0.5)
			Z, fwd.X, fwd.Wx = oracle.Mul(X, Wx.T()), x.View, wx.View
		case c.inPlace:
			var full oracle.Matrix
			g, full = fill("G", rows, 4*n, 1)
			Z, fwd.G = oracle.Zeros(rows, 3*n), g.View
			for i := range rows {
				copy(Z.Row(i), full.Row(i))
			}
			fwd.Z = fwd.Outer()
		default:
			var z operand
			z, Z = fill("Z", rows, 3*n, 1)
			fwd.Z = z.View
		}
		given := rows
		if c.lastOnly {
			given = c.b
		}
		dh, DH := fill("DH", given, n, 1)
		every := DH
		if c.lastOnly && c.t > 1 {
			every = oracle.Zeros(rows, n)
			copy(every.Slice(rows-c.b, rows).Data, DH.Data)
		}
		dz, dh0 := g, newOperand(t, dev, "DH0", c.b, n, c.lay)
		if !c.inPlace {
			dz = newOperand(t, dev, "DZ", rows, 4*n, c.lay)
		}
		bwd := gpu.GRUBackward{DZ: dz.View, W: w.View, G: g.View, H: h.View, DH: dh.View, Mask: mask, T: c.t, B: c.b}
		if !c.bare {
			bwd.DH0 = dh0.View
		}
		runOps(t, dev, fwd)
		gates := g.get()
		runOps(t, dev, bwd)
		states := oracle.MaskedGRUForward(W, hidden, H0, Z, M)
		back := oracle.MaskedGRUBackward(W, H0, states, every, M)
		within := func(what string, got []float32, want oracle.Matrix) {
			near(t, what, got, want.Data, constant(len(want.Data), 64*unit*(8+math.Sqrt(float64(4*n+c.k)))))
		}
		within("H", h.get()[c.b*n:], states.H)
		within("G", gates, states.G)
		within("DZ", dz.get(), back.DZ)
		outputs = [][]float32{h.get(), gates, dz.get()}
		if !c.bare {
			within("DH0", dh0.get(), back.DH0)
			outputs = append(outputs, dh0.get())
		}
		outputs = c.checkMasked(t, masked, outputs[0], values, outputs)
		if c.inPlace || c.k < 0 {
			return
		}
		fwd.G = gpu.View{}
		h.set(append(h0, make([]float32, rows*n)...))
		runOps(t, dev, fwd)
		if !sameBits(h.get(), outputs[0]) {
			t.Error("other bits without gates")
		}
	})
	return outputs
}

// TestGRU runs GRUs of all sizes with each way to give Z and DH, with and without gates.
func TestGRU(t *testing.T) {
	dev := deviceFor(t)
	for i, n := range sizes {
		for j, k := range []int{-1, 3} {
			testGRU(t, dev, lstmCase{n: n, k: k, t: 1 + (i*3+j)%5, b: 1 + (i*11+j)%37, lay: opLayouts[(i+j)%3], inPlace: (i+j)%2 == 0, lastOnly: j%2 == 1, bare: (i+j)%3 == 0,
				masked: (i+j)%2 == 1})
		}
	}
	for _, c := range []lstmCase{{n: 5, k: -1, t: 0, b: 3}, {n: 5, k: -1, t: 4, b: 0}, {n: 260, k: 1, t: 3, b: 33, lay: vectors}, {n: 7, k: 0, t: 3, b: 2},
		{n: 1, k: -1, t: 1, b: 1, masked: true}, {n: 5, k: -1, t: 4, b: 0, masked: true}} {
		testGRU(t, dev, c)
	}
}

// TestGRUPerStep runs one product a step.
func TestGRUPerStep(t *testing.T) {
	dev := limitedDevice(t, func(l *limits) { l.GatedTiles = []shaders.GatedTile{} })
	for _, c := range []lstmCase{
		{n: 33, k: 2, t: 4, b: 5, lay: opLayouts[2]}, {n: 32, k: -1, t: 3, b: 7, lay: vectors, lastOnly: true, bare: true},
		{n: 32, k: -1, t: 3, b: 7, lay: vectors, inPlace: true}, {n: 12, k: 9, t: 3, b: 2, lay: vectors},
		{n: 33, k: 2, t: 4, b: 5, lay: opLayouts[2], masked: true}, {n: 32, k: -1, t: 3, b: 7, lay: vectors, lastOnly: true, bare: true, masked: true},
	} {
		testGRU(t, dev, c)
	}
}

// TestGRUEveryTile runs a GRU with each tile: the result is within rounding of float64, and the same bits with the time steps cut into several dispatches.
func TestGRUEveryTile(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	dev, limit := gpu.NewDevice(d), d.limits
	for i, tile := range slices.Concat(shaders.GatedSoftware, shaders.GatedHardware) {
		c := lstmCase{n: 21 + 3*(i%2), k: -1, t: 5, b: int(tile.Rows) + 1, lay: []layout{opLayouts[2], vectors}[i%2], inPlace: i%4 < 2, lastOnly: i%4 == 3, masked: i%3 == 1}
		c.n = max(c.n, 4*int(tile.Parts)-i%2*3) // as many parts as a tile takes, and as odd
		d.limits = limit
		d.limits.GatedTiles, d.limits.Software = []shaders.GatedTile{tile}, i < len(shaders.GatedSoftware)
		fwd := gruForwardShape(gpu.GRUForward{W: gpu.View{Cols: c.n}, T: c.t, B: c.b})
		if len(gatedCandidates(fwd, d.limits)) != 1 {
			t.Errorf("tile %v does not suit %v", tile, c)
			continue
		}
		whole := testGRU(t, dev, c)
		for d.limits.MaxLoop = 1; gatedCandidates(fwd, d.limits)[0].steps < 2; d.limits.MaxLoop++ {
		}
		for out, cut := range testGRU(t, dev, c) {
			if !sameBits(whole[out], cut) {
				t.Errorf("tile %v, %v: output %d differs with 2 steps a dispatch", tile, c, out)
			}
		}
	}
}

// TestGRUTrial: the shortened copy of a GRU takes the same pipelines as the operation, wherever its pre-activations come from.
func TestGRUTrial(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	d.limits.GatedTiles = []shaders.GatedTile{{Rows: 1, Vecs: 1, Parts: 1}, {Rows: 4, Vecs: 1, Parts: 1}}
	o := &operands{buf: newBuffer(t, gpu.NewDevice(d), "operands", 10<<20, gpu.DeviceOnly)}
	const T, B, n = 1200, 20, 32
	forward := func(mapped, gates bool) gpu.Op {
		op := gpu.GRUForward{H: o.view((T+1)*B, n, n), W: o.view(3*n, n, n), HiddenBias: o.view(1, n, n), T: T, B: B}
		if gates {
			op.G = o.view(T*B, 4*n, 4*n)
		}
		if mapped {
			op.X, op.Wx = o.view(T*B, 9, 9), o.view(3*n, 9, 9)
		} else {
			op.Z = o.view(T*B, 3*n, 3*n+2)
		}
		return op
	}
	for name, op := range map[string]func() gpu.Op{
		"masked": func() gpu.Op {
			op := forward(true, true).(gpu.GRUForward)
			op.Mask, op.Masked = o.view(B, n, n), o.view(T*B, n, n)
			return op
		},
		"input": func() gpu.Op { return forward(true, true) }, "without gates": func() gpu.Op { return forward(true, false) }, "given": func() gpu.Op { return forward(false, true) },
		"backward": func() gpu.Op {
			g := o.view(T*B, 4*n, 4*n)
			return gpu.GRUBackward{DZ: g, G: g, W: o.view(3*n, n, n), H: o.view((T+1)*B, n, n), DH: o.view(B, n, n), DH0: o.view(B, n, n), Mask: o.view(B, n, n), T: T, B: B}
		},
	} {
		o.at = 0
		t.Run(name, func(t *testing.T) { testTrial(t, d, op()) })
	}
}
