package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(rnnGradientCases, Tolerance{Op: "rnn_gradient", C: 1, K: "T·B + 4",
		Scale: "|Δ|ᵀ|H|, |Δ|ᵀ|X|, Σ|δ|",
		Why:   "γ_{TB} of a sum of products in any order"})
}

func rnnGradientCases(l *list) {
	rnnSpecs([]string{"X", "no X", "no DW"}, func(short bool, s rnnSpec) {
		l.add("rnn_gradient", s.String(), short, func(t *trial) {
			t.lay = s.lay
			rnnGradientTrial(t, s, s.n)
		})
	})
	for _, s := range []rnnSpec{{t: 784, b: 26, n: 33, form: "X", k: 1, lay: padded}, {t: 784, b: 26, n: 128, form: "X", k: 1, lay: tight}, {t: 20000, b: 1, n: 5, form: "no X", bare: true, lay: skewed}} {
		l.add("rnn_gradient", s.String(), s.n == 5, func(t *trial) {
			t.lay = s.lay
			rnnGradientTrial(t, s, s.n)
		})
	}
	for i, n := range sizes { // as many gates as recurrences have
		for _, gates := range []int{3, 4} {
			s := rnnSpec{t: 3 + 8*i, b: 1 + i%3, n: n, form: []string{"X", "no X"}[i%2], lay: []layout{padded, tight, wide, skewed}[i%4], bare: i%3 == 1}
			s.k = []int{1, 28, 3}[i%3] * (1 - i%2)
			l.add("rnn_gradient", fmt.Sprintf("%v %d gates", s, gates), n == 33, func(t *trial) {
				t.lay = s.lay
				rnnGradientTrial(t, s, gates*n)
			})
		}
	}
}

// rnnGradientTrial has m columns of δ.
func rnnGradientTrial(t *trial, s rnnSpec, m int) {
	Delta, H := t.values("Delta", s.t*s.b, m), t.values("H", (s.t+1)*s.b, s.n)
	d, h := t.in("Delta", Delta), t.in("H", H)
	var x, dwx, dbias *operand
	k := s.t*s.b + few
	product := func(o *operand, X oracle.Matrix) {
		t.expect(o, oracle.Mul(Delta.T(), X), oracle.Mul(abs(Delta).T(), abs(X)), k)
	}
	var dw *operand
	if s.form != "no DW" {
		dw = t.out("DW", m, s.n)
		product(dw, H.Slice(0, s.t*s.b))
	}
	if s.form == "X" {
		X := t.values("X", s.t*s.b, s.k)
		x, dwx = t.in("X", X), t.out("DWx", m, s.k)
		product(dwx, X)
	}
	if !s.bare {
		dbias = t.out("DBias", 1, m)
		t.expect(dbias, row(oracle.ColumnSums(Delta)), row(oracle.ColumnSums(abs(Delta))), k)
	}
	var ddiag *operand
	if s.form == "no DW" {
		ddiag = t.out("DDiag", 1, s.n)
		previous := H.Slice(0, s.t*s.b)
		t.expect(ddiag, row(oracle.ColumnSums(hadamard(Delta, previous))), row(oracle.ColumnSums(abs(hadamard(Delta, previous)))), k)
	}
	t.one(func() gpu.Op {
		return gpu.RNNGradient{DW: dw.view(), DWx: dwx.view(), DBias: dbias.view(), DDiag: ddiag.view(), Delta: d.view(), H: h.view(), X: x.view(), T: s.t, B: s.b}
	})
}
