package exact

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() {
	implement(gemm)
	implement(gram)
	implement(triInverse)
	implement(triSolve)
	implement(symTriu)
	implement(maskReflectors)
	implement(normalizeReflectors)
	implement(scaleReflectors)
	implement(reflectRows)
	implement(reflectBackward)
	implement(svdTangent)
}

func gemm(o gpu.Gemm) {
	_, _, k := o.Dims()
	col, bias, diag, act := window(o.Scale), window(o.Bias), window(o.Diag), bound(o.Act)
	for b := range o.Count() {
		va, vb, vc := o.A, o.B, o.C
		va.Off, vb.Off, vc.Off = va.Off+b*o.StrideA, vb.Off+b*o.StrideB, vc.Off+b*o.StrideC
		A, B := window(va), window(vb)
		each(vc, func(i, j int, old float64) float64 {
			sum := 0.0
			for l := range k {
				sum += op(A, i, l, o.TransA) * op(B, l, j, o.TransB)
			}
			v := float64(o.Alpha)*sum*col.or(0, j, 1) + bias.or(0, j, 0)
			if o.Beta != 0 {
				v += float64(o.Beta) * old
			}
			v = act.value(j, v)
			switch {
			case i == j:
				v += diag.or(0, i, 0)
			case i > j && o.Upper:
				return 0
			}
			return v
		})
	}
}

// op returns element (i, j) of a or, transposed, of aᵀ.
func op(a matrix, i, j int, transposed bool) float64 {
	if transposed {
		i, j = j, i
	}
	return a.at(i, j)
}

// later returns the window at item i of a batch.
func later(v gpu.View, i, stride int) gpu.View {
	v.Off += i * stride
	return v
}

func gram(o gpu.Gram) {
	for b := range o.Count() {
		u := window(later(o.U, b, o.StrideU))
		each(later(o.S, b, o.StrideS), func(i, j int, _ float64) float64 {
			if i > j {
				return 0
			}
			sum := 0.0
			for l := range o.U.Cols {
				sum += u.at(i, l) * u.at(j, l)
			}
			if i == j {
				sum /= 2
			}
			return sum
		})
	}
}

func triSolve(o gpu.TriSolve) {
	m, scale := o.S.Rows, window(o.Scale)
	for k := range o.Count() {
		s, x, b := window(later(o.S, k, o.StrideS)), window(later(o.X, k, o.StrideX)), window(later(o.B, k, o.StrideB))
		for j := range o.B.Cols {
			for step := range m {
				i, from, to := step, 0, step
				if !o.Transpose {
					i = m - 1 - step
					from, to = i+1, m
				}
				sum := b.at(i, j) * scale.or(0, j, 1)
				for l := from; l < to; l++ {
					sum -= op(s, i, l, o.Transpose) * x.at(l, j)
				}
				if d := s.at(i, i); d == 0 {
					x.set(i, j, 0)
				} else {
					x.set(i, j, sum/d)
				}
			}
		}
	}
}

func svdTangent(o gpu.SVDTangent) {
	m, sigma := window(o.M), window(o.Sigma)
	each(o.OmegaU, func(i, j int, _ float64) float64 { return m.at(i, j)*sigma.at(0, j) - sigma.at(0, i)*m.at(j, i) })
	each(o.OmegaV, func(i, j int, _ float64) float64 { return m.at(j, i)*sigma.at(0, j) - sigma.at(0, i)*m.at(i, j) })
}

func triInverse(o gpu.TriInverse) {
	s, a, m := window(o.S), window(o.A), o.S.Rows
	for k := range m {
		for i := m - 1; i >= 0; i-- {
			a.set(i, k, 0)
			if i > k || s.at(i, i) == 0 || s.at(k, k) == 0 {
				continue
			}
			sum := 0.0
			if i == k {
				sum = 1
			}
			for l := i + 1; l <= k; l++ {
				sum -= s.at(i, l) * a.at(l, k)
			}
			a.set(i, k, sum/s.at(i, i))
		}
	}
}

