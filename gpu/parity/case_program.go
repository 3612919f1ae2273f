package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// programCases are operations that feed each other: they fail where a barrier is missing.
func programCases(l *list) {
	for i, s := range []struct {
		m, n int
		lay  layout
	}{{16, 33, padded}, {33, 33, tight}, {7, 128, skewed}, {128, 129, wide}, {1, 2, padded}} {
		l.add("program", fmt.Sprintf("compact WY m=%d n=%d %v", s.m, s.n, s.lay), i < 2, func(t *trial) {
			t.lay = s.lay
			compactTrial(t, s.m, s.n)
		})
	}
	for _, n := range []int{1, 33, 1000} {
		l.add("program", fmt.Sprintf("chain of copies n=%d", n), n < 1000, func(t *trial) {
			t.lay = padded
			chainTrial(t, n)
		})
	}
}

// compactTrial makes Q diag(σ) from reflectors by the compact WY form: Q = I − UᵀAU, six operations that each need the one before.
func compactTrial(t *trial, m, n int) {
	U, S := t.reflectors("U", m, n, nan), t.values("S", 1, n)
	u, free := t.in("U", U), t.in("S", S)
	s, a, au, q, sigma := t.out("S(U)", m, m), t.out("A", m, m), t.out("AU", m, n), t.out("Q", n, n), t.out("sigma", 1, n)
	t.op = func() []gpu.Op {
		return []gpu.Op{
			gpu.NormalizeReflectors{U: u.view()},
			gpu.Gram{S: s.view(), U: u.view()},
			gpu.TriInverse{A: a.view(), S: s.view()},
			gpu.Gemm{C: au.view(), A: a.view(), B: u.view(), Alpha: 1},
			gpu.Sigma{Out: sigma.view(), S: free.view(), Center: 1, Radius: 0.5},
			gpu.Gemm{C: q.view(), A: u.view(), B: au.view(), TransA: true, Alpha: -1},
			gpu.Scale{Y: q.view(), X: q.view(), Alpha: 1, Gamma: 1},
			gpu.Scale{Y: q.view(), X: q.view(), Right: sigma.view(), Alpha: 1},
		}
	}
	for _, o := range []*operand{u, s, a, au, sigma} {
		t.anything(o)
	}
	unit := oracle.Normalise(U)
	diagonal := oracle.Diagonal(oracle.Sigma(S.Data, 1, 0.5), n, n)
	small := oracle.S(unit)
	inverse := abs(oracle.InverseS(small))
	scale := oracle.Add(oracle.Identity(n), oracle.Mul(abs(unit).T(), inverse, abs(small), inverse, abs(unit)))
	t.expect(q, oracle.Mul(oracle.Q(U), diagonal), oracle.Mul(scale, diagonal), n+m+epilogue)
}

// chainTrial moves numbers through buffers that are written again after they were read.
func chainTrial(t *trial, n int) {
	X := t.values("X", 1, n)
	x, a, b := t.in("X", X), t.out("A", 1, n), t.out("B", 1, n)
	const rounds = 8
	t.op = func() []gpu.Op {
		ops := []gpu.Op{gpu.Copy{Y: a.view(), X: x.view()}}
		for range rounds {
			ops = append(ops,
				gpu.Scale{Y: b.view(), X: a.view(), Alpha: 2}, // exact: a power of two
				gpu.Fill{Y: a.view(), Value: -1},              // after a was read
				gpu.Copy{Y: a.view(), X: b.view()},            // after a was written
				gpu.Fill{Y: b.view(), Value: 3},
			)
		}
		return ops
	}
	t.exact(a, mapped(X, func(v float64) float64 { return v * (1 << rounds) }))
	t.exact(b, filled(1, n, 3))
}
