package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// side is what the compact WY form (Schreiber & Van Loan 1989) of one set of reflectors is made of. S = ½ diag(UUᵀ) + striu(UUᵀ) is
// not inverted: Z = S⁻¹ U is found by substitution. Besides costing less it is more exact: with S Z = U + F,
// QᵀQ − I = ZᵀF + FᵀZ, and substitution leaves a residual F of the size of the rounding of S Z, where a product with an inverse leaves
// that of S S⁻¹ U.
type side struct {
	u    gpu.View // m × n
	gram gpu.View // S, m × m
}

// takeSides lays out the triangles of the sides in order, so that operations on two of them can be batches.
func takeSides(mem *arena, sides ...*side) {
	for _, d := range sides {
		mem.take(&d.gram, d.u.Rows, d.u.Rows)
	}
}

// triangles returns the operations that compute S of every side that has reflectors.
func triangles(sides ...side) []gpu.Op {
	var list []gpu.Gram
	for _, d := range sides {
		if d.gram.Rows > 0 {
			list = append(list, gpu.Gram{S: d.gram, U: d.u})
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

// The products below are those of a dense Q and its gradient, in blocks of rows so that blocks of zeros are skipped: U, Z, E and T are
// upper trapezoidal, or matter only on and above the diagonal. What lies below the blocks on the diagonal is never written: it
// stays 0 in the intermediates, which begin as 0, and MaskReflectors clears it in gradients.

// qProducts computes −Uᵀ Z (n × n), that is Q − I: row a of Uᵀ ends at reflector a.
func (d side) qProducts(q, z gpu.View, parts int) []gpu.Gemm {
	var out []gpu.Gemm
	for _, b := range rowBlocks(d.u.Cols, parts) {
		k := min(b[1], d.u.Rows)
		out = append(out, gpu.Gemm{C: q.RowRange(b[0], b[1]), A: block(d.u, 0, k, b[0], b[1]), TransA: true, B: z.RowRange(0, k), Alpha: -1})
	}
	return out
}

// skewGradient computes dU = E − striu(T) U with E = Z Ω (m × n) and T = E Zᵀ (m × m), from a skew Ω (n × n): three lists of
// products, with a mask of T before the last and of dU after it.
func (d side) skewGradient(du, z, omega, t gpu.View, parts int) (e, inner, outer []gpu.Gemm) {
	m, n := d.u.Rows, d.u.Cols
	for _, b := range rowBlocks(m, parts) {
		lo, hi := b[0], b[1]
		e = append(e, gpu.Gemm{C: tail(du, lo, hi), A: tail(z, lo, hi), B: block(omega, lo, n, lo, n), Alpha: 1})
		inner = append(inner, gpu.Gemm{C: tail(t, lo, hi), A: tail(du, lo, hi), B: tail(z, lo, m), TransB: true, Alpha: 1})
		outer = append(outer, gpu.Gemm{C: tail(du, lo, hi), A: tail(t, lo, hi), B: tail(d.u, lo, m), Alpha: -1, Beta: 1})
	}
	return e, inner, outer
}

// tail returns rows lo … hi−1 of an upper trapezoidal v from the diagonal block on: columns lo and up.
func tail(v gpu.View, lo, hi int) gpu.View { return block(v, lo, hi, lo, v.Cols) }

// splits returns how many row blocks a product of upper trapezoidal factors with m rows is cut into, so that blocks of zeros are
// skipped: two blocks save 3/8 of the work of a product of two triangles, four blocks half of it.
func splits(m int) int {
	switch {
	case m >= 1024:
		return 4
	case m >= 256:
		return 2
	}
	return 1
}

// rowBlocks cuts 0 … m into the given number of blocks at multiples of 32.
func rowBlocks(m, parts int) [][2]int {
	size := max(((m+parts-1)/parts+31)/32*32, 1)
	var out [][2]int
	for lo := 0; lo < m; lo += size {
		out = append(out, [2]int{lo, min(lo+size, m)})
	}
	return out
}
