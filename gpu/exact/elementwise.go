package exact

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() {
	implement(fill)
	implement(copyView)
	implement(scale)
	implement(mapView)
	implement(sigma)
	implement(sigmaBackward)
	implement(colDot)
	implement(norm)
	implement(minMax)
}

// matrix is a window of words.
type matrix struct {
	words []float64
	gpu.View
}

func window(v gpu.View) matrix {
	if v.IsZero() {
		return matrix{}
	}
	return matrix{v.Buf.Memory().(*memory).words, v}
}

func (m matrix) at(i, j int) float64     { return m.words[m.Off+i*m.Stride+j] }
func (m matrix) set(i, j int, x float64) { m.words[m.Off+i*m.Stride+j] = x }

// clone copies a window, so that operations may work in place.
func (m matrix) clone() matrix {
	if m.words == nil {
		return m
	}
	m.words = append([]float64(nil), m.words...)
	return m
}

// or returns element (i, j), or a default where the window is absent.
func (m matrix) or(i, j int, absent float64) float64 {
	if m.words == nil {
		return absent
	}
	return m.at(i, j)
}

// each replaces every element by f(i, j, element).
func each(v gpu.View, f func(i, j int, x float64) float64) {
	w := window(v)
	for i := range v.Rows {
		for j := range v.Cols {
			w.set(i, j, f(i, j, w.at(i, j)))
		}
	}
}

func fill(o gpu.Fill) {
	each(o.Y, func(int, int, float64) float64 { return float64(o.Value) })
}

func copyView(o gpu.Copy) {
	x := window(o.X)
	each(o.Y, func(i, j int, _ float64) float64 {
		if o.Transpose {
			return x.at(j, i)
		}
		return x.at(i, j)
	})
}

func scale(o gpu.Scale) {
	x, z, left, right := window(o.X).clone(), window(o.Summand()).clone(), window(o.Left), window(o.Right)
	each(o.Y, func(i, j int, _ float64) float64 {
		v := float64(o.Alpha) * left.or(0, i, 1) * x.or(i, j, 0) * right.or(0, j, 1)
		if o.Beta != 0 {
			v += float64(o.Beta) * z.at(i, j)
		}
		if i == j {
			v += float64(o.Gamma)
		}
		return v
	})
}

func mapView(o gpu.Map) {
	f := map[gpu.Func]func(float64) float64{
		gpu.Reciprocal: func(x float64) float64 { return 1 / x }, gpu.Log: math.Log, gpu.Exp: math.Exp, gpu.Abs: math.Abs,
		gpu.Square: func(x float64) float64 { return x * x }, gpu.Power: func(x float64) float64 { return math.Pow(x, float64(o.P)) },
	}[o.F]
	x := window(o.X).clone()
	each(o.Y, func(i, j int, _ float64) float64 { return f(x.at(i, j)) })
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func sigma(o gpu.Sigma) {
	s, center, radius := window(o.S).clone(), float64(o.Center), float64(o.Radius)
	each(o.Out, func(i, j int, _ float64) float64 {
		if o.Map == gpu.SigmaPositive {
			return center * math.Exp(s.at(i, j))
		}
		return center + 2*radius*(sigmoid(s.at(i, j))-0.5)
	})
}

func sigmaBackward(o gpu.SigmaBackward) {
	s, d, a, b, center, radius := window(o.S), window(o.DSigma).clone(), window(o.A), window(o.B), float64(o.Center), float64(o.Radius)
	each(o.DS, func(i, j int, _ float64) float64 {
		sum := 0.0
		for l := range o.A.Rows {
			sum += float64(o.Alpha) * a.at(l, j) * b.at(l, j)
		}
		if d.words != nil {
			sum += d.words[d.Off+j*o.Apart()]
		}
		if o.Map == gpu.SigmaPositive {
			return sum * center * math.Exp(s.at(i, j))
		}
		return sum * 2 * radius * sigmoid(s.at(i, j)) * sigmoid(-s.at(i, j))
	})
}

func colDot(o gpu.ColDot) {
	a, b := window(o.A), window(o.B)
	each(o.Out, func(_, j int, old float64) float64 {
		sum := 0.0
		for i := range o.A.Rows {
			sum += a.at(i, j) * b.or(i, j, 1)
		}
		sum *= float64(o.Alpha)
		if o.Beta != 0 {
			sum += float64(o.Beta) * old
		}
		return sum
	})
}

func norm(o gpu.Norm) {
	sum, finite := 0.0, 1.0
	each(o.X, func(_, _ int, x float64) float64 {
		sum += x * x
		if math.IsNaN(x) || math.IsInf(x, 0) {
			finite = 0
		}
		return x
	})
	out := window(o.Out)
	out.set(0, 0, math.Sqrt(sum))
	out.set(0, 1, finite)
}

func minMax(o gpu.MinMax) {
	lo, hi := math.Inf(1), math.Inf(-1)
	each(o.X, func(_, _ int, x float64) float64 {
		lo, hi = min(lo, x), max(hi, x)
		return x
	})
	out := window(o.Out)
	out.set(0, 0, lo)
	out.set(0, 1, hi)
}
