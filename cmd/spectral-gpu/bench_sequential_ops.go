package main

import "github.com/spectral-gpu/spectral-gpu/gpu"

// forward is the network up to its loss and dL/d(output).
func (s *sequential) forward() []gpu.Op {
	c := s.net.Config
	states := s.h.RowRange(c.Batch, (c.Length+1)*c.Batch)
	u, v := s.value("layers.0.U"), s.value("layers.0.V")
	ops := []gpu.Op{
		gpu.Sigma{Out: s.sigma, S: s.value("layers.0.s"), Center: float32(c.Center), Radius: float32(c.Radius)},
		gpu.Gemm{C: states, A: s.x, B: s.value("layers.0.Wx"), TransB: true, Alpha: 1, Bias: s.value("layers.0.b")},
	}
	for t := range c.Length {
		a, q, h := s.step(s.a, t), s.step(s.q, t), s.step(states, t)
		ops = append(ops, s.reflect(a, s.step(s.h, t), v, true)...)
		ops = append(ops, gpu.Scale{Y: q, X: a, Right: s.sigma, Alpha: 1})
		ops = append(ops, s.reflect(q, q, u, false)...)
		ops = append(ops, gpu.Scale{Y: h, X: q, Alpha: 1, Beta: 1}, gpu.Activate{Y: h, X: h, Act: s.act})
	}
	return append(ops,
		gpu.Gemm{C: s.out, A: s.step(states, c.Length-1), B: s.value("head.W"), TransB: true, Alpha: 1, Bias: s.value("head.b")},
		gpu.SoftmaxCrossEntropy{Rows: s.rows, DLogits: s.dout, Logits: s.out, Labels: s.labels, Scale: s.share, Sum: s.loss})
}

// backward is back-propagation through time: with g = dL/dh_t on entry and dL/dh_{t−1} at the end of a step,
//
//	δ_t = φ'(h_t) ∘ g,   b = Q(U)ᵀ δ_t,   dσ += Σ_B b ∘ a_t,   g = Q(V) diag(σ) b
//
// the gradients of the reflectors coming with the products.
func (s *sequential) backward() []gpu.Op {
	c := s.net.Config
	states := s.h.RowRange(c.Batch, (c.Length+1)*c.Batch)
	u, v := s.value("layers.0.U"), s.value("layers.0.V")
	last := s.step(states, c.Length-1)
	ops := []gpu.Op{
		gpu.Gemm{C: s.g, A: s.dout, B: s.value("head.W"), Alpha: 1},
		gpu.Gemm{C: s.gradient("head.W"), A: s.dout, TransA: true, B: last, Alpha: 1},
		gpu.ColDot{Out: s.gradient("head.b"), A: s.dout, Alpha: 1},
	}
	for t := c.Length - 1; t >= 0; t-- {
		a, q, delta := s.step(s.a, t), s.step(s.q, t), s.step(s.delta, t)
		more := float32(1)
		if t == c.Length-1 {
			more = 0
		}
		du, dv := s.du.RowRange(t, t+1).Reshape(c.Reflectors, c.Hidden), s.dv.RowRange(t, t+1).Reshape(c.Reflectors, c.Hidden)
		ops = append(ops, gpu.ActivateBackward{DX: delta, DY: s.g, Y: s.step(states, t), Act: s.act}, gpu.Copy{Y: s.g, X: delta})
		ops = append(ops, s.reflectBackward(du, q, u, false)...)
		ops = append(ops, gpu.ColDot{Out: s.dsg, A: s.g, B: a, Alpha: 1, Beta: more}, gpu.Scale{Y: s.g, X: s.g, Right: s.sigma, Alpha: 1})
		ops = append(ops, s.reflectBackward(dv, a, v, true)...)
	}
	for _, side := range []struct {
		grad, steps gpu.View
	}{{s.gradient("layers.0.U"), s.du}, {s.gradient("layers.0.V"), s.dv}} {
		ops = append(ops, gpu.ColDot{Out: side.grad.Reshape(1, side.grad.Len()), A: side.steps, Alpha: 1}, gpu.MaskReflectors{U: side.grad})
	}
	return append(ops,
		gpu.SigmaBackward{DS: s.gradient("layers.0.s"), DSigma: s.dsg, S: s.value("layers.0.s"), Center: float32(c.Center), Radius: float32(c.Radius)},
		gpu.Gemm{C: s.gradient("layers.0.Wx"), A: s.delta, TransA: true, B: s.x, Alpha: 1},
		gpu.ColDot{Out: s.gradient("layers.0.b"), A: s.delta, Alpha: 1})
}

// reflect returns the operations of Y = X·Q(U)ᵀ by rows, that is y = Q(U) x for every row x (y = Q(U)ᵀ x with transpose). A row of U
// alone is a set of one reflector, whose zeros are stored.
func (s *sequential) reflect(y, x, u gpu.View, transpose bool) []gpu.Op {
	if s.fused || u.Rows == 0 {
		return []gpu.Op{gpu.Reflect{Y: y, X: x, U: u, Transpose: transpose}}
	}
	var ops []gpu.Op
	for i := range u.Rows {
		j := order(i, u.Rows, !transpose)
		ops = append(ops, gpu.Reflect{Y: y, X: x, U: u.RowRange(j, j+1)})
		x = y
	}
	return ops
}

// reflectBackward returns the gradient of reflect: it takes s.g from dL/dy to dL/dx, fills du (m × n) and, on the way, takes y back
// towards x, so that y is lost.
func (s *sequential) reflectBackward(du, y, u gpu.View, transpose bool) []gpu.Op {
	if s.fused || u.Rows == 0 {
		return []gpu.Op{gpu.ReflectBackward{DX: s.g, DU: du, DY: s.g, Y: y, U: u, Transpose: transpose}}
	}
	var ops []gpu.Op
	for i := range u.Rows {
		j := order(i, u.Rows, transpose)
		row := u.RowRange(j, j+1)
		ops = append(ops, gpu.ReflectBackward{DX: s.g, DU: du.RowRange(j, j+1), DY: s.g, Y: y, U: row})
		if i+1 < u.Rows {
			ops = append(ops, gpu.Reflect{Y: y, X: y, U: row})
		}
	}
	return ops
}

// order returns the i-th of 0 … n−1, counted from the end with reverse.
func order(i, n int, reverse bool) int {
	if reverse {
		return n - 1 - i
	}
	return i
}
