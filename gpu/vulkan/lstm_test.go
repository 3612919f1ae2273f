//go:build cgo

package vulkan

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// TestLSTM runs LSTMs of all sizes with each way to give Z and DH.
func TestLSTM(t *testing.T) {
	dev := deviceFor(t)
	for i, n := range sizes {
		for j, k := range []int{-1, 0, 3, 40} {
			testLSTM(t, dev, lstmCase{n: n, k: k, t: 1 + (i*3+j)%5, b: 1 + (i*11+j)%37, lay: opLayouts[(i+j)%3], inPlace: (i+j)%2 == 0, lastOnly: j%2 == 1, bare: (i+j)%3 == 0,
				masked: (i+j)%4 == 1})
		}
	}
	for _, c := range []lstmCase{
		{n: 5, k: -1, t: 0, b: 3}, {n: 5, k: -1, t: 4, b: 0}, {n: 5, k: 2, t: 1, b: 1, lastOnly: true}, {n: 1, k: -1, t: 1, b: 1, masked: true},
		{n: 260, k: 1, t: 3, b: 33, lay: vectors}, {n: 600, k: -1, t: 2, b: 9, lay: opLayouts[2], inPlace: true},
	} {
		testLSTM(t, dev, c)
	}
}

// TestLSTMLarge runs LSTMs of enough work for the largest tiles, one of them long.
func TestLSTMLarge(t *testing.T) {
	dev := deviceFor(t)
	for _, c := range []lstmCase{
		{n: 128, k: 1, t: 12, b: 70, lay: vectors, lastOnly: true, inPlace: true},
		{n: 128, k: 1, t: 784, b: 3, lay: vectors},
		{n: 127, k: -1, t: 12, b: 67, bare: true},
	} {
		testLSTM(t, dev, c)
	}
}

// TestLSTMPerStep runs one product a step.
func TestLSTMPerStep(t *testing.T) {
	dev := limitedDevice(t, func(l *limits) { l.GatedTiles = []shaders.GatedTile{} })
	for _, c := range []lstmCase{
		{n: 33, k: 2, t: 4, b: 5, lay: opLayouts[2]}, {n: 32, k: -1, t: 3, b: 7, lay: vectors, lastOnly: true, bare: true},
		{n: 32, k: -1, t: 3, b: 7, lay: vectors, inPlace: true}, {n: 12, k: 9, t: 3, b: 2, lay: vectors, inPlace: true},
		{n: 33, k: 2, t: 4, b: 5, lay: opLayouts[2], masked: true}, {n: 32, k: -1, t: 3, b: 7, lay: vectors, lastOnly: true, bare: true, masked: true},
	} {
		testLSTM(t, dev, c)
		withoutGates(t, dev, c)
	}
}

// TestGatedBuffers: where no work group has shared memory for a state, as that of a very wide one on a graphics processor, it lies in a buffer.
func TestGatedBuffers(t *testing.T) {
	c := lstmCase{n: 33, k: 2, t: 3, b: 3, lay: opLayouts[2]}
	dev := limitedDevice(t, func(l *limits) {
		l.Software, l.MaxSharedBytes = false, 64
		forward, backward := c.shapes()
		for _, s := range []gatedShape{forward, backward} {
			if list := gatedCandidates(s, *l); len(list) != 1 || list[0].Rows == 0 || list[0].shared {
				t.Errorf("plans %v, want one with the state in a buffer", list)
			}
		}
	})
	testLSTM(t, dev, c)
	testGRU(t, dev, lstmCase{n: 36, k: -1, t: 3, b: 2, lay: vectors, inPlace: true, lastOnly: true})
}

// TestEveryGatedTile runs an LSTM with each tile: the result is within rounding of float64, the same bits a second time, and the same bits
// with the time steps cut into several dispatches and with W in registers or not.
func TestEveryGatedTile(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	dev, limit := gpu.NewDevice(d), d.limits
	for i, tile := range slices.Concat(shaders.GatedSoftware, shaders.GatedHardware) {
		c := lstmCase{n: 21 + 3*(i%2), k: i%3 - 1, t: 5, b: int(tile.Rows) + 1 + i%3, lay: []layout{opLayouts[2], vectors}[i%2], inPlace: i%4 < 2, lastOnly: i%4 == 3, masked: i%3 == 1}
		c.n = max(c.n, 4*int(tile.Parts)-i%2*3) // as many parts as a tile takes, and as odd
		d.limits = limit
		d.limits.GatedTiles, d.limits.Software = []shaders.GatedTile{tile}, i < len(shaders.GatedSoftware)
		forward, backward := c.shapes()
		if len(gatedCandidates(forward, d.limits)) != 1 || len(gatedCandidates(backward, d.limits)) != 1 {
			t.Errorf("tile %v does not suit %v", tile, c)
			continue
		}
		whole := testLSTM(t, dev, c)
		again := testLSTM(t, dev, c)
		cutGated(c, &d.limits)
		cut := testLSTM(t, dev, c)
		for out := range whole {
			if !sameBits(whole[out], again[out]) || !sameBits(whole[out], cut[out]) {
				t.Errorf("tile %v, %v: output %d differs the second time, or with 2 steps a dispatch", tile, c, out)
			}
		}
		if !tile.Keep {
			continue
		}
		tile.Keep = false
		d.limits.GatedTiles = []shaders.GatedTile{tile}
		for out, loaded := range testLSTM(t, dev, c) {
			if !sameBits(whole[out], loaded) {
				t.Errorf("tile %v, %v: output %d differs from that with W loaded every step", tile, c, out)
			}
		}
	}
}

