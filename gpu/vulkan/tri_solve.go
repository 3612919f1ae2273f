//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(triSolve) }

// triSolve solves blocks of rows, from the last up or, transposed, from the first down. What the blocks before give for the rows of
// one is a product, whose place is that of the solution:
//
//	X_i = S_ii⁻¹ ( B_i − Σ_{j>i} S_ij X_j )
func triSolve(r *recorder, o gpu.TriSolve) error {
	m, n := o.B.Rows, o.B.Cols
	if m == 0 || n == 0 {
		return nil
	}
	blocks := ceilDiv(m, shaders.TriSolveBlock)
	for k := range blocks {
		i := blocks - 1 - k
		if o.Transpose {
			i = k
		}
		lo, hi := i*shaders.TriSolveBlock, min((i+1)*shaders.TriSolveBlock, m)
		if k > 0 {
			if err := r.triSums(o, lo, hi); err != nil {
				return err
			}
		}
		r.triBlock(o, lo, hi, k > 0)
	}
	return nil
}

// triSums writes what the rows of X that are known give for rows lo … hi−1 to their place.
func (r *recorder) triSums(o gpu.TriSolve, lo, hi int) error {
	from, to, left := hi, o.X.Rows, 0
	if o.Transpose {
		from, to = 0, lo
	}
	if o.Trapezoid {
		left = min(hi, o.X.Cols) // the rows below are zero before
	}
	product := gpu.Gemm{
		C: o.X.RowRange(lo, hi).ColRange(left, o.X.Cols), A: o.S.RowRange(lo, hi).ColRange(from, to),
		B: o.X.RowRange(from, to).ColRange(left, o.X.Cols), Alpha: 1,
		Batch: o.Count(), StrideA: o.StrideS, StrideB: o.StrideX, StrideC: o.StrideX,
	}
	if o.Transpose {
		product.A, product.TransA = o.S.RowRange(from, to).ColRange(lo, hi), true
	}
	// B and C are different rows of X: no element is shared, though the ranges of words of a batch overlap, which
	// gpu.Gemm.Check could not tell apart. So it is recorded without that.
	return gemm(r, product)
}

// triBlock solves rows lo … hi−1.
func (r *recorder) triBlock(o gpu.TriSolve, lo, hi int, sums bool) {
	spec := shaders.TriSolveHardware
	if r.limits.Software {
		spec = shaders.TriSolveSoftware
	}
	if hi-lo <= shaders.TriSolveFew {
		spec.Block = shaders.TriSolveFew
	}
	spec.Transpose, spec.Trapezoid, spec.HasScale, spec.HasSums = o.Transpose, o.Trapezoid, !o.Scale.IsZero(), sums
	k := shaders.TriSolve{Spec: &spec, Push: shaders.TriSolvePush{
		M: uint32(hi - lo), N: uint32(o.B.Cols), First: uint32(lo),
		StrideS: stride(o.S), StrideB: stride(o.B), StrideX: stride(o.X),
		BatchS: uint32(o.StrideS), BatchB: uint32(o.StrideB), BatchX: uint32(o.StrideX),
	}}
	if o.Trapezoid {
		k.Push.Sums = uint32(hi)
	}
	last := o.Count() - 1
	k.S.Region, k.Push.OffS = r.bindExtra(o.S.RowRange(lo, hi).ColRange(lo, hi), last*o.StrideS)
	k.B.Region, k.Push.OffB = r.bindExtra(o.B.RowRange(lo, hi), last*o.StrideB)
	k.Scale, k.Push.OffScale = r.in(o.Scale)
	k.X.Region, k.Push.OffX = r.bindExtra(o.X.RowRange(lo, hi), last*o.StrideX)
	r.dispatch(k.Dispatch(uint32(ceilDiv(o.B.Cols, int(spec.LocalSizeX*spec.Cols))), 1, uint32(o.Count())))
}
