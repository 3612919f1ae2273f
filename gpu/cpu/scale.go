package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(scale) }

// scaled is Scale with its operands bound.
type scaled struct {
	gpu.Scale
	k           *kernels
	y, x, z     matrix // z is y where there is none
	left, right []float32
}

func scale(c *compiler, op gpu.Scale) (task, error) {
	w := &scaled{op, c.kernels, bind(op.Y), bind(op.X), bind(op.Summand()), bind(op.Left).data, bind(op.Right).data}
	return task{plan: "elementwise", phases: elementwise(w.y.rows, w.y.cols, w.row)}, nil
}

// row computes columns lo … hi−1 of row i.
func (w *scaled) row(i, lo, hi int) {
	out := w.y.row(i)[lo:hi]
	switch {
	case w.Beta == 0 && w.x.absent():
		clear(out)
	case w.Beta == 0:
		w.product(out, i, lo)
	default:
		w.sum(out, i, lo)
	}
	if lo <= i && i < hi {
		out[i-lo] += w.Gamma
	}
}

// factor returns what all elements of row i are multiplied by.
func (w *scaled) factor(i int) float32 {
	if w.left == nil {
		return w.Alpha
	}
	return w.Alpha * w.left[i]
}

// product writes α·Left·X·Right.
func (w *scaled) product(out []float32, i, lo int) {
	f, x := w.factor(i), w.x.row(i)[lo:][:len(out)]
	if w.right == nil {
		w.k.scale(f, x, out)
		return
	}
	right := w.right[lo:][:len(out)]
	for j, v := range x {
		out[j] = f * v * right[j]
	}
}

// sum adds α·Left·X·Right to β·Z.
func (w *scaled) sum(out []float32, i, lo int) {
	z := w.z.row(i)[lo:][:len(out)]
	if w.x.absent() {
		w.k.scale(w.Beta, z, out)
		return
	}
	f, x := w.factor(i), w.x.row(i)[lo:][:len(out)]
	if w.right == nil {
		for j, v := range x {
			out[j] = float32(f*v) + float32(w.Beta*z[j])
		}
		return
	}
	right := w.right[lo:][:len(out)]
	for j, v := range x {
		out[j] = float32(f*v*right[j]) + float32(w.Beta*z[j])
	}
}
