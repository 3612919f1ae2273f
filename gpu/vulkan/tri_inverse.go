//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(triInverse) }

// triBlock is the size of the diagonal blocks that tri_inverse.comp inverts, its BLOCK, where shared memory holds that; half of it takes a
// quarter.
const triBlock = 64

// triBlockFor returns the size of the blocks that a device's shared memory holds.
func (l limits) triBlockFor() int {
	if triSharedBytes(triBlock) <= l.MaxSharedBytes {
		return triBlock
	}
	return triBlock / 2
}

// triSharedBytes returns the shared memory of a work group.
func triSharedBytes(block uint32) int {
	k := shaders.TriInverse{Spec: &shaders.TriInverseSpec{LocalSizeX: block}}
	d := k.Dispatch(1, 1, 1)
	return d.Kernel.SharedBytesFor(d.Spec)
}

// triInverse inverts the diagonal blocks and then doubles their size until one is left:
//
//	⎡S11 S12⎤⁻¹   ⎡A11 A12⎤
//	⎣     S22⎦   = ⎣     A22⎦,   A12 = −A11 (S12 A22).
//
// A zero row and column of a block stays zero: that of A12 too.
func triInverse(r *recorder, o gpu.TriInverse) error {
	m := o.S.Rows
	if m == 0 {
		return nil
	}
	block := r.limits.triBlockFor()
	k := shaders.TriInverse{Spec: &shaders.TriInverseSpec{LocalSizeX: uint32(block)}, Push: shaders.TriInversePush{M: uint32(m), StrideS: stride(o.S), StrideA: stride(o.A)}}
	k.S, k.Push.OffS = r.in(o.S)
	k.A, k.Push.OffA = r.out(o.A)
	r.dispatch(k.Dispatch(uint32(ceilDiv(m, block)), 1, 1))

	var product gpu.View
	if m > block {
		product = r.scratch(ceilDiv(m, 2) * triProductCols(m))
	}
	for size := block; size < m; size *= 2 {
		if err := r.joinBlocks(o, size, product); err != nil {
			return err
		}
	}
	return nil
}

// triProductCols bounds the columns of S12 A22 over all levels.
func triProductCols(m int) int { return powerAbove(m) / 2 }

// joinBlocks makes inverses of 2·size rows out of pairs of size: all whole pairs in one batch, then the last one, if its second
// half is short.
func (r *recorder) joinBlocks(o gpu.TriInverse, size int, product gpu.View) error {
	m := o.S.Rows
	pairs := m / (2 * size)
	if pairs > 0 {
		if err := r.joinPairs(o, 0, size, size, pairs, product); err != nil {
			return err
		}
	}
	if first := pairs * 2 * size; m-first > size {
		product.Off += pairs * size * size
		product.Cols -= pairs * size * size
		return r.joinPairs(o, first, size, m-first-size, 1, product)
	}
	return nil
}

// joinPairs computes A12 (size × rest) of pairs blocks, the first of which begins at row and column first.
func (r *recorder) joinPairs(o gpu.TriInverse, first, size, rest, pairs int, product gpu.View) error {
	block := func(v gpu.View, row, rows, col, cols int) gpu.View {
		return v.RowRange(first+row, first+row+rows).ColRange(first+col, first+col+cols)
	}
	t := product.ColRange(0, size*rest).Reshape(size, rest)
	step := func(v gpu.View) int { return 2 * size * (v.Stride + 1) }
	if err := r.lower(gpu.Gemm{
		C: t, A: block(o.S, 0, size, size, rest), B: block(o.A, size, rest, size, rest), Alpha: 1,
		Batch: pairs, StrideA: step(o.S), StrideB: step(o.A), StrideC: size * rest,
	}); err != nil {
		return err
	}
	// A11 and A12 lie side by side in the same rows: no element is shared, though the ranges of words overlap, which
	// gpu.Gemm.Check could not tell apart. So it is recorded without that.
	return gemm(r, gpu.Gemm{
		C: block(o.A, 0, size, size, rest), A: block(o.A, 0, size, 0, size), B: t, Alpha: -1,
		Batch: pairs, StrideA: step(o.A), StrideB: size * rest, StrideC: step(o.A),
	})
}
