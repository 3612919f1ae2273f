package oracle

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestAdamFirstStep: with bias correction the first step is rate · sign(g),
// whatever |g|, plus the decay.
func TestAdamFirstStep(t *testing.T) {
	p, m, v := []float64{1, 2, 3}, make([]float64, 3), make([]float64, 3)
	o := AdamOptions{Rate: 0.1, Beta1: 0.9, Beta2: 0.999, Decay: 0.5}
	Adam(o, 1, p, []float64{4, -1e-3, 25}, m, v)
	nearSlice(t, "p", p, []float64{1 - 0.1 - 0.05, 2 + 0.1 - 0.1, 3 - 0.1 - 0.15}, 1e-14)
	nearSlice(t, "m", m, []float64{0.4, -1e-4, 2.5}, 1e-15)
	nearSlice(t, "v", v, []float64{0.016, 1e-9, 0.625}, 1e-15)
}

// TestAdamIsWeightedMeans compares 20 steps with the closed form: m̂ and v̂ are
// the means of g and g² with weights βᵗ⁻ⁱ.
func TestAdamIsWeightedMeans(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	o := AdamOptions{Rate: 0.01, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3}
	p, m, v := []float64{0.7}, []float64{0}, []float64{0}
	want, history := p[0], []float64{}
	for step := 1; step <= 20; step++ {
		g := rng.NormFloat64()
		history = append(history, g)
		Adam(o, step, p, []float64{g}, m, v)
		mean := func(beta, power float64) float64 {
			sum, weights := 0.0, 0.0
			for i, g := range history {
				w := math.Pow(beta, float64(len(history)-1-i))
				sum += w * math.Pow(g, power)
				weights += w
			}
			return sum / weights
		}
		want -= o.Rate * mean(o.Beta1, 1) / (math.Sqrt(mean(o.Beta2, 2)) + o.Epsilon)
		nearValue(t, "p", p[0], want, 1e-13)
	}
}

// TestRMSprop takes PyTorch's rule, with ε outside of the root, by hand.
func TestRMSprop(t *testing.T) {
	p, v := []float64{1, -2}, []float64{0, 4}
	o := RMSpropOptions{Rate: 0.1, Alpha: 0.75, Epsilon: 0.5, Decay: 0.01}
	RMSprop(o, p, []float64{3, 2}, v)
	nearSlice(t, "v", v, []float64{2.25, 4}, 0)
	nearSlice(t, "p", p, []float64{1 - 0.1*(3/2.0+0.01), -2 - 0.1*(2/2.5-0.02)}, 1e-15)
	RMSprop(o, p, []float64{0, 0}, v)
	nearSlice(t, "v without gradient", v, []float64{1.6875, 3}, 0)
}

func TestSGD(t *testing.T) {
	p, v := []float64{1, -2}, []float64{0, 1}
	o := SGDOptions{Rate: 0.1, Momentum: 0.5, Decay: 0.01}
	SGD(o, p, []float64{3, 4}, v)
	nearSlice(t, "v", v, []float64{3, 4.5}, 0)
	nearSlice(t, "p", p, []float64{1 - 0.1*3.01, -2 - 0.1*4.48}, 1e-15)
	SGD(o, p, []float64{0, 0}, v)
	nearSlice(t, "v without gradient", v, []float64{1.5, 2.25}, 0)
}

func TestClipGlobalNorm(t *testing.T) {
	for _, c := range []struct {
		limit, factor float64
		want          []float64
	}{
		{0, 1, []float64{3, -4}},
		{5, 1, []float64{3, -4}},
		{6, 1, []float64{3, -4}},
		{1, 0.2, []float64{0.6, -0.8}},
	} {
		g := []float64{3, -4}
		norm, factor := ClipGlobalNorm(g, c.limit)
		nearSlice(t, "norm and factor", []float64{norm, factor}, []float64{5, c.factor}, 1e-15)
		nearSlice(t, "g", g, c.want, 1e-15)
	}
	norm, factor := ClipGlobalNorm(nil, 1)
	nearSlice(t, "norm and factor of nothing", []float64{norm, factor}, []float64{0, 1}, 0)
}
