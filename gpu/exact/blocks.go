package exact

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() {
	implement(blockFactors)
	implement(reflectBlocks)
	implement(reflectBlocksBackward)
}

// blockFactors is the triangle of compact WY and its inverse for one block after the other.
func blockFactors(o gpu.BlockFactors) {
	a, b := window(o.A), o.A.Cols
	each(o.A, func(int, int, float64) float64 { return 0 })
	for lo := 0; lo < o.U.Rows; lo += b {
		u := o.U.RowRange(lo, min(lo+b, o.U.Rows))
		w := window(u)
		for k := range u.Rows { // column k of the inverse, from the bottom
			for i := k; i >= 0; i-- {
				s := dot(w, i, w, i, 0) / 2
				if s == 0 {
					continue
				}
				rest := 0.0
				if i == k {
					rest = 1
				}
				for l := i + 1; l <= k; l++ {
					rest -= dot(w, i, w, l, 0) * a.at(lo+l, k)
				}
				a.set(lo+i, k, rest/s)
			}
		}
	}
}

// reflectBlocks subtracts X U_kᵀ A_kᵀ U_k (transposed: X U_kᵀ A_k U_k) for one block after the other.
func reflectBlocks(o gpu.ReflectBlocks) {
	copyView(gpu.Copy{Y: o.Y, X: o.X})
	y, u, b := window(o.Y), window(o.U), o.A.Cols
	for _, k := range order(o.A.Rows/b, o.Transpose) {
		lo, hi := k*b, min(k*b+b, o.U.Rows)
		for r := range o.Y.Rows {
			c := make([]float64, b)
			for j := lo; j < hi; j++ {
				c[j-lo] = dot(y, r, u, j, 0)
			}
			for j := lo; j < hi; j++ {
				e := 0.0
				for l := range hi - lo {
					e += c[l] * op(window(o.A.RowRange(lo, lo+b)), j-lo, l, o.Transpose)
				}
				addRow(y, r, -e, u, j)
			}
		}
	}
}

func reflectBlocksBackward(o gpu.ReflectBlocksBackward) {
	reflectBackward(gpu.ReflectBackward{DX: o.DX, DU: o.DU, DY: o.DY, Y: o.Y, U: o.U, Transpose: o.Transpose})
}
