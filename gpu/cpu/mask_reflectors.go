package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(maskReflectors) }

func maskReflectors(_ *compiler, op gpu.MaskReflectors) (task, error) {
	u, m := bind(op.U), op.PerSet()
	return task{plan: "rows", phases: elementwise(u.rows, u.cols, func(j, lo, hi int) {
		if lo < j%m {
			clear(u.row(j)[lo:min(hi, j%m)])
		}
	})}, nil
}
