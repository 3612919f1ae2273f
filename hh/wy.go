package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// side is what the compact WY form (Schreiber & Van Loan 1989) of one set of reflectors is made of. S = ½ diag(UUᵀ) + striu(UUᵀ) is
// inverted in diagonal blocks of triangleBlock only, and Z = S⁻¹ U is found by block substitution. Besides costing less than a whole
// inverse it is more exact: with S Z = U + F, QᵀQ − I = ZᵀF + FᵀZ, and substitution leaves a residual F of the size of the rounding of
// S Z, where a product with an inverse leaves that of S S⁻¹ U.
type side struct {
	u    gpu.View // m × n
	gram gpu.View // S, m × m
	inv  gpu.View // inverses of the diagonal blocks of S, one above the other: m × triangleBlock(m)
	r    gpu.View // m × n: what is left of the right-hand side while substituting
}

// triangleBlock is the order of the largest triangle that is inverted, of m reflectors. Smaller is more exact: ‖QᵀQ − I‖_F/√n at
// n = m = 128 is 1.2e-6 with one inverse, 1.05e-6 with blocks of 64 and 0.95e-6 with blocks of 32. With more reflectors the blocks
// make no difference to that, and larger ones mean fewer dependent steps.
func triangleBlock(m int) int {
	if m <= 128 {
		return min(m, 32)
	}
	return 64
}

// takeSides lays out the triangles of both sides, in an order that lets operations on them be batches of two.
func takeSides(mem *arena, sides ...*side) {
	for _, d := range sides {
		mem.take(&d.gram, d.u.Rows, d.u.Rows)
	}
	for _, d := range sides {
		mem.take(&d.inv, d.u.Rows, triangleBlock(d.u.Rows))
	}
	for _, d := range sides {
		if d.u.Rows > triangleBlock(d.u.Rows) {
			mem.take(&d.r, d.u.Rows, d.u.Cols)
		}
	}
}

// triangles returns the operations that compute S and the inverses of its diagonal blocks, of every side that has reflectors.
func triangles(sides ...side) []gpu.Op {
	var ops []gpu.Op
	for _, d := range sides {
		if d.gram.Rows > 0 {
			ops = append(ops, gpu.Gram{S: d.gram, U: d.u})
		}
	}
	for _, d := range sides {
		size := triangleBlock(d.gram.Rows)
		for lo := 0; lo < d.gram.Rows; lo += size {
			hi := min(lo+size, d.gram.Rows)
			ops = append(ops, gpu.TriInverse{A: d.inverse(lo, hi), S: block(d.gram, lo, hi, lo, hi)})
		}
	}
	return ops
}

// inverse returns the inverse of rows lo … hi−1 of the diagonal.
func (d side) inverse(lo, hi int) gpu.View { return block(d.inv, lo, hi, 0, hi-lo) }

// solve returns the operations that solve S Z = R or, with transpose, Sᵀ Z = R, for both sides at once (z and r by side, m × any
// number of columns): from the last block of rows up (from the first down)
//
//	Z_i = A_ii ( R_i − Σ_{j>i} S_ij Z_j )
//
// Rows of R are zero left of the diagonal, as those of reflectors are. Where a side is one block and scale is not
// the zero View, the columns of its Z are scaled as well, which is told by the second result.
func solve(sides [2]side, z, r [2]gpu.View, transpose bool, scale gpu.View) (ops []gpu.Op, scaled [2]bool) {
	var list [2][]gpu.Gemm
	var copies []gpu.Copy
	for i, d := range sides {
		switch {
		case z[i].Rows == 0:
		case z[i].Rows <= triangleBlock(z[i].Rows):
			list[i] = []gpu.Gemm{{C: z[i], A: d.inverse(0, z[i].Rows), TransA: transpose, B: r[i], Alpha: 1, Scale: scale}}
			scaled[i] = true
		default:
			rest := d.r.ColRange(0, r[i].Cols)
			copies = append(copies, gpu.Copy{Y: rest, X: r[i]})
			list[i] = d.substitute(z[i], rest, transpose)
		}
	}
	return append(mergeCopies(copies), pairs(list[0], list[1])...), scaled
}

// substitute returns the products of solve where there are several blocks; r is used up.
func (d side) substitute(z, r gpu.View, transpose bool) []gpu.Gemm {
	m, b, cols := z.Rows, triangleBlock(z.Rows), z.Cols
	blocks := (m + b - 1) / b
	var out []gpu.Gemm
	for step := range blocks {
		i := blocks - 1 - step
		if transpose {
			i = step
		}
		lo, hi := i*b, min((i+1)*b, m)
		switch {
		case transpose:
			if lo > 0 {
				out = append(out, gpu.Gemm{C: r.RowRange(lo, hi), A: block(d.gram, 0, lo, lo, hi), TransA: true, B: z.RowRange(0, lo), Alpha: -1, Beta: 1})
			}
		case hi < min(m, cols):
			out = append(out, gpu.Gemm{C: block(r, lo, hi, hi, cols), A: block(d.gram, lo, hi, hi, m), B: tail(z, hi, m), Alpha: -1, Beta: 1})
		}
		out = append(out, gpu.Gemm{C: z.RowRange(lo, hi), A: d.inverse(lo, hi), TransA: transpose, B: r.RowRange(lo, hi), Alpha: 1})
	}
	return out
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
