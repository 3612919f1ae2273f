//go:build cgo

package vulkan

import "github.com/spectral-gpu/spectral-gpu/gpu"

// gemmPiece is a part of a product that is launched by itself: products first … first+part.Count()−1 of a batch, and of each the rows and
// columns from row and col on.
type gemmPiece struct {
	part            gpu.Gemm
	first, row, col int
}

// gemmPieces cuts a product into pieces of at most so many flops, 0 for any, between tiles of its plan: every element is the same sum as in one
// launch. What refers to the diagonal stays whole in the rows that it refers to.
func gemmPieces(o gpu.Gemm, p gemmPlan, most float64) []gemmPiece {
	m, n, k := o.Dims()
	one := 2 * float64(m) * float64(n) * float64(k)
	if most <= 0 || one*float64(o.Count()) <= most {
		return []gemmPiece{{part: o}}
	}
	batch := max(1, int(most/max(one, 1)))
	rows, cols := m, n
	if one > most && !o.TrapezoidA && !o.Upper && o.Diag.IsZero() {
		rows = wholeTiles(m, p.rows(), one/most)
	}
	if one *= float64(rows) / float64(m); one > most && !o.Upper && o.Diag.IsZero() {
		cols = wholeTiles(n, p.cols(), one/most)
	}
	var list []gemmPiece
	for first := 0; first < o.Count(); first += batch {
		whole := o
		whole.Batch = min(batch, o.Count()-first)
		whole.A.Off += first * o.StrideA
		whole.B.Off += first * o.StrideB
		whole.C.Off += first * o.StrideC
		for row := 0; row < m; row += rows {
			strip := whole
			if rows < m {
				strip = gemmRows(whole, row, min(row+rows, m))
			}
			for col := 0; col < n; col += cols {
				part := strip
				if cols < n {
					part = gemmCols(strip, col, min(col+cols, n))
				}
				list = append(list, gemmPiece{part, first, row, col})
			}
		}
	}
	return list
}

// wholeTiles returns the size of pieces, in whole tiles, that cut size into at least parts of them where it has so many.
func wholeTiles(size, tile int, parts float64) int {
	tiles := ceilDiv(size, tile)
	return tile * max(1, int(float64(tiles)/parts))
}

// gemmRows is the product for rows lo … hi−1 of C.
func gemmRows(o gpu.Gemm, lo, hi int) gpu.Gemm {
	o.C = o.C.RowRange(lo, hi)
	if o.TransA {
		o.A = o.A.ColRange(lo, hi)
	} else {
		o.A = o.A.RowRange(lo, hi)
	}
	return o
}

// gemmCols is the product for columns lo … hi−1 of C.
func gemmCols(o gpu.Gemm, lo, hi int) gpu.Gemm {
	o.C = o.C.ColRange(lo, hi)
	if o.TransB {
		o.B = o.B.RowRange(lo, hi)
	} else {
		o.B = o.B.ColRange(lo, hi)
	}
	for _, v := range []*gpu.View{&o.Scale, &o.Bias} {
		if !v.IsZero() {
			*v = v.ColRange(lo, hi)
		}
	}
	return o
}
