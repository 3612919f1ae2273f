package exact

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// recurrenceCase is a recurrence whose gradients are compared with central differences.
type recurrenceCase struct {
	kind            gpu.ActivationKind
	lowRank, masked bool
	inH             bool // what W is given stands in H, and the loss is of the last state
}

// TestRNNGradients holds every gradient of the plain recurrences, with the parameters of activations and with masks, against central
// differences of the loss Σ DH∘H.
func TestRNNGradients(t *testing.T) {
	for kind := gpu.Identity; kind <= gpu.ScaledTanh; kind++ {
		if kind == gpu.ReLU || kind == gpu.LeakyReLU {
			continue // differences straddle the kink somewhere; modReLU stays off it here
		}
		for _, c := range []recurrenceCase{{kind, false, false, false}, {kind, false, true, false}, {kind, true, false, false}, {kind, true, true, false}, {kind, false, true, true}, {kind, true, true, true}} {
			t.Run(fmt.Sprintf("%v/low rank=%t/masked=%t/in H=%t", gpu.Activation{Kind: kind}, c.lowRank, c.masked, c.inH), func(t *testing.T) { testRNNGradients(t, c) })
		}
	}
}

func testRNNGradients(t *testing.T, c recurrenceCase) {
	const steps, b, n, k, rank = 4, 2, 3, 2, 2
	const rows = steps * b
	p := newPoint(t)
	act := gpu.Activation{Kind: c.kind}
	var mask, masked, dunit gpu.View
	if act.PerUnit() {
		act.Unit, dunit = p.view(1, n, 0), p.view(b, n, 1)
		Write(act.Unit, []float64{0.3, 1.7, 0.8}) // modReLU: away from 0 nothing is dead
	}
	if c.masked {
		mask, masked = p.view(b, n, 1), p.view(rows+b, n, 1)
		Write(mask, []float64{0, 1.25, 2, 0.5, 0, 1})
	}
	h, x, wx, bias := p.view(rows+b, n, 1), p.view(rows, k, 1), p.view(n, k, 1), p.view(1, n, 1)
	dh, delta, dh0, unitSum := p.view(rows, n, 1), p.view(rows, n, 1), p.view(b, n, 1), p.view(1, n, 1)
	w, d, l, r := p.view(n, n, 0.5), p.view(1, n, 0.5), p.view(rank, n, 0.5), p.view(rank, n, 0.5)
	dw, dd, dl, dr, dbias, dwx := p.view(n, n, 1), p.view(1, n, 1), p.view(rank, n, 1), p.view(rank, n, 1), p.view(1, n, 1), p.view(n, k, 1)
	co, e := p.view(rows, rank, 1), p.view(rows, rank, 1)
	before := h // what W is given
	kept := gpu.View{}
	if c.masked {
		before, kept = masked, masked.RowRange(0, rows)
	}
	read := h.RowRange(b, rows+b)
	if c.inH {
		Write(mask, []float64{0, 1, 1, 1, 0, 1})
		before, kept = h, h.RowRange(0, rows)
		dh, read = p.view(b, n, 1), h.RowRange(rows, rows+b)
	}
	var forward gpu.Op = gpu.RNNForward{H: h, W: w, X: x, Wx: wx, Bias: bias, Mask: mask, Masked: kept, T: steps, B: b, Act: act}
	var backward gpu.Op = gpu.RNNBackward{Delta: delta, W: w, H: h, DH: dh, DH0: dh0, DUnit: dunit, Mask: mask, T: steps, B: b, Act: act}
	if c.lowRank {
		forward = gpu.RNNLowRankForward{H: h, D: d, L: l, R: r, C: co, X: x, Wx: wx, Bias: bias, Mask: mask, Masked: kept, T: steps, B: b, Act: act}
		backward = gpu.RNNLowRankBackward{Delta: delta, E: e, D: d, L: l, R: r, H: h, DH: dh, DH0: dh0, DUnit: dunit, Mask: mask, T: steps, B: b, Act: act}
	}
	ops := []gpu.Op{forward, backward, gpu.RNNGradient{DW: dw, DWx: dwx, DBias: dbias, DDiag: dd, Delta: delta, H: before, X: x, T: steps, B: b},
		gpu.Gemm{C: dl, A: co, TransA: true, B: delta, Alpha: 1}, gpu.Gemm{C: dr, A: e, TransA: true, B: before.RowRange(0, rows), Alpha: 1}}
	if act.PerUnit() {
		ops = append(ops, gpu.ColDot{Out: unitSum, A: dunit, Alpha: 1})
	}
	p.run(ops...)
	loss := p.loss(forward, read, dh)
	p.differences("DH0", h.RowRange(0, b), dh0, loss)
	p.differences("DWx", wx, dwx, loss)
	p.differences("DBias", bias, dbias, loss)
	if act.PerUnit() {
		p.differences("DUnit", act.Unit, unitSum, loss)
	}
	if !c.lowRank {
		p.differences("DW", w, dw, loss)
		return
	}
	p.differences("DD", d, dd, loss)
	p.differences("DL", l, dl, loss)
	p.differences("DR", r, dr, loss)
}
