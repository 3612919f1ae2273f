//go:build cgo

package vulkan

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(triSolve)
	implementRepeated[gpu.TriSolve]()
}

// triSolve takes one launch for a system of few rows. One of many takes on a processor a launch for as many blocks of rows as the device's
// limit on loops allows. On a graphics processor, where an invocation that goes through all rows alone waits for every load, it takes a launch for
// each block, and between two of them a product with all that is known.
func triSolve(r *recorder, o gpu.TriSolve) error {
	m, n := o.B.Rows, o.B.Cols
	if m == 0 || n == 0 {
		return nil
	}
	tiles := left(r, triSolveClass, r.limits.triSolveTiles())
	if len(tiles) == 0 {
		return r.allRefused(o.Name())
	}
	tile := tiles[0]
	spec := tile.TriSolveSpec
	spec.Transpose, spec.Trapezoid, spec.HasScale = o.Transpose, o.Trapezoid, !o.Scale.IsZero()
	if m > shaders.TriSolveBlock && !r.limits.Software {
		return r.triSolveByProducts(o, tile, spec)
	}
	if spec.Many = m > shaders.TriSolveBlock; spec.Many || m <= shaders.TriSolveFew {
		spec.Block = shaders.TriSolveFew
	}
	spec.Vec = spec.Many && r.aligned(o.S, apart(o.StrideS, o.Count()))
	blocks := ceilDiv(m, int(spec.Block))
	step := triSolveBlocks(m, int(spec.Block), int(spec.Rows), r.limits.MaxLoop)
	for first := 0; first < blocks; first += step {
		r.triSolveLaunch(o, tile, spec, first, min(first+step, blocks))
	}
	return nil
}

// triSolveLaunch solves the blocks of rows first … last − 1, which are counted in the order in which they are solved with Many, else from the first row.
func (r *recorder) triSolveLaunch(o gpu.TriSolve, tile triSolveTile, spec shaders.TriSolveSpec, first, last int) {
	r.chosen = tileKey{triSolveClass, tile.id()} // a product between two launches has its own
	k := shaders.TriSolve{Spec: &spec, Push: shaders.TriSolvePush{
		M: uint32(o.B.Rows), N: uint32(o.B.Cols), FirstBlock: uint32(first), LastBlock: uint32(last),
		StrideS: stride(o.S), StrideB: stride(o.B), StrideX: stride(o.X),
		BatchS: uint32(o.StrideS), BatchB: uint32(o.StrideB), BatchX: uint32(o.StrideX),
		Batch: uint32(o.Count()), JumpS: r.jump(o.S, o.Count(), o.StrideS), JumpB: r.jump(o.B, o.Count(), o.StrideB),
		JumpX: r.jump(o.X, o.Count(), o.StrideX), StepScale: r.step(o.Scale),
	}}
	end := o.Count() - 1
	k.S.Region, k.Push.OffS = r.bindExtra(o.S, end*o.StrideS)
	k.B.Region, k.Push.OffB = r.bindExtra(o.B, end*o.StrideB)
	k.Scale, k.Push.OffScale = r.in(o.Scale)
	k.X.Region, k.Push.OffX = r.bindExtra(o.X, end*o.StrideX)
	r.dispatch(k.Dispatch(r.each(uint32(ceilDiv(o.B.Cols, int(spec.LocalSizeX*spec.Cols))), 1, uint32(o.Count()))))
}

// triSolveByProducts solves a block of rows a launch, the last ones first (with Transpose the first ones): of the right-hand side of a block
// a product subtracts what the rows that are known give,
//
//	S_kk X_k = B_k diag(Scale) − Σ_l S_kl X_l.
func (r *recorder) triSolveByProducts(o gpu.TriSolve, tile triSolveTile, spec shaders.TriSolveSpec) error {
	m, block := o.B.Rows, int(spec.Block)
	blocks := ceilDiv(m, block)
	for done := range blocks {
		at := blocks - 1 - done
		if o.Transpose {
			at = done
		}
		top, end := at*block, min((at+1)*block, m)
		if spec.Add = done > 0; spec.Add {
			known, s := o.X.RowRange(end, m), o.S.RowRange(top, end).ColRange(end, m)
			if o.Transpose {
				known, s = o.X.RowRange(0, top), o.S.RowRange(0, top).ColRange(top, end)
			}
			// Rows of X on both sides: no element is shared, though in a batch the ranges of words overlap. So it is recorded without Gemm.Check.
			if err := gemm(r, gpu.Gemm{C: o.X.RowRange(top, end), A: s, TransA: o.Transpose, B: known, Alpha: -1,
				Batch: o.Batch, StrideA: o.StrideS, StrideB: o.StrideX, StrideC: o.StrideX}); err != nil {
				return err
			}
		}
		r.triSolveLaunch(o, tile, spec, at, at+1)
	}
	return nil
}

// triSolveClass names the tiles of the kernel, which are for all sizes.
const triSolveClass = "tri_solve"

// triSolveTile is a tile of the kernel.
type triSolveTile struct{ shaders.TriSolveSpec }

func (t triSolveTile) id() string {
	return fmt.Sprintf("tri_solve %d %d %d", t.LocalSizeX, t.Cols, t.Rows)
}
func (t triSolveTile) String() string { return t.id() }

// triSolveTiles are the tiles, the better one first.
func (l limits) triSolveTiles() []triSolveTile {
	if l.Software {
		return []triSolveTile{{shaders.TriSolveSoftware}, {shaders.TriSolveHardware}}
	}
	return []triSolveTile{{shaders.TriSolveHardware}, {shaders.TriSolveSoftware}}
}

// triSolveBlocks returns how many blocks of rows a launch takes, given the most iterations of all loops of an invocation.
func triSolveBlocks(m, block, rows, most int) int {
	pieces := ceilDiv(block, rows)
	each := 4 + ceilDiv(m, 4) + pieces*(2+block) // leaving a loop is one, too
	return max(1, (most-m-4)/each)
}
