package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(hadamard) }

func hadamard(c *compiler, op gpu.Hadamard) (task, error) {
	y, a, b, k := bind(op.Y), bind(op.A), bind(op.B), c.kernels
	return task{plan: "elementwise", phases: elementwise(y.rows, y.cols, func(i, lo, hi int) {
		out, factor := y.row(i)[lo:hi], b.row(i % b.rows)[lo:hi]
		var in []float32
		if !a.absent() {
			in = a.row(i)[lo:hi]
		}
		switch {
		case op.Beta == 0 && in == nil:
			k.scale(op.Alpha, factor, out)
		case op.Beta == 0:
			for j, f := range factor {
				out[j] = op.Alpha * in[j] * f
			}
		case in == nil:
			for j, f := range factor {
				out[j] = float32(op.Alpha*f) + float32(op.Beta*out[j])
			}
		default:
			for j, f := range factor {
				out[j] = float32(op.Alpha*in[j]*f) + float32(op.Beta*out[j])
			}
		}
	})}, nil
}
