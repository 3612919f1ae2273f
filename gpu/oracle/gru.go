package oracle

import "math"

// GRUStates is the result of [GRUForward], (T·B) rows each: row t·B + b is
// sample b at step t (from 0).
type GRUStates struct {
	H Matrix // n columns: h_{t+1}
	G Matrix // 4n columns: the gates r, z and n, and m = W_n h_{t−1} + hidden bias
}

// GRUForward runs a gated recurrent unit of the equations of torch.nn.GRU,
//
//	r = σ(a_r + W_r h_{t−1}), z = σ(a_z + W_z h_{t−1}),
//	m = W_n h_{t−1} + hidden bias, n = tanh(a_n + r∘m),
//	h_t = (1−z)∘n + z∘h_{t−1}.
//
// W is 3n×n, hidden has n numbers, H0 is B×n and A = (a_r, a_z, a_n) is (T·B)×3n.
func GRUForward(W Matrix, hidden []float64, H0, A Matrix) GRUStates {
	return MaskedGRUForward(W, hidden, H0, A, Matrix{})
}

// MaskedGRUForward is [GRUForward] with mask ∘ h_{t−1} in the place of h_{t−1} in the
// products with W, at all steps alike, and h_{t−1} itself behind z; mask is B×n, the
// zero Matrix stands for ones.
func MaskedGRUForward(W Matrix, hidden []float64, H0, A, mask Matrix) GRUStates {
	n, B := W.Cols, H0.Rows
	mustShape("GRUForward: W", W, 3*n, n)
	mustShape("GRUForward: H0", H0, B, n)
	T := steps("GRUForward", A, B, 3*n)
	s := GRUStates{H: Zeros(T*B, n), G: Zeros(T*B, 4*n)}
	h := H0
	for t := range T {
		lo, hi := t*B, (t+1)*B
		P := Mul(masked(h, mask), W.T())
		for b := range B {
			for j := range n {
				r, z := logistic(A.At(lo+b, j)+P.At(b, j)), logistic(A.At(lo+b, n+j)+P.At(b, n+j))
				m := P.At(b, 2*n+j) + hidden[j]
				candidate := math.Tanh(A.At(lo+b, 2*n+j) + r*m)
				s.H.Set(lo+b, j, (1-z)*candidate+z*h.At(b, j))
				for gate, v := range []float64{r, z, candidate, m} {
					s.G.Set(lo+b, gate*n+j, v)
				}
			}
		}
		h = s.H.Slice(lo, hi)
	}
	return s
}

// GRUGradient is the result of back-propagation through time.
type GRUGradient struct {
	DZ  Matrix // (T·B)×4n: ∂L/∂A (3n columns), and ∂L/∂m
	DH0 Matrix // B×n: ∂L/∂H0
}

// GRUBackward returns the gradients of a loss L by back-propagation through
// time, from the states that [GRUForward] returned and the explicit part dH
// (T·B)×n of the gradient of every state.
func GRUBackward(W, H0 Matrix, s GRUStates, dH Matrix) GRUGradient {
	return MaskedGRUBackward(W, H0, s, dH, Matrix{})
}

// MaskedGRUBackward is [GRUBackward] for [MaskedGRUForward].
func MaskedGRUBackward(W, H0 Matrix, s GRUStates, dH, mask Matrix) GRUGradient {
	n, B := W.Cols, H0.Rows
	mustShape("GRUBackward: W", W, 3*n, n)
	T := steps("GRUBackward", s.G, B, 4*n)
	mustShape("GRUBackward: dH", dH, T*B, n)
	d := GRUGradient{DZ: Zeros(T*B, 4*n), DH0: Zeros(B, n)}
	for t := T - 1; t >= 0; t-- {
		dh := Add(dH.Slice(t*B, (t+1)*B), d.DH0)
		before := H0
		if t > 0 {
			before = s.H.Slice((t-1)*B, t*B)
		}
		carried, back := Zeros(B, n), Zeros(B, 3*n) // what goes on past the gates, and by W
		for b := range B {
			for j := range n {
				row := t*B + b
				r, z, candidate, m := s.G.At(row, j), s.G.At(row, n+j), s.G.At(row, 2*n+j), s.G.At(row, 3*n+j)
				carried.Set(b, j, dh.At(b, j)*z)
				dn := dh.At(b, j) * (1 - z) * (1 - candidate*candidate)
				dr, dz := dn*m*r*(1-r), dh.At(b, j)*(before.At(b, j)-candidate)*z*(1-z)
				for gate, v := range []float64{dr, dz, dn, dn * r} {
					d.DZ.Set(row, gate*n+j, v)
				}
				for gate, v := range []float64{dr, dz, dn * r} {
					back.Set(b, gate*n+j, v)
				}
			}
		}
		d.DH0 = Add(carried, masked(Mul(back, W), mask))
	}
	return d
}
