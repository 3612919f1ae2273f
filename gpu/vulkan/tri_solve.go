//go:build cgo

package vulkan

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(triSolve) }

// triSolve takes one launch, or one for as many blocks of rows as the device's limit on loops allows.
func triSolve(r *recorder, o gpu.TriSolve) error {
	m, n := o.B.Rows, o.B.Cols
	if m == 0 || n == 0 {
		return nil
	}
	tiles := left(r, triSolveClass, r.limits.triSolveTiles())
	if len(tiles) == 0 {
		return r.allRefused(o.Name())
	}
	r.chosen = tileKey{triSolveClass, tiles[0].id()}
	spec := tiles[0].TriSolveSpec
	spec.Transpose, spec.Trapezoid, spec.HasScale = o.Transpose, o.Trapezoid, !o.Scale.IsZero()
	spec.Vec = aligned(o.S, apart(o.StrideS, o.Count()))
	if spec.Many = m > shaders.TriSolveBlock; spec.Many || m <= shaders.TriSolveFew {
		spec.Block = shaders.TriSolveFew
	}
	blocks := ceilDiv(m, int(spec.Block))
	step := triSolveBlocks(m, int(spec.Block), int(spec.Rows), r.limits.MaxLoop)
	for first := 0; first < blocks; first += step {
		k := shaders.TriSolve{Spec: &spec, Push: shaders.TriSolvePush{
			M: uint32(m), N: uint32(n), FirstBlock: uint32(first), LastBlock: uint32(min(first+step, blocks)),
			StrideS: stride(o.S), StrideB: stride(o.B), StrideX: stride(o.X),
			BatchS: uint32(o.StrideS), BatchB: uint32(o.StrideB), BatchX: uint32(o.StrideX),
		}}
		last := o.Count() - 1
		k.S.Region, k.Push.OffS = r.bindExtra(o.S, last*o.StrideS)
		k.B.Region, k.Push.OffB = r.bindExtra(o.B, last*o.StrideB)
		k.Scale, k.Push.OffScale = r.in(o.Scale)
		k.X.Region, k.Push.OffX = r.bindExtra(o.X, last*o.StrideX)
		r.dispatch(k.Dispatch(uint32(ceilDiv(n, int(spec.LocalSizeX*spec.Cols))), 1, uint32(o.Count())))
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
