package oracle

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// AdamOptions are the settings of [Adam]. Decay is the decoupled weight decay of
// Loshchilov & Hutter 2019; 0 is plain Adam.
type AdamOptions struct {
	Rate, Beta1, Beta2, Epsilon, Decay float64
}

// Adam does step number t (the first is 1) on the parameters p with gradient g,
// first moment m and second moment v, all of one length; p, m and v change:
//
//	m ← β₁ m + (1−β₁) g,   v ← β₂ v + (1−β₂) g²,
//	m̂ = m/(1−β₁ᵗ),   v̂ = v/(1−β₂ᵗ),
//	p ← p − rate (m̂/(√v̂ + ε) + decay · p).
//
// The decay does not enter the moments (no L2 term in g).
func Adam(o AdamOptions, t int, p, g, m, v []float64) {
	mustLen("Adam: gradient", g, len(p))
	mustLen("Adam: first moment", m, len(p))
	mustLen("Adam: second moment", v, len(p))
	correction1 := 1 - math.Pow(o.Beta1, float64(t))
	correction2 := 1 - math.Pow(o.Beta2, float64(t))
	for i := range p {
		m[i] = o.Beta1*m[i] + (1-o.Beta1)*g[i]
		v[i] = o.Beta2*v[i] + (1-o.Beta2)*g[i]*g[i]
		mHat, vHat := m[i]/correction1, v[i]/correction2
		p[i] -= o.Rate * (mHat/(math.Sqrt(vHat)+o.Epsilon) + o.Decay*p[i])
	}
}

// RMSpropOptions are the settings of [RMSprop]. Decay is decoupled, as in [AdamOptions].
type RMSpropOptions struct {
	Rate, Alpha, Epsilon, Decay float64
}

// RMSprop does one step on the parameters p with gradient g and mean square v, all of one length; p and v change:
//
//	v ← α v + (1−α) g²,   p ← p − rate (g/(√v + ε) + decay · p).
func RMSprop(o RMSpropOptions, p, g, v []float64) {
	mustLen("RMSprop: gradient", g, len(p))
	mustLen("RMSprop: mean square", v, len(p))
	for i := range p {
		v[i] = o.Alpha*v[i] + (1-o.Alpha)*g[i]*g[i]
		p[i] -= o.Rate * (g[i]/(math.Sqrt(v[i])+o.Epsilon) + o.Decay*p[i])
	}
}

// SGDOptions are the settings of [SGD]. Decay is decoupled, as in [AdamOptions].
type SGDOptions struct {
	Rate, Momentum, Decay float64
}

// SGD does one step on the parameters p with gradient g and velocity v, all of
// one length; p and v change:
//
//	v ← momentum · v + g,   p ← p − rate (v + decay · p).
func SGD(o SGDOptions, p, g, v []float64) {
	mustLen("SGD: gradient", g, len(p))
	mustLen("SGD: velocity", v, len(p))
	for i := range p {
		v[i] = o.Momentum*v[i] + g[i]
		p[i] -= o.Rate * (v[i] + o.Decay*p[i])
	}
}

// ClipGlobalNorm scales g so that its Euclidean norm is at most limit, and
// returns the norm it had and the factor used: 1 where norm ≤ limit or limit is
// not positive (no clipping), else limit/norm.
func ClipGlobalNorm(g []float64, limit float64) (norm, factor float64) {
	norm, factor = floats.Norm(g, 2), 1
	if limit > 0 && norm > limit {
		factor = limit / norm
	}
	floats.Scale(factor, g)
	return norm, factor
}
