package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(sigmaBackwardCases, Tolerance{Op: "sigma_backward", C: 1, K: "rows + 16",
		Scale: "band: |dσ|·2r·sigmoid(s); positive: |ds|(1 + |s|); |dσ| = |DSigma| + |α|Σ|a·b|",
		Why:   "1 − sigmoid(s) has the error of sigmoid(s); γ of a sum of products"})
}

func sigmaBackwardCases(l *list) {
	add := func(short bool, s sigmaSpec) {
		l.add("sigma_backward", s.String(), short, func(t *trial) {
			t.lay = s.lay
			sigmaBackwardTrial(t, s)
		})
	}
	sigmaSpecs(func(i, j int, s sigmaSpec) {
		add(s.n == 0 || s.n == 33, s)
		s.rows, s.diagonal, s.alone = []int{1, 7, 64, 129}[(i+j)%4], j%2 == 0, j == 3
		s.inPlace = s.inPlace && !s.diagonal && !s.alone
		add(s.n == 33, s)
	})
}

func sigmaBackwardTrial(t *trial, s sigmaSpec) {
	S, G := s.free(t), t.values("DSigma", 1, s.n)
	in := t.in("S", S)
	var g, out, a, b *operand
	switch {
	case s.alone:
		G = oracle.Zeros(1, s.n)
	case s.diagonal:
		g = t.in("DSigma", oracle.Matrix{Rows: s.n, Cols: 1, Data: G.Data})
	default:
		g = t.in("DSigma", G)
	}
	out = g
	if !s.inPlace {
		out = t.out("DS", 1, s.n)
	}
	bound := abs(G)
	const alpha = -0.5
	if s.rows > 0 {
		A, B := t.values("A", s.rows, s.n), t.values("B", s.rows, s.n)
		a, b = t.in("A", A), t.in("B", B)
		G = G.Clone()
		for i := range s.rows {
			for j := range s.n {
				G.Data[j] += alpha * A.At(i, j) * B.At(i, j)
				bound.Data[j] += math.Abs(alpha * A.At(i, j) * B.At(i, j))
			}
		}
	}
	t.one(func() gpu.Op {
		return gpu.SigmaBackward{DS: out.view(), DSigma: g.view(), S: in.view(), A: a.view(), B: b.view(), Alpha: alpha, Center: s.center, Radius: s.radius, Map: s.kind}
	})
	want, scale := oracle.Zeros(1, s.n), oracle.Zeros(1, s.n)
	if s.kind == gpu.SigmaPositive {
		for i, d := range oracle.SigmaExpDerivative(S.Data, float64(s.center)) {
			want.Data[i] = d * G.Data[i]
			scale.Data[i] = math.Abs(d) * bound.Data[i] * (1 + math.Abs(S.Data[i]))
		}
	} else {
		for i, d := range oracle.SigmaDerivative(S.Data, float64(s.radius)) {
			want.Data[i] = d * G.Data[i]
			scale.Data[i] = bound.Data[i] * 2 * float64(s.radius) / (1 + math.Exp(-S.Data[i]))
		}
	}
	t.expect(out, want, scale, s.rows+exponential)
}