// shapes returns the shapes that plans are made for, with what the operands add to them.
func (c lstmCase) shapes() (forward, backward gatedShape) {
	fwd := gpu.LSTMForward{W: gpu.View{Cols: c.n}, X: gpu.View{Cols: max(c.k, 0)}, T: c.t, B: c.b}
	source := uint32(sourceZ)
	if c.k >= 0 {
		source = sourceX
	}
	return lstmForwardShape(fwd, source), lstmBackwardShape(gpu.LSTMBackward{W: fwd.W, T: c.t, B: c.b})
}

// cutGated lowers the limits until dispatches of an LSTM take few steps.
func cutGated(c lstmCase, l *limits) {
	s, _ := c.shapes()
	for l.MaxLoop = 1; gatedCandidates(s, *l)[0].steps < 2; l.MaxLoop++ {
	}
}

// withoutGates runs an LSTM as evaluation does and requires the states of training.
func withoutGates(t *testing.T, dev *gpu.Device, c lstmCase) {
	t.Run("without gates/"+c.String(), func(t *testing.T) {
		kept, s := newLSTMTrial(t, dev, c), newLSTMTrial(t, dev, c)
		s.fwd.G = gpu.View{}
		runOps(t, dev, kept.fwd)
		runOps(t, dev, s.fwd)
		if !sameBits(kept.h.get(), s.h.get()) || !sameBits(kept.c.get(), s.c.get()) {
			t.Error("other bits than with gates")
		}
	})
}

// TestLSTMWithoutGates: evaluation has the states of training, also where it maps a wide input in pieces.
func TestLSTMWithoutGates(t *testing.T) {
	for _, hardware := range []bool{false, true} {
		dev := limitedDevice(t, func(l *limits) { l.Software = !hardware })
		for i, n := range []int{7, 32, 33} {
			for j, k := range []int{-1, 2, 40} {
				withoutGates(t, dev, lstmCase{n: n, k: k, t: 5, b: 6, lay: opLayouts[(i+j)%3], bare: i == 1})
			}
		}
	}
}

// TestLSTMDispatches proves that a training step takes few dispatches, whatever T.
func TestLSTMDispatches(t *testing.T) {
	dev := deviceFor(t)
	count := func(steps int) int {
		const n, b, k = 128, 128, 1
		o := &operands{buf: newBuffer(t, dev, "operands", (steps+1)*b*(2*n+4*n+k)+4*n*(2*n+k+4)+b*n+64, gpu.DeviceOnly)}
		h, c, g, w := o.view((steps+1)*b, n, n), o.view((steps+1)*b, n, n), o.view(steps*b, 4*n, 4*n), o.view(4*n, n, n)
		x, wx, bias, dh, dw, dwx, dbias := o.view(steps*b, k, k), o.view(4*n, k, k), o.view(1, 4*n, 4*n), o.view(b, n, n), o.view(4*n, n, n), o.view(4*n, k, k), o.view(1, 4*n, 4*n)
		p, err := dev.Compile("step",
			gpu.LSTMForward{H: h, C: c, G: g, W: w, X: x, Wx: wx, Bias: bias, T: steps, B: b},
			gpu.LSTMBackward{DZ: g, G: g, C: c, W: w, DH: dh, T: steps, B: b},
			gpu.RNNGradient{DW: dw, DWx: dwx, DBias: dbias, Delta: g, H: h, X: x, T: steps, B: b})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		t.Logf("T = %d: %q", steps, p.Plan())
		return p.Stats().Dispatches
	}
	if a, b := count(100), count(784); a > 12 || b > 24 {
		t.Errorf("%d dispatches for 100 steps, %d for 784, want at most 12 and 24", a, b)
	}
}

