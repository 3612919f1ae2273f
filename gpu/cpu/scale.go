package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(scale) }

func scale(_ *compiler, op gpu.Scale) (task, error) {
	y, x, left, right := bind(op.Y), bind(op.X), bind(op.Left).data, bind(op.Right).data
	return task{plan: "elementwise", phases: elementwise(y.rows, y.cols, func(i, lo, hi int) {
		out := y.row(i)
		factor := op.Alpha
		if left != nil {
			factor *= left[i]
		}
		for j := lo; j < hi; j++ {
			sum := float32(0)
			if !x.absent() {
				sum = factor * x.data[i*x.stride+j]
				if right != nil {
					sum *= right[j]
				}
			}
			if op.Beta != 0 {
				sum += op.Beta * out[j]
			}
			out[j] = sum
		}
		if lo <= i && i < hi {
			out[i] += op.Gamma
		}
	})}, nil
}
