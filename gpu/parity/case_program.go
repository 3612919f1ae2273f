package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(programCases, Tolerance{Op: "program", C: 8, K: "n + m + 16",
		Scale: "|U|ᵀ|A||S||A||U| + I, times |diag|s",
		Why:   "the sums of its operations one after the other"})
}

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
	scaledPrograms(l)
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

// scaledPrograms are products of reflectors whose squares are no fp32 numbers, by every algorithm behind ScaleReflectors.
func scaledPrograms(l *list) {
	for i, s := range []reflectSpec{{m: 7, n: 7, b: 3, lay: padded}, {m: 33, n: 33, b: 5, lay: tight}, {m: 16, n: 128, b: 33, lay: wide}, {m: 70, n: 129, b: 2, lay: skewed}} {
		for j, kind := range append([]string{"denormal"}, unscaled...) {
			s.kind, s.transpose = kind, (i+j)%2 == 1
			l.add("program", "scaled blocks "+s.String(), i < 2, func(t *trial) {
				t.lay = s.lay
				scaledBlocksTrial(t, s, []int{32, 4, 16, 8}[i])
			})
			l.add("program", "scaled compact WY "+s.String(), i < 2, func(t *trial) {
				t.lay = s.lay
				scaledCompactTrial(t, s)
			})
		}
	}
}

// scaledBlocksTrial applies a product of reflectors by blocks, and takes it back with its gradient.
func scaledBlocksTrial(t *trial, s reflectSpec, b int) {
	U, Y, DY := t.reflectorsOf(s.kind, s.m, s.n, nan), t.values("Y", s.b, s.n), t.values("DY", s.b, s.n)
	DY = mapped(DY, func(v float64) float64 { return v * 0x1p-80 }) // so that gradients of denormal reflectors are fp32 numbers
	u, y, dy := t.in("U", U), t.in("Y", Y), t.in("DY", DY)
	scaled, powers, a := t.out("scaled U", s.m, s.n), t.out("S", 1, s.m), t.out("A", gpu.FactorRows(s.m, b), b)
	x, dx, du := t.out("X", s.b, s.n), t.out("DX", s.b, s.n), t.out("DU", s.m, s.n)
	t.op = func() []gpu.Op {
		return []gpu.Op{
			gpu.ScaleReflectors{Y: scaled.view(), S: powers.view(), U: u.view()},
			gpu.BlockFactors{A: a.view(), U: scaled.view()},
			gpu.ReflectBlocks{Y: x.view(), X: y.view(), U: scaled.view(), A: a.view(), Transpose: !s.transpose},
			gpu.ReflectBlocksBackward{DX: dx.view(), DU: du.view(), DY: dy.view(), Y: y.view(), U: scaled.view(), A: a.view(), Transpose: s.transpose},
			gpu.Scale{Y: du.view(), X: du.view(), Left: powers.view(), Alpha: 1},
		}
	}
	for _, o := range []*operand{scaled, powers, a} {
		t.anything(o)
	}
	unit, _ := oracle.ScaleReflectors(U)
	_, growth := factorsOf(unit, b)
	growth *= 4 // the factors are computed here
	scale := oracle.Zeros(s.b, s.n)
	for i := range s.b {
		fill(scale.Row(i), growth*norm2(Y.Row(i)))
	}
	t.expect(x, apply(U, Y, !s.transpose), scale, s.n+8)
	t.expectReflected(s, dx, du, U, Y, DY, growth)
}

// scaledCompactTrial makes Q by substitution: S Z = U, Q = I − Uᵀ Z.
func scaledCompactTrial(t *trial, s reflectSpec) {
	U := t.reflectorsOf(s.kind, s.m, s.n, nan)
	u, scaled, powers := t.in("U", U), t.out("scaled U", s.m, s.n), t.out("S", 1, s.m)
	gram, z, q := t.out("S(U)", s.m, s.m), t.out("Z", s.m, s.n), t.out("Q", s.n, s.n)
	t.op = func() []gpu.Op {
		return []gpu.Op{
			gpu.ScaleReflectors{Y: scaled.view(), S: powers.view(), U: u.view()},
			gpu.Gram{S: gram.view(), U: scaled.view()},
			gpu.TriSolve{X: z.view(), S: gram.view(), B: scaled.view(), Trapezoid: true},
			gpu.Gemm{C: q.view(), A: scaled.view(), TransA: true, B: z.view(), Alpha: -1},
			gpu.Scale{Y: q.view(), X: q.view(), Alpha: 1, Gamma: 1},
		}
	}
	for _, o := range []*operand{scaled, powers, gram, z} {
		t.anything(o)
	}
	unit, _ := oracle.ScaleReflectors(U)
	small := oracle.S(unit)
	inverse := abs(oracle.InverseS(small))
	scale := oracle.Add(oracle.Identity(s.n), oracle.Mul(abs(unit).T(), inverse, abs(small), inverse, abs(unit)))
	t.expect(q, oracle.Q(U), scale, s.n+s.m+epilogue)
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
