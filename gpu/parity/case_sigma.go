package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(sigmaCases, Tolerance{Op: "sigma", C: 1, K: "16",
		Scale: "band: |σ*| + 2r; positive: |σ|(1 + |s|)",
		Why:   "an exponential and a division, in [0, 1], times 2r"})
}

// sigmaSpec is a map from s to σ.
type sigmaSpec struct {
	n              int
	kind           gpu.SigmaMap
	center, radius float32
	inPlace        bool
	lay            layout

	rows     int  // of the products that are added to dσ; 0 for none
	diagonal bool // dσ is a diagonal
	alone    bool // there is nothing but the products
}

func (s sigmaSpec) String() string {
	name := fmt.Sprintf("band σ*=%g r=%g", s.center, s.radius)
	if s.kind == gpu.SigmaPositive {
		name = fmt.Sprintf("positive σ*=%g", s.center)
	}
	name = fmt.Sprintf("%s n=%d %v in place=%t", name, s.n, s.lay, s.inPlace)
	if s.rows > 0 {
		name += fmt.Sprintf(" rows=%d diagonal=%t alone=%t", s.rows, s.diagonal, s.alone)
	}
	return name
}

// sigmaSpecs calls add with every kind of map at every size.
func sigmaSpecs(add func(i, j int, s sigmaSpec)) {
	layouts := []layout{padded, tight, wide, skewed}
	for i, n := range append([]int{0, 70001}, sizes...) {
		for j, s := range []sigmaSpec{
			{kind: gpu.SigmaBand, center: 1, radius: 0.01},
			{kind: gpu.SigmaBand, center: 0, radius: 0.5},
			{kind: gpu.SigmaBand, center: 1, radius: 0},
			{kind: gpu.SigmaPositive, center: 1, radius: 0},
			{kind: gpu.SigmaPositive, center: 0.3, radius: 0.1},
		} {
			s.n, s.inPlace, s.lay = n, (i+j)%2 == 1, layouts[(i+j)%4]
			add(i, j, s)
		}
	}
}

func sigmaCases(l *list) {
	sigmaSpecs(func(_, _ int, s sigmaSpec) {
		l.add("sigma", s.String(), s.n == 0 || s.n == 33, func(t *trial) {
			t.lay = s.lay
			sigmaTrial(t, s)
		})
	})
}

// free returns n parameters: moderate ones, and for the band some that saturate it.
func (s sigmaSpec) free(t *trial) oracle.Matrix {
	S := t.uniform("S", 1, s.n, -6, 6)
	if s.kind == gpu.SigmaBand {
		for i, v := range []float64{0, -100, 100, 20, -20, 1e30, -1e30} {
			if 3*i+1 < s.n {
				S.Data[3*i+1] = float64(float32(v))
			}
		}
	}
	return S
}

func sigmaTrial(t *trial, s sigmaSpec) {
	S := s.free(t)
	in := t.in("S", S)
	out := in
	if !s.inPlace {
		out = t.out("Out", 1, s.n)
	}
	t.one(func() gpu.Op {
		return gpu.Sigma{Out: out.view(), S: in.view(), Center: s.center, Radius: s.radius, Map: s.kind}
	})
	if s.kind == gpu.SigmaPositive {
		want := row(oracle.SigmaExp(S.Data, float64(s.center)))
		scale := want.Clone()
		for i, v := range S.Data {
			scale.Data[i] *= 1 + math.Abs(v)
		}
		t.expect(out, want, scale, exponential)
		return
	}
	want := row(oracle.Sigma(S.Data, float64(s.center), float64(s.radius)))
	t.expect(out, want, filled(1, s.n, abs64(s.center)+2*abs64(s.radius)), exponential)
	t.within(out, float64(s.center-s.radius), float64(s.center+s.radius))
}
