package oracle

import "fmt"

// RNNForward runs H_t = φ(H_{t−1} Wᵀ + Z_t) for t = 1 … T, row b being sample b:
// h_t = φ(W h_{t−1} + z_t). W is n×n, H0 (the state before the first step) B×n,
// Z and the result (T·B)×n with row t·B + b for step t (from 0) of sample b.
func RNNForward(act Activation, W, H0, Z Matrix) (H Matrix) {
	return MaskedRNNForward(act, W, H0, Z, Matrix{})
}

// MaskedRNNForward is [RNNForward] with the states masked on their way into W, at
// all steps alike: H_t = φ((mask ∘ H_{t−1}) Wᵀ + Z_t). mask is B×n; the zero Matrix
// stands for ones.
func MaskedRNNForward(act Activation, W, H0, Z, mask Matrix) (H Matrix) {
	n, B := W.Rows, H0.Rows
	mustShape("RNNForward: W", W, n, n)
	mustShape("RNNForward: H0", H0, B, n)
	T := steps("RNNForward", Z, B, n)
	H = Zeros(T*B, n)
	previous := H0
	for t := range T {
		h := H.Slice(t*B, (t+1)*B)
		copy(h.Data, Add(Mul(masked(previous, mask), W.T()), Z.Slice(t*B, (t+1)*B)).Data)
		for i, pre := range h.Data {
			h.Data[i] = act.At(i % n).Value(pre)
		}
		previous = h
	}
	return H
}

// RNNGradient is the result of back-propagation through time.
type RNNGradient struct {
	Delta Matrix // (T·B)×n: ∂L/∂Z, the gradient of the pre-activations
	DH0   Matrix // B×n: ∂L/∂H0
	DW    Matrix // n×n: ∂L/∂W = Σ_t Δ_tᵀ H_{t−1}
	DUnit Matrix // B×n: Σ_t ∂L/∂h_t ∘ ∂φ/∂Unit, of which the column sums are ∂L/∂Units
}

// RNNBackward returns the gradients of a loss L by back-propagation through
// time, from the states H (T·B)×n that [RNNForward] returned and the explicit
// part dH (T·B)×n of the gradient of every state (what a loss at step t says
// about H_t, not counting later steps). From the last step to the first,
//
//	Δ_t = (dH_t + Δ_{t+1} W) ∘ φ'(pre-activation of t),
//	dH0 = Δ_1 W,   dW = Σ_t Δ_tᵀ H_{t−1},   dZ = Δ.
func RNNBackward(act Activation, W, H0, H, dH Matrix) RNNGradient {
	return MaskedRNNBackward(act, W, H0, H, dH, Matrix{})
}

// MaskedRNNBackward is [RNNBackward] for [MaskedRNNForward]: Δ_{t+1} W and H_{t−1}
// are masked.
func MaskedRNNBackward(act Activation, W, H0, H, dH, mask Matrix) RNNGradient {
	n, B := W.Rows, H0.Rows
	mustShape("RNNBackward: W", W, n, n)
	mustShape("RNNBackward: H0", H0, B, n)
	T := steps("RNNBackward", H, B, n)
	mustShape("RNNBackward: dH", dH, T*B, n)
	g := RNNGradient{Delta: Zeros(T*B, n), DW: Zeros(n, n), DUnit: Zeros(B, n)}
	fromLater := Zeros(B, n)
	for t := T - 1; t >= 0; t-- {
		delta := g.Delta.Slice(t*B, (t+1)*B)
		copy(delta.Data, Add(dH.Slice(t*B, (t+1)*B), fromLater).Data)
		for i := range delta.Data {
			unit, h := act.At(i%n), H.Data[t*B*n+i]
			g.DUnit.Data[i] += delta.Data[i] * unit.UnitDerivative(h)
			delta.Data[i] *= unit.Derivative(h)
		}
		previous := H0
		if t > 0 {
			previous = H.Slice((t-1)*B, t*B)
		}
		g.DW = Add(g.DW, Mul(delta.T(), masked(previous, mask)))
		fromLater = masked(Mul(delta, W), mask)
	}
	g.DH0 = fromLater
	return g
}

// masked returns m ∘ mask, m where there is none.
func masked(m, mask Matrix) Matrix {
	if mask.Data == nil {
		return m
	}
	mustShape("mask", mask, m.Rows, m.Cols)
	product := m.Clone()
	for i, v := range mask.Data {
		product.Data[i] *= v
	}
	return product
}

// steps returns T of a (T·B)×n sequence.
func steps(what string, seq Matrix, B, n int) int {
	if B == 0 && seq.Rows == 0 {
		return 0
	}
	if B == 0 || seq.Rows%B != 0 || seq.Cols != n {
		panic(fmt.Sprintf("oracle: %s: a sequence of %d×%d for a batch of %d×%d", what, seq.Rows, seq.Cols, B, n))
	}
	return seq.Rows / B
}
