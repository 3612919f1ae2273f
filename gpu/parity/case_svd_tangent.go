package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(svdTangentCases, Tolerance{Op: "svd_tangent", C: 1, K: "4",
		Scale: "|m_ij·σ_j| + |σ_i·m_ji|",
		Why:   "two products and a difference"})
}

func svdTangentCases(l *list) {
	layouts := []layout{padded, tight, wide, skewed}
	for i, n := range append([]int{0}, sizes...) {
		lay := layouts[i%4]
		l.add("svd_tangent", fmt.Sprintf("n=%d %v", n, lay), n == 0 || n == 33, func(t *trial) {
			t.lay = lay
			svdTangentTrial(t, n)
		})
	}
}

func svdTangentTrial(t *trial, n int) {
	M, S := t.values("M", n, n), t.uniform("Sigma", 1, n, 0.5, 1.5)
	m, s := t.in("M", M), t.in("Sigma", S)
	u, v := t.out("OmegaU", n, n), t.out("OmegaV", n, n)
	t.one(func() gpu.Op {
		return gpu.SVDTangent{OmegaU: u.view(), OmegaV: v.view(), M: m.view(), Sigma: s.view()}
	})
	skew := func(at func(i, j int) float64) (want, scale oracle.Matrix) {
		want, scale = oracle.Zeros(n, n), oracle.Zeros(n, n)
		for i := range n {
			for j := range n {
				a, b := at(i, j)*S.At(0, j), S.At(0, i)*at(j, i)
				want.Set(i, j, a-b)
				scale.Set(i, j, math.Abs(a)+math.Abs(b))
			}
		}
		return want, scale
	}
	want, scale := skew(M.At)
	t.expect(u, want, scale, few)
	want, scale = skew(func(i, j int) float64 { return M.At(j, i) })
	t.expect(v, want, scale, few)
}
