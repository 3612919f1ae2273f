package exact

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() {
	implement(adam)
	implement(rmsprop)
	implement(sgd)
}

// update calls step for every parameter, with its clipped gradient, and subtracts lr·scale·(what it returns + decay·p).
func update(p, g, hyper, norm, groups gpu.View, step func(i int, g float64) float64) {
	grad, h, n, group := window(g), window(hyper), window(norm), window(groups)
	if n.at(0, 1) == 0 {
		return
	}
	clip := 1.0
	if limit := h.at(0, gpu.HyperClip); limit > 0 && n.at(0, 0) > limit {
		clip = limit / n.at(0, 0)
	}
	each(p, func(_, i int, x float64) float64 {
		b := i / gpu.GroupBlock
		return x - h.at(0, gpu.HyperLR)*group.at(b, 0)*(step(i, clip*grad.at(0, i))+group.at(b, 1)*x)
	})
}

// moment moves element i of m to β·m + weight·x and returns it.
func (m matrix) moment(i int, beta, weight, x float64) float64 {
	m.set(0, i, beta*m.at(0, i)+weight*x)
	return m.at(0, i)
}

func adam(o gpu.Adam) {
	m, v, h := window(o.M), window(o.V), window(o.Hyper)
	update(o.P, o.G, o.Hyper, o.Norm, o.Groups, func(i int, g float64) float64 {
		b1, b2 := h.at(0, gpu.HyperBeta1), h.at(0, gpu.HyperBeta2)
		mean, square := m.moment(i, b1, 1-b1, g), v.moment(i, b2, 1-b2, g*g)
		return mean / h.at(0, gpu.HyperCorrect1) / (math.Sqrt(square/h.at(0, gpu.HyperCorrect2)) + h.at(0, gpu.HyperEps))
	})
}

func rmsprop(o gpu.RMSprop) {
	v, h := window(o.V), window(o.Hyper)
	update(o.P, o.G, o.Hyper, o.Norm, o.Groups, func(i int, g float64) float64 {
		alpha := h.at(0, gpu.HyperBeta2)
		return g / (math.Sqrt(v.moment(i, alpha, 1-alpha, g*g)) + h.at(0, gpu.HyperEps))
	})
}

func sgd(o gpu.SGD) {
	m, h := window(o.M), window(o.Hyper)
	update(o.P, o.G, o.Hyper, o.Norm, o.Groups, func(i int, g float64) float64 { return m.moment(i, h.at(0, gpu.HyperBeta1), 1, g) })
}
