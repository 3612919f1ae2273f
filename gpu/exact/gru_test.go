package exact

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// TestGRUGradients holds every gradient of a GRU against central differences of its loss Σ DH∘H, with an initial state that is not zero.
func TestGRUGradients(t *testing.T) {
	for i, s := range [][4]int{{1, 1, 1, 1}, {3, 2, 3, 2}, {4, 1, 2, 0}, {2, 3, 1, 3}, {5, 2, 4, -1}} {
		steps, b, n, k := s[0], s[1], s[2], s[3]
		for _, last := range []bool{false, true} {
			t.Run(fmt.Sprintf("T=%d/B=%d/n=%d/k=%d/last=%t", steps, b, n, k, last), func(t *testing.T) {
				p := newPoint(t)
				rows := steps * b
				fwd := gpu.GRUForward{H: p.view(rows+b, n, 1), G: p.view(rows, 4*n, 1), W: p.view(3*n, n, 0.7), T: steps, B: b}
				if k < 0 {
					fwd.Z = p.view(rows, 3*n, 1)
				} else {
					fwd.X, fwd.Wx = p.view(rows, k, 1), p.view(3*n, k, 1)
				}
				if k >= 0 && i%2 == 1 {
					fwd.Bias = p.view(1, 3*n, 1)
				}
				if i%3 > 0 {
					fwd.HiddenBias = p.view(1, n, 1)
				}
				dh := p.view(rows, n, 1)
				if last {
					dh = p.view(b, n, 1)
				}
				bwd := gpu.GRUBackward{DZ: p.view(rows, 4*n, 1), W: fwd.W, G: fwd.G, H: fwd.H, DH: dh, DH0: p.view(b, n, 1), T: steps, B: b}
				dw, dhidden := p.view(3*n, n, 1), p.view(1, n, 1)
				outer := gpu.RNNGradient{Delta: bwd.DZ.ColRange(0, 3*n), H: fwd.H, DBias: p.view(1, 3*n, 1), T: steps, B: b}
				if k >= 0 {
					outer.X, outer.DWx = fwd.X, p.view(3*n, k, 1)
				}
				p.run(fwd, bwd, outer, gpu.RNNGradient{Delta: bwd.DZ.ColRange(0, 2*n), H: fwd.H, DW: dw.RowRange(0, 2*n), T: steps, B: b},
					gpu.RNNGradient{Delta: bwd.DZ.ColRange(3*n, 4*n), H: fwd.H, DW: dw.RowRange(2*n, 3*n), DBias: dhidden, T: steps, B: b})
				evaluation := fwd
				evaluation.G = gpu.View{}
				loss := p.loss(evaluation, fwd.H.RowRange(rows+b-dh.Rows, rows+b), dh)
				p.differences("DW", fwd.W, dw, loss)
				p.differences("DH0", fwd.H.RowRange(0, b), bwd.DH0, loss)
				if k < 0 {
					p.differences("DZ", fwd.Z, bwd.DZ.ColRange(0, 3*n), loss)
				} else {
					p.differences("DWx", fwd.Wx, outer.DWx, loss)
				}
				if !fwd.Bias.IsZero() {
					p.differences("DBias", fwd.Bias, outer.DBias, loss)
				}
				if !fwd.HiddenBias.IsZero() {
					p.differences("DHiddenBias", fwd.HiddenBias, dhidden, loss)
				}
			})
		}
	}
}

// TestGRUAgainstOracle compares with the oracle's products of dense matrices, in place.
func TestGRUAgainstOracle(t *testing.T) {
	const steps, b, n = 4, 3, 5
	p := newPoint(t)
	fwd := gpu.GRUForward{H: p.view((steps+1)*b, n, 1), G: p.view(steps*b, 4*n, 1), W: p.view(3*n, n, 0.5), HiddenBias: p.view(1, n, 1), T: steps, B: b}
	fwd.Z = fwd.Outer()
	dh := p.view(steps*b, n, 1)
	bwd := gpu.GRUBackward{DZ: fwd.G, G: fwd.G, H: fwd.H, W: fwd.W, DH: dh, DH0: p.view(b, n, 1), T: steps, B: b}
	matrix := func(v gpu.View) oracle.Matrix { return oracle.New(v.Rows, v.Cols, Read(v)) }
	W, H0 := matrix(fwd.W), matrix(fwd.H.RowRange(0, b))
	want := oracle.GRUForward(W, Read(fwd.HiddenBias), H0, matrix(fwd.Z))
	back := oracle.GRUBackward(W, H0, want, matrix(dh))
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
