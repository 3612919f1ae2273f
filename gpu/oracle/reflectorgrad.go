package oracle

import "gonum.org/v1/gonum/floats"

// ReflectGradient returns the gradients of L = ⟨g, H(u) h⟩ with respect to u and
// h, all of length n. With a = uᵀh/uᵀu and b = uᵀg/uᵀu,
//
//	du = −2a g − 2b h + 4ab u,   dh = H(u) g.
//
// du is orthogonal to u. Where ‖u‖² is zero, du = 0 and dh = g.
func ReflectGradient(u, h, g []float64) (du, dh []float64) {
	du = make([]float64, len(u))
	dh = append([]float64(nil), g...)
	addReflectGradient(u, h, dh, du)
	return du, dh
}

// addReflectGradient adds du of [ReflectGradient] to du and replaces g by dh.
func addReflectGradient(u, h, g, du []float64) {
	uu := floats.Dot(u, u)
	if uu == 0 {
		return
	}
	a, b := floats.Dot(u, h)/uu, floats.Dot(u, g)/uu
	for i := range u {
		du[i] += -2*a*g[i] - 2*b*h[i] + 4*a*b*u[i]
	}
	reflect(u, g)
}

// ApplyGradient returns the gradients of L = ⟨dY, Y⟩, Y = [Apply](U, X), with
// respect to X (B×n) and the reflectors U (m×n), one reflection at a time
// ([ReflectGradient], summed over the batch).
func ApplyGradient(U, X, dY Matrix) (dX, dU Matrix) {
	// y = H_0 (H_1 (… H_{m−1} x)): the gradient meets H_0 first.
	order := make([]int, U.Rows)
	for j := range order {
		order[j] = j
	}
	return sequentialGradient(U, Apply(U, X), dY, order)
}

// ApplyTransposedGradient is [ApplyGradient] for Y = [ApplyTransposed](U, X).
func ApplyTransposedGradient(U, X, dY Matrix) (dX, dU Matrix) {
	order := make([]int, U.Rows)
	for j := range order {
		order[j] = U.Rows - 1 - j
	}
	return sequentialGradient(U, ApplyTransposed(U, X), dY, order)
}

// sequentialGradient walks from the output Y back to the input through the
// reflectors in the given order. A reflection is its own inverse, so the input
// of each one is found by reflecting its output.
func sequentialGradient(U, Y, dY Matrix, order []int) (dX, dU Matrix) {
	U = Mask(U)
	mustShape("gradient of the product of reflectors", dY, Y.Rows, U.Cols)
	h, g := Y.Clone(), dY.Clone()
	dU = Zeros(U.Rows, U.Cols)
	for _, j := range order {
		u, du := U.Row(j)[j:], dU.Row(j)[j:] // H_j leaves the first j coordinates alone
		for b := range h.Rows {
			reflect(u, h.Row(b)[j:])
			addReflectGradient(u, h.Row(b)[j:], g.Row(b)[j:], du)
		}
	}
	return g, dU
}

// QGradient returns the gradient of L = ⟨G, Q(U)⟩, G n×n, with respect to the
// reflectors U (m×n): that of applying Qᵀ to the rows of the identity.
func QGradient(U, G Matrix) (dU Matrix) {
	_, dU = ApplyTransposedGradient(U, Identity(U.Cols), G)
	return dU
}

// QGradientDense is [QGradient] by another road, from nothing but dense matrix
// products: with P_j = H_0 … H_{j−1}, R_j = H_{j+1} … H_{m−1} and
// E = P_jᵀ G R_jᵀ = ∂L/∂H_j,
//
//	du_j = −2 (E + Eᵀ) u_j/‖u_j‖² + 4 (u_jᵀ E u_j) u_j/‖u_j‖⁴.
//
// It costs O(m n³); use it for small n.
func QGradientDense(U, G Matrix) (dU Matrix) {
	U = Mask(U)
	m, n := U.Rows, U.Cols
	mustShape("QGradientDense", G, n, n)

	right := make([]Matrix, m+1) // right[j] = H_j … H_{m−1}
	right[m] = Identity(n)
	for j := m - 1; j >= 0; j-- {
		right[j] = Mul(Reflector(U.Row(j)), right[j+1])
	}

	dU = Zeros(m, n)
	left := Identity(n)
	for j := range m {
		E := Mul(left.T(), G, right[j+1].T())
		u := U.Slice(j, j+1).T()
		left = Mul(left, Reflector(U.Row(j)))
		uu := Dot(u, u)
		if uu == 0 {
			continue
		}
		uEu := Mul(u.T(), E, u).At(0, 0)
		du := AddScaled(Zeros(n, 1), -2/uu, Mul(Add(E, E.T()), u))
		du = AddScaled(du, 4*uEu/(uu*uu), u)
		copy(dU.Row(j), du.Data)
	}
	return Mask(dU)
}