// TestLSTMTrial: the shortened copy of an LSTM takes the same pipelines as the operation, wherever its pre-activations come from.
func TestLSTMTrial(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	d.limits.GatedTiles = []shaders.GatedTile{{Rows: 1, Vecs: 1, Parts: 1}, {Rows: 4, Vecs: 1, Parts: 1}}
	o := &operands{buf: newBuffer(t, gpu.NewDevice(d), "operands", 9<<20, gpu.DeviceOnly)}
	const T, B, n = 1200, 16, 32
	forward := func(k int, mapped, gates bool) gpu.Op {
		op := gpu.LSTMForward{H: o.view((T+1)*B, n, n), C: o.view((T+1)*B, n, n), W: o.view(4*n, n, n), T: T, B: B}
		if gates {
			op.G = o.view(T*B, 4*n, 4*n)
		}
		if mapped {
			op.X, op.Wx = o.view(T*B, k, k), o.view(4*n, k, k)
		} else {
			op.Z = o.view(T*B, 4*n, 4*n+2)
		}
		return op
	}
	backward := func(rows int, inPlace bool) gpu.Op {
		op := gpu.LSTMBackward{W: o.view(4*n, n, n), G: o.view(T*B, 4*n, 4*n), C: o.view((T+1)*B, n, n), DH: o.view(rows, n, n), DH0: o.view(B, n, n), T: T, B: B}
		op.DZ = op.G
		if !inPlace {
			op.DZ = o.view(T*B, 4*n, 4*n)
		}
		return op
	}
	for name, op := range map[string]func() gpu.Op{
		"narrow input": func() gpu.Op { return forward(2, true, true) }, "wide input": func() gpu.Op { return forward(40, true, true) },
		"without gates": func() gpu.Op { return forward(40, true, false) }, "given": func() gpu.Op { return forward(0, false, true) },
		"backward": func() gpu.Op { return backward(T*B, false) }, "backward of last": func() gpu.Op { return backward(B, true) },
	} {
		o.at = 0
		t.Run(name, func(t *testing.T) { testTrial(t, d, op()) })
	}
}

// BenchmarkLSTM runs the parts of a training step of an LSTM, and those of a plain recurrence of the same size.
func BenchmarkLSTM(b *testing.B) {
	dev := deviceFor(b)
	const steps, batch, n = 784, 128, 128
	o := &operands{buf: newBuffer(b, dev, "operands", (steps+1)*batch*(4*n+5*n+1)+4*n*(2*n+8)+batch*n+64, gpu.DeviceOnly)}
	h, c, g, w := o.view((steps+1)*batch, n, n), o.view((steps+1)*batch, n, n), o.view(steps*batch, 4*n, 4*n), o.view(4*n, n, n)
	x, wx, bias, dh := o.view(steps*batch, 1, 1), o.view(4*n, 1, 1), o.view(1, 4*n, 4*n), o.view(batch, n, n)
	dw, dwx, dbias, delta := o.view(4*n, n, n), o.view(4*n, 1, 1), o.view(1, 4*n, 4*n), o.view(steps*batch, n, n)
	values := randoms(1, o.buf.Len())
	for i := range values {
		values[i] *= 0.05
	}
	if err := o.buf.Write(0, values); err != nil {
		b.Fatal(err)
	}
	tanh := gpu.Activation{Kind: gpu.Tanh}
	square, one := w.RowRange(0, n), bias.ColRange(0, n)
	for _, op := range []gpu.Op{
		gpu.RNNForward{H: h, W: square, X: x, Wx: wx.RowRange(0, n), Bias: one, T: steps, B: batch, Act: tanh},
		gpu.LSTMForward{H: h, C: c, G: g, W: w, X: x, Wx: wx, Bias: bias, T: steps, B: batch},
		gpu.RNNBackward{Delta: delta, W: square, H: h, DH: dh, T: steps, B: batch, Act: tanh},
		gpu.LSTMBackward{DZ: g, G: g, C: c, W: w, DH: dh, T: steps, B: batch},
		gpu.RNNGradient{DW: dw.RowRange(0, n), DWx: dwx.RowRange(0, n), DBias: dbias.ColRange(0, n), Delta: delta, H: h, X: x, T: steps, B: batch},
		gpu.RNNGradient{DW: dw, DWx: dwx, DBias: dbias, Delta: g, H: h, X: x, T: steps, B: batch},
	} {
		b.Run(fmt.Sprintf("%s/%d", op.Name(), op.Cost().Flops/1e9), func(b *testing.B) { benchOp(b, dev, op) })
	}
}
