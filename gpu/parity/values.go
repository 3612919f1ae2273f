package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// sizes are those at which tiles, vectors and subgroups begin and end.
var sizes = []int{1, 2, 3, 7, 31, 32, 33, 127, 128, 129}

// uniform returns fp32 numbers uniform in [lo, hi).
func (t *trial) uniform(name string, rows, cols int, lo, hi float32) oracle.Matrix {
	src := t.source(name)
	m := oracle.Zeros(rows, cols)
	for i := range m.Data {
		m.Data[i] = float64(lo + (hi-lo)*philox.Unit(src.Uint32()))
	}
	return m
}

// values returns fp32 numbers uniform in [−1, 1).
func (t *trial) values(name string, rows, cols int) oracle.Matrix {
	return t.uniform(name, rows, cols, -1, 1)
}

// reflectors returns m reflectors of length n with normal entries; the structural zeros hold NaN where nothing may read them.
func (t *trial) reflectors(name string, m, n int, structural float64) oracle.Matrix {
	src := t.source(name)
	u := oracle.Zeros(m, n)
	for j := range m {
		for i := range n {
			if i < j {
				u.Set(j, i, structural)
			} else {
				u.Set(j, i, float64(float32(src.Normal())))
			}
		}
	}
	return u
}

// recurrent returns an n×n matrix of norm 1 + r at most, but for rounding: one with singular values in [1−r, 1+r], and where that
// takes long a random one, whose norm is close to 2·√n·(its standard deviation).
func (t *trial) recurrent(name string, n int, r float64) oracle.Matrix {
	if n > 300 {
		limit := float32(0.8 / math.Sqrt(float64(n)))
		return t.uniform(name, n, n, -limit, limit)
	}
	m := min(n, 6)
	sigma := t.uniform(name+"/sigma", 1, n, -1, 1).Data
	for i := range sigma {
		sigma[i] = 1 + r*sigma[i]
	}
	return round(oracle.W(t.reflectors(name+"/u", m, n, 0), t.reflectors(name+"/v", m, n, 0), sigma))
}

// round returns m rounded to fp32.
func round(m oracle.Matrix) oracle.Matrix {
	return mapped(m, func(v float64) float64 { return float64(float32(v)) })
}

// abs returns |m|, element by element.
func abs(m oracle.Matrix) oracle.Matrix { return mapped(m, math.Abs) }

func mapped(m oracle.Matrix, f func(float64) float64) oracle.Matrix {
	r := oracle.Zeros(m.Rows, m.Cols)
	for i, v := range m.Data {
		r.Data[i] = f(v)
	}
	return r
}

// row returns values as a matrix of one row.
func row(values []float64) oracle.Matrix { return oracle.New(1, len(values), values) }

// filled returns a matrix whose elements are all v.
func filled(rows, cols int, v float64) oracle.Matrix {
	return mapped(oracle.Zeros(rows, cols), func(float64) float64 { return v })
}

// norm2 returns the 2-norm of x.
func norm2(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return math.Sqrt(s)
}

var nan = math.NaN()

func abs64(v float32) float64 { return math.Abs(float64(v)) }
