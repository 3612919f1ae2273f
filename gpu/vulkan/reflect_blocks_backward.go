//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(reflectBlocksBackward) }

// historyWords bounds the states that the way back through the blocks leaves for the gradient; larger batches take several ways.
const historyWords = 16 << 20

// reflectBlocksBackward takes Y and DY back through all blocks in one launch, which keeps the states beside every block, then
// computes the gradients of all blocks in one, with a batch of small products between.
func reflectBlocksBackward(r *recorder, o gpu.ReflectBlocksBackward) error {
	batch, n, m, b := o.Y.Rows, o.Y.Cols, o.U.Rows, o.A.Cols
	switch {
	case batch*n == 0:
		return r.lower(gpu.Fill{Y: o.DU})
	case m == 0 && o.DX.Same(o.DY):
		return nil
	case m == 0:
		return r.lower(gpu.Copy{Y: o.DX, X: o.DY})
	}
	blocks, pitch := ceilDiv(m, b), 4*ceilDiv(n, 4)
	chunk := min(batch, max(1, historyWords/(2*blocks*pitch)), (r.limits.MaxLoop-2*gpu.MaxReflectorBlock)/2)
	p, err := r.planBlocks(2*chunk, n, m, b)
	if err != nil {
		return err
	}
	r.note("%v, %d samples at once", p, chunk)
	g := blocksGradient{
		history: r.scratch(blocks * 2 * chunk * pitch), coeffs: r.scratch(blocks * 2 * chunk * b), d: r.scratch(blocks * b * b),
	}
	var state gpu.View
	if p.quads == 0 {
		state = r.scratch(2 * chunk * pitch)
	}
	for lo := 0; lo < batch; lo += chunk {
		rows := min(chunk, batch-lo)
		part := o
		part.Y, part.DY, part.DX = o.Y.RowRange(lo, lo+rows), o.DY.RowRange(lo, lo+rows), o.DX.RowRange(lo, lo+rows)
		pass := blocksPass{
			plan: p, x: part.Y, dy: part.DY, u: o.U, a: o.A, y: part.DX, rows: 2 * rows, transpose: !o.Transpose,
			history: g.history, coeffs: g.coeffs,
		}
		if p.quads == 0 {
			pass.state = state.ColRange(0, 2*rows*pitch).Reshape(2*rows, pitch)
		}
		r.passBlocks(pass)
		if err := r.gradientOfBlocks(part, g, lo > 0); err != nil {
			return err
		}
	}
	return nil
}

// blocksGradient is what the way back leaves, and room for the products of the coefficients.
type blocksGradient struct{ history, coeffs, d gpu.View }

// gradientOfBlocks computes DU, or with add adds to it.
func (r *recorder) gradientOfBlocks(o gpu.ReflectBlocksBackward, g blocksGradient, add bool) error {
	rows, n, m, b := o.Y.Rows, o.Y.Cols, o.U.Rows, o.A.Cols
	blocks := ceilDiv(m, b)
	coeffs := g.coeffs.ColRange(0, 2*rows*b).Reshape(2*rows, b)
	left, right := coeffs.RowRange(rows, 2*rows), coeffs.RowRange(0, rows)
	if o.Transpose {
		left, right = right, left
	}
	if err := r.lower(gpu.Gemm{
		C: g.d.ColRange(0, b*b).Reshape(b, b), A: left, TransA: true, B: right, Alpha: 1,
		Batch: blocks, StrideA: 2 * rows * b, StrideB: 2 * rows * b, StrideC: b * b,
	}); err != nil {
		return err
	}
	spec := shaders.ReflectBlocksBackwardHardware
	if r.limits.Software {
		if spec = shaders.ReflectBlocksBackwardSoftware; 4*float64(rows)*float64(n)*float64(m) < blocksSmallWork {
			spec = shaders.ReflectBlocksBackwardSmall
		}
	}
	spec.Block, spec.TM, spec.Add, spec.Vec = uint32(b), min(spec.TM, uint32(b)), add, wideRows(o.U, o.DU)
	k := shaders.ReflectBlocksBackward{Spec: &spec, Push: shaders.ReflectBlocksBackwardPush{
		HalfRows: uint32(rows), N: uint32(n), M: uint32(m), StrideU: stride(o.U), StrideDu: stride(o.DU),
	}}
	var off uint32
	k.H, off = r.in(g.history)
	k.Push.OffH = off / 4
	k.E, off = r.in(g.coeffs)
	k.Push.OffE = off / 4
	k.D, k.Push.OffD = r.in(g.d)
	k.U, k.Push.OffU = r.in(o.U)
	k.DU, k.Push.OffDu = r.inOut(o.DU)
	r.dispatch(k.Dispatch(uint32(ceilDiv(ceilDiv(n, 4), int(spec.LocalSizeX*spec.TN))), uint32(blocks), uint32(b)/spec.TM))
	return nil
}
