//go:build cgo

package vulkan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(triSolve)
	implementRepeated[gpu.TriSolve]()
}

// triSolve takes one launch for a system of few rows. One of many takes on a processor a launch for as many blocks of rows as the device's
// limit on loops allows. On a graphics processor, where an invocation that goes through all rows alone waits for every load, work groups take strips of
// columns through all rows together.
func triSolve(r *recorder, o gpu.TriSolve) error {
	m, n := o.B.Rows, o.B.Cols
	if m == 0 || n == 0 {
		return nil
	}
	tiles := left(r, triSolveClass, r.limits.triSolveTiles(m))
	if len(tiles) == 0 {
		return r.allRefused(o.Name())
	}
	tile := tiles[0]
	r.chosen = tileKey{triSolveClass, tile.id()}
	if tile.strip.LocalSizeX > 0 {
		return r.triSolveStrips(o, tile.strip)
	}
	spec := tile.TriSolveSpec
	spec.Transpose, spec.Trapezoid, spec.HasScale = o.Transpose, o.Trapezoid, !o.Scale.IsZero()
	if spec.Many = m > shaders.TriSolveBlock; spec.Many || m <= shaders.TriSolveFew {
		spec.Block = shaders.TriSolveFew
	}
	spec.Vec = spec.Many && r.aligned(o.S, apart(o.StrideS, o.Count()))
	blocks := ceilDiv(m, int(spec.Block))
	step := triSolveBlocks(m, int(spec.Block), int(spec.Rows), r.limits.MaxLoop)
	for first := 0; first < blocks; first += step {
		r.triSolveLaunch(o, spec, first, min(first+step, blocks))
	}
	return nil
}

// triSolveLaunch solves the blocks of rows first … last − 1, which are counted in the order in which they are solved with Many, else from the first row.
func (r *recorder) triSolveLaunch(o gpu.TriSolve, spec shaders.TriSolveSpec, first, last int) {
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

// triSolveStrips solves as many rows a launch as the work groups of a strip hold, most often all; of more the last ones first (with Transpose the first
// ones): of the right-hand side of a block a product subtracts what the rows that are known give,
//
//	S_kk X_k = B_k diag(Scale) − Σ_l S_kl X_l.
func (r *recorder) triSolveStrips(o gpu.TriSolve, spec shaders.TriSolveStripSpec) error {
	m, block := o.B.Rows, stripRows(spec)
	blocks := ceilDiv(m, block)
	spec.Transpose, spec.Trapezoid, spec.HasScale = o.Transpose, o.Trapezoid, !o.Scale.IsZero()
	chosen := r.chosen
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
			r.chosen = chosen // the product has its own
		}
		part := o
		part.S, part.B, part.X = o.S.RowRange(top, end).ColRange(top, end), o.B.RowRange(top, end), o.X.RowRange(top, end)
		r.triSolveStrip(part, spec, top)
	}
	return nil
}

// triSolveStrip launches a system that is rows first … of a larger one.
func (r *recorder) triSolveStrip(o gpu.TriSolve, spec shaders.TriSolveStripSpec, first int) {
	spec.Vec = !o.Transpose && r.aligned(o.S, apart(o.StrideS, o.Count()))
	k := shaders.TriSolveStrip{Spec: &spec, Push: shaders.TriSolveStripPush{
		M: uint32(o.B.Rows), N: uint32(o.B.Cols), First: uint32(first),
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
	r.dispatch(k.Dispatch(r.each(uint32(ceilDiv(o.B.Cols, int(spec.Cols))), 1, uint32(o.Count()))))
}

// triSolveClass names the tiles of the kernels.
const triSolveClass = "tri_solve"

// triSolveTile is a tile of a kernel: of tri_solve_strip.comp where strip is not zero.
type triSolveTile struct {
	shaders.TriSolveSpec
	strip shaders.TriSolveStripSpec
}

func (t triSolveTile) id() string {
	if s := t.strip; s.LocalSizeX > 0 {
		return fmt.Sprintf("tri_solve_strip %d %d %d", s.LocalSizeX, s.Cols, s.Rows)
	}
	return fmt.Sprintf("tri_solve %d %d %d", t.LocalSizeX, t.Cols, t.Rows)
}
func (t triSolveTile) String() string { return t.id() }

// stripRows returns the rows that the invocations of a work group hold.
func stripRows(s shaders.TriSolveStripSpec) int { return int(s.LocalSizeX * s.Rows) }

// triSolveTiles are the tiles for a system of m rows, the better one first: on a graphics processor the strips that hold all rows with the fewest
// an invocation, or the most of them; few rows are one block for one invocation.
func (l limits) triSolveTiles(m int) []triSolveTile {
	software, hardware := triSolveTile{TriSolveSpec: shaders.TriSolveSoftware}, triSolveTile{TriSolveSpec: shaders.TriSolveHardware}
	if l.Software {
		return []triSolveTile{software, hardware}
	}
	var strips []triSolveTile
	if m > shaders.TriSolveFew {
		for _, s := range shaders.TriSolveStrips {
			if int(s.LocalSizeX) <= min(l.MaxInvocations, int(l.MaxLocal[0])) {
				strips = append(strips, triSolveTile{strip: s})
			}
		}
		slices.SortStableFunc(strips, func(a, b triSolveTile) int {
			holds := func(t triSolveTile) int { return min(stripRows(t.strip), m) }
			return cmp.Or(cmp.Compare(holds(b), holds(a)), cmp.Compare(a.strip.Rows, b.strip.Rows))
		})
	}
	return append(strips, hardware, software)
}

// triSolveBlocks returns how many blocks of rows a launch takes, given the most iterations of all loops of an invocation.
func triSolveBlocks(m, block, rows, most int) int {
	pieces := ceilDiv(block, rows)
	each := 4 + ceilDiv(m, 4) + pieces*(2+block) // leaving a loop is one, too
	return max(1, (most-m-4)/each)
}
