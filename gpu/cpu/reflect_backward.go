package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(reflectBackward) }

// reflectGradient is the gradient of a product of reflectors with its operands bound.
type reflectGradient struct {
	*reflectors
	dx, du, dy, y matrix
	transpose     bool
	chunks        int
	sums          scratch // the sum of dU over the samples of every chunk, m × n
	state         scratch // for every worker: a tile of samples of h and of g
}

// reflectBackward cuts the batch into chunks that depend on its size alone; each keeps a sum of dU of its own, and the sums are
// added in order.
func reflectBackward(c *compiler, op gpu.ReflectBackward) (task, error) {
	w := &reflectGradient{reflectors: newReflectors(c, op.U), dx: bind(op.DX), du: bind(op.DU), dy: bind(op.DY), y: bind(op.Y), transpose: op.Transpose}
	m, n := op.U.Rows, op.U.Cols
	if n == 0 {
		return task{plan: "empty"}, nil
	}
	w.chunks = max(1, min(ceilDiv(op.Y.Rows, reflectTile), 16, (1<<22)/max(m*n, 1)))
	w.sums = c.scratch(w.chunks, m*n)
	w.state = c.perWorker(2 * reflectTile * n)
	return task{
		plan:   fmt.Sprintf("%d reflectors one after another, %d chunks of the batch", m, w.chunks),
		phases: []phase{w.prepare(), {w.chunks, func(worker, t int) { w.chunk(w.state.block(worker), t) }}, {m, func(_, j int) { w.reduce(j) }}},
	}, nil
}

// chunk runs the samples of chunk t through the reflectors, a tile at a time.
func (w *reflectGradient) chunk(state []float32, t int) {
	clear(w.sums.block(t))
	n := w.u.cols
	lo, hi := part(w.y.rows, w.chunks, t)
	for first := lo; first < hi; first += reflectTile {
		count := min(reflectTile, hi-first)
		h, g := state[:count*n], state[reflectTile*n:(reflectTile+count)*n]
		for i := range count {
			copy(h[i*n:(i+1)*n], w.y.row(first+i))
			copy(g[i*n:(i+1)*n], w.dy.row(first+i))
		}
		for q := range w.u.rows {
			j := w.applied(w.u.rows-1-q, w.transpose) // the last applied comes first
			for i := range count {
				w.step(j, h[i*n:(i+1)*n], g[i*n:(i+1)*n], w.sums.block(t)[j*n:(j+1)*n])
			}
		}
		for i := range count {
			copy(w.dx.row(first+i), g[i*n:(i+1)*n])
		}
	}
}

// step takes h from the output of H_j to its input and g likewise, and adds the gradient of the scaled u_j to du.
func (w *reflectGradient) step(j int, h, g, du []float32) {
	f := w.factor.block(0)[j] // 2/‖u‖²
	if f == 0 {
		return
	}
	u := w.tail(j)
	h, g, du = h[j:], g[j:], du[j:]
	a := -f * w.k.dot(u, h) // twice the paper's a: the input's uᵀh is minus the output's
	b := f * w.k.dot(u, g)
	w.k.axpy(-a, g, du)
	w.k.axpy(a, u, h)
	w.k.axpy(-b, h, du)
	w.k.axpy(a*b, u, du)
	w.k.axpy(-b, u, g)
}

// reduce adds row j of the chunks' sums, which are of the scaled reflector.
func (w *reflectGradient) reduce(j int) {
	n := w.u.cols
	row := w.du.row(j)
	copy(row, w.sums.block(0)[j*n:(j+1)*n])
	for t := 1; t < w.chunks; t++ {
		w.k.axpy(1, w.sums.block(t)[j*n:(j+1)*n], row)
	}
	if s := w.powers.block(0)[j]; s != 1 {
		w.k.scale(s, row, row)
	}
}
