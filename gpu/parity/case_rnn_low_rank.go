package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// factors are those of W = diag(D) + Lᵀ R, of norm at most 1.
type factors struct {
	D, L, R oracle.Matrix // 1 × n, r × n, r × n
	W, size oracle.Matrix // n × n: W, and the same of absolute values
	d, l, r *operand
}

func (t *trial) factors(rank, n int) factors {
	shrink := func(m oracle.Matrix) oracle.Matrix {
		norm := norm2(m.Data)
		return round(mapped(m, func(v float64) float64 { return 0.6 * v / max(norm, 1e-30) }))
	}
	f := factors{D: t.uniform("D", 1, n, 0.2, 0.6), L: shrink(t.values("L", rank, n)), R: shrink(t.values("R", rank, n))}
	f.W, f.size = oracle.Mul(f.L.T(), f.R), oracle.Mul(abs(f.L).T(), abs(f.R))
	for i := range n {
		f.W.Set(i, i, f.W.At(i, i)+f.D.At(0, i))
		f.size.Set(i, i, f.size.At(i, i)+math.Abs(f.D.At(0, i)))
	}
	f.d, f.l, f.r = t.in("D", f.D), t.in("L", f.L), t.in("R", f.R)
	return f
}

// lowRankSpecs are those of the recurrences, each with a rank.
func lowRankSpecs(forms []string, add func(short bool, s rnnSpec, rank int)) {
	ranks := []int{1, 32, 3, 8, 0, 33, 4, 64, 7}
	counter := 0
	rnnSpecs(forms, func(short bool, s rnnSpec) {
		if s.k > 4 && s.n > 100 {
			return // wide inputs are a product of their own, small ones do
		}
		add(short, s, ranks[counter%len(ranks)])
		counter++
	})
	add(false, rnnSpec{t: 5, b: 40, n: 512, act: activations[2], form: forms[0], lay: tight}, 32)
	add(false, rnnSpec{t: 3, b: 9, n: 1024, act: activations[3], form: forms[0], lay: padded}, 16)
}

func lowRankForwardCases(l *list) {
	lowRankSpecs([]string{"Z", "X", "in place"}, func(short bool, s rnnSpec, rank int) {
		l.add("rnn_low_rank_forward", fmt.Sprintf("%v r=%d", s, rank), short, func(t *trial) {
			t.lay = s.lay
			lowRankForwardTrial(t, s, rank)
		})
	})
}

func lowRankForwardTrial(t *trial, s rnnSpec, rank int) {
	f, H0 := t.factors(rank, s.n), t.values("H0", s.b, s.n)
	in := t.recurrentInput(s)
	h := t.in("H", below(H0, in.states))
	var c *operand
	if !s.bare {
		c = t.out("C", s.t*s.b, rank)
	}
	t.one(func() gpu.Op {
		op := gpu.RNNLowRankForward{H: h.view(), D: f.d.view(), L: f.l.view(), R: f.r.view(), C: c.view(),
			Z: in.z.view(), X: in.x.view(), Wx: in.wx.view(), Bias: in.bias.view(), T: s.t, B: s.b, Act: s.act}
		if s.form == "in place" {
			op.Z = op.States()
		}
		return op
	})
	H := oracle.RNNForward(truth(s.act), f.W, H0, in.Z)
	scale, k := forwardScale(f.size, H0, H, in.size, s.b), s.n+rank+s.k+epilogue
	t.exactRows(h, 0, H0)
	t.expectRows(h, s.b, H, scale, k)
	if c != nil {
		previous, carried := below(H0, H).Slice(0, s.t*s.b), below(oracle.Zeros(s.b, s.n), scale).Slice(0, s.t*s.b)
		t.expect(c, oracle.Mul(previous, f.R.T()), coefficientScale(f.R, previous, carried), k)
	}
}

// coefficientScale returns ‖|M||h|‖ + carried for every row of states h, of a product with M, ‖M‖ ≤ 1.
func coefficientScale(M, states, carried oracle.Matrix) oracle.Matrix {
	local := oracle.Mul(abs(states), abs(M).T())
	for i := range local.Rows {
		size := norm2(local.Row(i))
		if carried.Cols > 0 {
			size += carried.At(i, 0)
		}
		fill(local.Row(i), size)
	}
	return local
}

func lowRankBackwardCases(l *list) {
	lowRankSpecs([]string{"every step", "last step", "in place"}, func(short bool, s rnnSpec, rank int) {
		l.add("rnn_low_rank_backward", fmt.Sprintf("%v r=%d", s, rank), short, func(t *trial) {
			t.lay = s.lay
			lowRankBackwardTrial(t, s, rank)
		})
	})
}

func lowRankBackwardTrial(t *trial, s rnnSpec, rank int) {
	f, H0 := t.factors(rank, s.n), t.values("H0", s.b, s.n)
	H := round(oracle.RNNForward(truth(s.act), f.W, H0, t.values("Z", s.t*s.b, s.n)))
	given, DH := t.outerGradient(s)
	h, dh := t.in("H", below(H0, H)), t.in("DH", given)
	delta := dh
	if s.form != "in place" {
		delta = t.out("Delta", s.t*s.b, s.n)
	}
	var dh0, e *operand
	if !s.bare {
		dh0, e = t.out("DH0", s.b, s.n), t.out("E", s.t*s.b, rank)
	}
	t.one(func() gpu.Op {
		return gpu.RNNLowRankBackward{Delta: delta.view(), E: e.view(), D: f.d.view(), L: f.l.view(), R: f.r.view(), H: h.view(),
			DH: dh.view(), DH0: dh0.view(), T: s.t, B: s.b, Act: s.act}
	})
	g := oracle.RNNBackward(truth(s.act), f.W, H0, H, DH)
	scale, scale0 := backwardScale(f.size, g.Delta, DH, s.b)
	k := s.n + rank + epilogue
	t.expect(delta, g.Delta, scale, k)
	if e != nil {
		t.expect(dh0, g.DH0, scale0, k)
		t.expect(e, oracle.Mul(g.Delta, f.L.T()), coefficientScale(f.L, g.Delta, scale), k)
	}
}
