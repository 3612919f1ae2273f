package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(reflectRows) }

// reflectTile is the number of samples that pass together through the reflectors, so that they and the reflector at hand stay in cache.
const reflectTile = 16

func reflectRows(c *compiler, op gpu.Reflect) (task, error) {
	y, x, r := bind(op.Y), bind(op.X), newReflectors(c, op.U)
	if x.rows == 0 || x.cols == 0 {
		return task{plan: "empty"}, nil
	}
	rows := tileRows(x.rows, reflectTile, c.threads)
	return task{
		plan: fmt.Sprintf("%d reflectors one after another, tiles of %d samples", r.u.rows, rows),
		phases: []phase{r.prepare(), {ceilDiv(x.rows, rows), func(_, t int) {
			lo, hi := t*rows, min((t+1)*rows, x.rows)
			for i := lo; i < hi; i++ {
				copy(y.row(i), x.row(i))
			}
			for q := range r.u.rows {
				j := r.applied(q, op.Transpose)
				for i := lo; i < hi; i++ {
					r.reflect(j, y.row(i))
				}
			}
		}}},
	}, nil
}

// tileRows returns how many rows a tile has: at most most, fewer where that keeps all threads busy.
func tileRows(rows, most, threads int) int { return max(1, min(most, ceilDiv(rows, threads))) }

// reflectors are the rows of U times powers of two, so that squares neither overflow nor vanish (gpu.ScaleReflectors), with
// 2/‖s_j u_j‖², 0 for a zero reflector.
type reflectors struct {
	k      *kernels
	u      matrix
	scaled scratch // m rows
	powers scratch // s_j
	factor scratch
}

func newReflectors(c *compiler, u gpu.View) *reflectors {
	return &reflectors{k: c.kernels, u: bind(u), scaled: c.scratch(u.Rows, u.Cols), powers: c.scratch(1, u.Rows), factor: c.scratch(1, u.Rows)}
}

// prepare returns the phase that scales the reflectors and computes their factors.
func (r *reflectors) prepare() phase {
	step := max(1, min(64, elementwiseTile/max(r.u.cols, 1)))
	return phase{ceilDiv(r.u.rows, step), func(_, t int) {
		powers, factor := r.powers.block(0), r.factor.block(0)
		for j := t * step; j < min((t+1)*step, r.u.rows); j++ {
			powers[j], factor[j] = scaleReflector(r.tail(j), r.u.row(j)[j:]), 0
			if square := r.k.squares(r.tail(j)); square != 0 {
				factor[j] = float32(2 / square)
			}
		}
	}}
}

// tail returns reflector j, scaled, without its structural zeros.
func (r *reflectors) tail(j int) []float32 { return r.scaled.block(j)[j:] }

// applied returns which reflector comes at place q of the application of Q = H_0 … H_{m−1} (the last first), or of Qᵀ.
func (r *reflectors) applied(q int, transpose bool) int {
	if transpose {
		return q
	}
	return r.u.rows - 1 - q
}

// reflect applies H_j to h.
func (r *reflectors) reflect(j int, h []float32) {
	if f := r.factor.block(0)[j]; f != 0 {
		u := r.tail(j)
		r.k.axpy(-f*r.k.dot(u, h[j:]), u, h[j:])
	}
}
