package exact

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// TestGRUGradients holds every gradient of a GRU against central differences of its loss Σ DH∘H, with an initial state that is not zero, and
// with a mask of the states and without; with one the gradient of W is made of what W was given.
func TestGRUGradients(t *testing.T) {
	for i, s := range [][4]int{{1, 1, 1, 1}, {3, 2, 3, 2}, {4, 1, 2, 0}, {2, 3, 1, 3}, {5, 2, 4, -1}} {
		for _, last := range []bool{false, true} {
			for _, masked := range []bool{false, true} {
				c := gruPoint{steps: s[0], b: s[1], n: s[2], k: s[3], bias: s[3] >= 0 && i%2 == 1, hidden: i%3 > 0, last: last, masked: masked}
				t.Run(fmt.Sprintf("%+v", c), c.testGradients)
			}
		}
	}
}

// gruPoint is a GRU of so many steps of b samples with n units and k inputs, or with pre-activations where k < 0.
type gruPoint struct {
	steps, b, n, k int
	bias, hidden   bool // with the biases
	last           bool // only the last state is read
	masked         bool
}

func (c gruPoint) testGradients(t *testing.T) {
	p := newPoint(t)
	steps, b, n := c.steps, c.b, c.n
	rows := steps * b
	fwd := gpu.GRUForward{H: p.view(rows+b, n, 1), G: p.view(rows, 4*n, 1), W: p.view(3*n, n, 0.7), T: steps, B: b}
	if c.k < 0 {
		fwd.Z = p.view(rows, 3*n, 1)
	} else {
		fwd.X, fwd.Wx = p.view(rows, c.k, 1), p.view(3*n, c.k, 1)
	}
	if c.bias {
		fwd.Bias = p.view(1, 3*n, 1)
	}
	if c.hidden {
		fwd.HiddenBias = p.view(1, n, 1)
	}
	given := fwd.H
	if c.masked {
		given, fwd.Mask = p.view(rows+b, n, 1), p.view(b, n, 1)
		fwd.Masked = given.RowRange(0, rows)
		mask := make([]float64, b*n)
		for i := range mask {
			mask[i] = []float64{1.25, 0, 2, 0.5, 0}[i%5]
		}
		Write(fwd.Mask, mask)
	}
	dh := p.view(rows, n, 1)
	if c.last {
		dh = p.view(b, n, 1)
	}
	bwd := gpu.GRUBackward{DZ: p.view(rows, 4*n, 1), W: fwd.W, G: fwd.G, H: fwd.H, DH: dh, DH0: p.view(b, n, 1), Mask: fwd.Mask, T: steps, B: b}
	dw, dhidden := p.view(3*n, n, 1), p.view(1, n, 1)
	outer := gpu.RNNGradient{Delta: bwd.DZ.ColRange(0, 3*n), H: fwd.H, DBias: p.view(1, 3*n, 1), T: steps, B: b}
	if c.k >= 0 {
		outer.X, outer.DWx = fwd.X, p.view(3*n, c.k, 1)
	}
	p.run(fwd, bwd, outer, gpu.RNNGradient{Delta: bwd.DZ.ColRange(0, 2*n), H: given, DW: dw.RowRange(0, 2*n), T: steps, B: b},
		gpu.RNNGradient{Delta: bwd.DZ.ColRange(3*n, 4*n), H: given, DW: dw.RowRange(2*n, 3*n), DBias: dhidden, T: steps, B: b})
	evaluation := fwd
	evaluation.G, evaluation.Masked = gpu.View{}, gpu.View{}
	loss := p.loss(evaluation, fwd.H.RowRange(rows+b-dh.Rows, rows+b), dh)
	p.differences("DW", fwd.W, dw, loss)
	p.differences("DH0", fwd.H.RowRange(0, b), bwd.DH0, loss)
	if c.k < 0 {
		p.differences("DZ", fwd.Z, bwd.DZ.ColRange(0, 3*n), loss)
	} else {
		p.differences("DWx", fwd.Wx, outer.DWx, loss)
	}
	if c.bias {
		p.differences("DBias", fwd.Bias, outer.DBias, loss)
	}
	if c.hidden {
		p.differences("DHiddenBias", fwd.HiddenBias, dhidden, loss)
	}
}

// TestGRUAgainstOracle compares with the oracle's products of dense matrices, in place, with a mask.
func TestGRUAgainstOracle(t *testing.T) {
	const steps, b, n = 4, 3, 5
	p := newPoint(t)
	fwd := gpu.GRUForward{H: p.view((steps+1)*b, n, 1), G: p.view(steps*b, 4*n, 1), W: p.view(3*n, n, 0.5), HiddenBias: p.view(1, n, 1), Mask: p.view(b, n, 1), T: steps, B: b}
	fwd.Z = fwd.Outer()
	dh := p.view(steps*b, n, 1)
	bwd := gpu.GRUBackward{DZ: fwd.G, G: fwd.G, H: fwd.H, W: fwd.W, DH: dh, DH0: p.view(b, n, 1), Mask: fwd.Mask, T: steps, B: b}
	matrix := func(v gpu.View) oracle.Matrix { return oracle.New(v.Rows, v.Cols, Read(v)) }
	W, H0, M := matrix(fwd.W), matrix(fwd.H.RowRange(0, b)), matrix(fwd.Mask)
	want := oracle.MaskedGRUForward(W, Read(fwd.HiddenBias), H0, matrix(fwd.Z), M)
	back := oracle.MaskedGRUBackward(W, H0, want, matrix(dh), M)
	near := func(what string, v gpu.View, want oracle.Matrix) {
		t.Helper()
		for i, got := range Read(v) {
			if math.Abs(got-want.Data[i]) > 1e-12 {
				t.Fatalf("%s: element %d is %g, want %g", what, i, got, want.Data[i])
			}
		}
	}
	p.run(fwd)
	near("H", fwd.States(), want.H)
	near("G", fwd.G, want.G)
	p.run(bwd)
	near("DZ", bwd.DZ, back.DZ)
	near("DH0", bwd.DH0, back.DH0)
}
