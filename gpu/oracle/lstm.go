package oracle

import "math"

// LSTMStates is the result of [LSTMForward], (T·B) rows each: row t·B + b is
// sample b at step t (from 0).
type LSTMStates struct {
	H, C Matrix // n columns: h_{t+1} and c_{t+1}
	G    Matrix // 4n columns: the gates i, f, g, o
}

// LSTMForward runs a long short-term memory of the equations of torch.nn.LSTM,
//
//	(a_i, a_f, a_g, a_o) = W h_{t−1} + z_t,
//	i = σ(a_i), f = σ(a_f), g = tanh a_g, o = σ(a_o),
//	c_t = f∘c_{t−1} + i∘g,   h_t = o∘tanh c_t.
//
// W is 4n×n, H0 and C0 (the states before the first step) are B×n, Z is
// (T·B)×4n.
func LSTMForward(W, H0, C0, Z Matrix) LSTMStates { return MaskedLSTMForward(W, H0, C0, Z, Matrix{}) }

// MaskedLSTMForward is [LSTMForward] with mask ∘ h_{t−1} in the place of h_{t−1}, at
// all steps alike; mask is B×n, the zero Matrix stands for ones.
func MaskedLSTMForward(W, H0, C0, Z, mask Matrix) LSTMStates {
	n, B := W.Cols, H0.Rows
	mustShape("LSTMForward: W", W, 4*n, n)
	mustShape("LSTMForward: H0", H0, B, n)
	mustShape("LSTMForward: C0", C0, B, n)
	T := steps("LSTMForward", Z, B, 4*n)
	s := LSTMStates{H: Zeros(T*B, n), C: Zeros(T*B, n), G: Zeros(T*B, 4*n)}
	h, c := H0, C0
	for t := range T {
		lo, hi := t*B, (t+1)*B
		A := Add(Mul(masked(h, mask), W.T()), Z.Slice(lo, hi))
		for b := range B {
			for j := range n {
				i, f, g, o := logistic(A.At(b, j)), logistic(A.At(b, n+j)), math.Tanh(A.At(b, 2*n+j)), logistic(A.At(b, 3*n+j))
				cell := f*c.At(b, j) + i*g
				s.C.Set(lo+b, j, cell)
				s.H.Set(lo+b, j, o*math.Tanh(cell))
				for gate, v := range []float64{i, f, g, o} {
					s.G.Set(lo+b, gate*n+j, v)
				}
			}
		}
		h, c = s.H.Slice(lo, hi), s.C.Slice(lo, hi)
	}
	return s
}

// LSTMGradient is the result of back-propagation through time.
type LSTMGradient struct {
	DZ       Matrix // (T·B)×4n: ∂L/∂Z
	DH0, DC0 Matrix // B×n: ∂L/∂H0 and ∂L/∂C0
}

// LSTMBackward returns the gradients of a loss L by back-propagation through
// time, from the states that [LSTMForward] returned and the explicit part dH
// (T·B)×n of the gradient of every state. [WeightGradient] makes that of W.
func LSTMBackward(W, C0 Matrix, s LSTMStates, dH Matrix) LSTMGradient {
	return MaskedLSTMBackward(W, C0, s, dH, Matrix{})
}

// MaskedLSTMBackward is [LSTMBackward] for [MaskedLSTMForward].
func MaskedLSTMBackward(W, C0 Matrix, s LSTMStates, dH, mask Matrix) LSTMGradient {
	n, B := W.Cols, C0.Rows
	mustShape("LSTMBackward: W", W, 4*n, n)
	T := steps("LSTMBackward", s.G, B, 4*n)
	mustShape("LSTMBackward: dH", dH, T*B, n)
	d := LSTMGradient{DZ: Zeros(T*B, 4*n), DH0: Zeros(B, n), DC0: Zeros(B, n)}
	for t := T - 1; t >= 0; t-- {
		dh := Add(dH.Slice(t*B, (t+1)*B), d.DH0)
		before := C0
		if t > 0 {
			before = s.C.Slice((t-1)*B, t*B)
		}
		for b := range B {
			for j := range n {
				row := t*B + b
				i, f, g, o := s.G.At(row, j), s.G.At(row, n+j), s.G.At(row, 2*n+j), s.G.At(row, 3*n+j)
				cell := math.Tanh(s.C.At(row, j))
				dc := d.DC0.At(b, j) + dh.At(b, j)*o*(1-cell*cell)
				d.DZ.Set(row, j, dc*g*i*(1-i))
				d.DZ.Set(row, n+j, dc*before.At(b, j)*f*(1-f))
				d.DZ.Set(row, 2*n+j, dc*i*(1-g*g))
				d.DZ.Set(row, 3*n+j, dh.At(b, j)*cell*o*(1-o))
				d.DC0.Set(b, j, dc*f)
			}
		}
		d.DH0 = masked(Mul(d.DZ.Slice(t*B, (t+1)*B), W), mask)
	}
	return d
}

// WeightGradient returns dW = Σ_t Δ_tᵀ H_{t−1} of a recurrence from the gradient
// Δ of its pre-activations (T·B rows), H0 and the states H that follow it.
func WeightGradient(Delta, H0, H Matrix) Matrix {
	previous := New(H0.Rows+H.Rows, H.Cols, append(H0.Clone().Data, H.Data...)).Slice(0, H.Rows)
	return Mul(Delta.T(), previous)
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
