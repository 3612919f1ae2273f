package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// side is what the compact WY form (Schreiber & Van Loan 1989) of one set of reflectors is made of.
type side struct {
	u    gpu.View // m × n
	gram gpu.View // S, m × m
	inv  gpu.View // A = S⁻¹, m × m
}

// triangles returns the operations that compute S and S⁻¹ of every side that has reflectors.
func triangles(sides []side) []gpu.Op {
	var ops []gpu.Op
	for _, d := range sides {
		if d.gram.Rows > 0 {
			ops = append(ops, gpu.Gram{S: d.gram, U: d.u})
		}
	}
	for _, d := range sides {
		if d.gram.Rows > 0 {
			ops = append(ops, gpu.TriInverse{A: d.inv, S: d.gram})
		}
	}
	return ops
}

// The products below are those of a dense Q and its gradient, in blocks of rows so that blocks of zeros are skipped: A, U, Z, E and T
// are upper trapezoidal, or matter only on and above the diagonal. What lies below the blocks on the diagonal is never written: it
// stays 0 in the intermediates, which begin as 0, and MaskReflectors clears it in gradients.

// zProducts computes Z = A U (m × n).
func (d side) zProducts(z gpu.View, parts int) []gpu.Gemm {
	var out []gpu.Gemm
	for _, b := range rowBlocks(d.u.Rows, parts) {
		out = append(out, gpu.Gemm{C: tail(z, b[0], b[1]), A: tail(d.inv, b[0], b[1]), B: tail(d.u, b[0], d.u.Rows), Alpha: 1})
	}
	return out
}

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
