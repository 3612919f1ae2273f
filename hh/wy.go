package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// side is what the compact WY form (Schreiber & Van Loan 1989) of one set of reflectors is made of. S = ½ diag(UUᵀ) + striu(UUᵀ) is
// not inverted: Z = S⁻¹ U is found by substitution. Besides costing less it is more exact: with S Z = U + F,
// QᵀQ − I = ZᵀF + FᵀZ, and substitution leaves a residual F of the size of the rounding of S Z, where a product with an inverse leaves
// that of S S⁻¹ U.
type side struct {
	u      gpu.View // m × n
	stored gpu.View // u with what is padded (SVDConfig.Padded), else u
	gram   gpu.View // S, m × m
}

// takeSides lays out the triangles of the sides in order, so that operations on two of them can be batches.
func takeSides(unit *gpu.Buffer, sides ...*side) {
	for _, d := range sides {
		d.gram = unit.Reserve(d.u.Rows, d.u.Rows)
	}
}

// triangles returns the operations that compute S of every side that has reflectors.
func triangles(sides ...side) []gpu.Op {
	var list []gpu.Gram
	for _, d := range sides {
		if d.gram.Rows > 0 {
			list = append(list, gpu.Gram{S: d.gram, U: d.stored})
		}
	}
	if len(list) == 2 {
		a, b := list[0], list[1]
		su, oku := batchStride(a.U, b.U)
		ss, oks := batchStride(a.S, b.S)
		a.Batch, a.StrideU, a.StrideS = 2, su, ss
		if oku && oks && a.Check() == nil {
			return []gpu.Op{a}
		}
	}
	var ops []gpu.Op
	for _, g := range list {
		ops = append(ops, g)
	}
	return ops
}

// solve returns the operations that solve S Z = R diag(scale), for both sides at once (z and r by side, m × any number of columns;
// scale may be absent). Rows of R are zero left of the diagonal, as those of reflectors are.
func solve(sides [2]side, z, r [2]gpu.View, scale gpu.View) []gpu.Op {
	return solveBoth(sides, z, r, gpu.TriSolve{Trapezoid: true, Scale: scale})
}

// solveTransposed is solve of Sᵀ Z = R.
func solveTransposed(sides [2]side, z, r [2]gpu.View) []gpu.Op {
	return solveBoth(sides, z, r, gpu.TriSolve{Transpose: true})
}

// solveBoth completes the form of a system for the sides that have reflectors: as one batch of two where their shapes and places
// allow it.
func solveBoth(sides [2]side, z, r [2]gpu.View, form gpu.TriSolve) []gpu.Op {
	var list []gpu.TriSolve
	for i, d := range sides {
		if z[i].Rows > 0 {
			o := form
			o.X, o.S, o.B = z[i], d.gram, r[i]
			list = append(list, o)
		}
	}
	if len(list) == 2 {
		a, b := list[0], list[1]
		sx, okx := batchStride(a.X, b.X)
		ss, oks := batchStride(a.S, b.S)
		sb, okb := batchStride(a.B, b.B)
		a.Batch, a.StrideX, a.StrideS, a.StrideB = 2, sx, ss, sb
		if okx && oks && okb && a.Check() == nil {
			return []gpu.Op{a}
		}
	}
	var ops []gpu.Op
	for _, o := range list {
		ops = append(ops, o)
	}
	return ops
}

// The products below are those of a dense Q and its gradient. U, Z, E and T are upper trapezoidal, or matter only on and above the diagonal,
// and the products leave out what is zero.

// qProduct computes Q = I − Uᵀ Z (n × n); ones is 1 × n.
func (d side) qProduct(q, z, ones gpu.View) gpu.Gemm {
	return gpu.Gemm{C: q, A: d.u, TransA: true, B: z, Alpha: -1, TrapezoidA: true, Diag: ones}
}

// skewGradient computes dU = E − triu(T) U with E = Z Ω (m × n) and T = E Zᵀ (m × m), from a skew Ω (n × n), in three products. The diagonal of
// T is 0 but for rounding.
func (d side) skewGradient(du, z, omega, t gpu.View) (e, inner, outer gpu.Gemm) {
	e = gpu.Gemm{C: du, A: z, B: omega, Alpha: 1, TrapezoidA: true, Upper: true}
	inner = gpu.Gemm{C: t, A: du, B: z, TransB: true, Alpha: 1, TrapezoidA: true, Upper: true}
	outer = gpu.Gemm{C: du, A: t, B: d.u, Alpha: -1, Beta: 1, TrapezoidA: true, Upper: true}
	return e, inner, outer
}