func symTriu(o gpu.SymTriu) {
	k := window(o.K).clone()
	each(o.Y, func(i, j int, _ float64) float64 { return k.at(min(i, j), max(i, j)) })
}

func maskReflectors(o gpu.MaskReflectors) {
	perSet := o.PerSet()
	each(o.U, func(i, j int, x float64) float64 {
		if j < i%perSet {
			return 0
		}
		return x
	})
}

func normalizeReflectors(o gpu.NormalizeReflectors) {
	maskReflectors(gpu.MaskReflectors(o))
	w := window(o.U)
	for i := range o.U.Rows {
		if length := math.Sqrt(dot(w, i, w, i, 0)); length > 0 {
			for j := range o.U.Cols {
				w.set(i, j, w.at(i, j)/length)
			}
		}
	}
}

// dot returns the scalar product of row i of a and row j of b from column lo on.
func dot(a matrix, i int, b matrix, j, lo int) float64 {
	sum := 0.0
	for l := lo; l < a.Cols; l++ {
		sum += a.at(i, l) * b.at(j, l)
	}
	return sum
}

// addRow adds c times row j of u, from column j on, to row i of y.
func addRow(y matrix, i int, c float64, u matrix, j int) {
	for l := j; l < u.Cols; l++ {
		y.set(i, l, y.at(i, l)+c*u.at(j, l))
	}
}

// order returns the reflectors in the order in which they are applied: Q = H_0 … H_{m−1} applies the last first.
func order(m int, ascending bool) []int {
	out := make([]int, m)
	for i := range out {
		out[i] = m - 1 - i
		if ascending {
			out[i] = i
		}
	}
	return out
}

func reflectRows(o gpu.Reflect) {
	copyView(gpu.Copy{Y: o.Y, X: o.X})
	y, u := window(o.Y), window(o.U)
	for _, j := range order(o.U.Rows, o.Transpose) {
		uu := dot(u, j, u, j, j)
		if uu == 0 {
			continue
		}
		for i := range y.Rows {
			addRow(y, i, -2*dot(y, i, u, j, j)/uu, u, j)
		}
	}
}

func reflectBackward(o gpu.ReflectBackward) {
	copyView(gpu.Copy{Y: o.DX, X: o.DY})
	h, g, u, du := window(o.Y).clone(), window(o.DX), window(o.U), window(o.DU)
	each(o.DU, func(int, int, float64) float64 { return 0 })
	for _, j := range order(o.U.Rows, !o.Transpose) {
		uu := dot(u, j, u, j, j)
		if uu == 0 {
			continue
		}
		for i := range g.Rows {
			addRow(h, i, -2*dot(h, i, u, j, j)/uu, u, j) // back to the input of this reflection
			a, b := dot(h, i, u, j, j)/uu, dot(g, i, u, j, j)/uu
			for l := j; l < u.Cols; l++ {
				du.set(j, l, du.at(j, l)-2*a*g.at(i, l)-2*b*h.at(i, l)+4*a*b*u.at(j, l))
			}
			addRow(g, i, -2*b, u, j)
		}
	}
}

func scaleReflectors(o gpu.ScaleReflectors) {
	y, u, s := window(o.Y), window(o.U), window(o.S)
	for i := range u.Rows {
		first, largest := i%o.PerSet(), 0.0
		for j := first; j < u.Cols; j++ {
			largest = max(largest, math.Abs(u.at(i, j)))
		}
		factor := 1.0
		if largest > 0 {
			factor = math.Ldexp(1, min(max(-math.Ilogb(largest), -126), 127))
		}
		for j := range u.Cols {
			v := 0.0
			if j >= first {
				v = factor * u.at(i, j)
			}
			y.set(i, j, v)
		}
		s.set(0, i, factor)
	}
}
