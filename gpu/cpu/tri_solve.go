package cpu

import (
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(triSolve) }

// systems are triangular systems with its operands bound.
type systems struct {
	gpu.TriSolve
	s, x, b  stack
	scale    []float32
	minus    []float32 // −1 for every column
	kernels  *kernels
	m, n     int
	blocks   int
	tileCols int
	inverse  scratch    // for every diagonal block of every system triBlock × triBlock
	inverses []triangle // one for each worker
	rest     scratch    // for every worker triBlock × tileCols: what is left of a block of the right-hand side
	ws       workspace
}

// triAlone is the most elements of a small system's solution that are not worth sharing out.
const triAlone = 1 << 14

// triSolve inverts the diagonal blocks and then solves tiles of columns, each on its own, block by block:
//
//	X_i = S_ii⁻¹ ( B_i − Σ_{j>i} S_ij X_j ),   transposed X_i = S_ii⁻ᵀ ( B_i − Σ_{j<i} S_jiᵀ X_j )
func triSolve(c *compiler, op gpu.TriSolve) (task, error) {
	w := &systems{TriSolve: op, kernels: c.kernels, m: op.B.Rows, n: op.B.Cols, inverses: make([]triangle, c.threads)}
	if w.m == 0 || w.n == 0 {
		return task{plan: "empty"}, nil
	}
	w.s, w.x, w.b = bindStack(op.S, op.Count(), op.StrideS), bindStack(op.X, op.Count(), op.StrideX), bindStack(op.B, op.Count(), op.StrideB)
	w.scale = bind(op.Scale).data
	w.minus = slices.Repeat([]float32{-1}, w.n)
	w.blocks = ceilDiv(w.m, triBlock)
	w.tileCols = min(colBlock, roundUp(ceilDiv(w.n*op.Count(), 4*c.sharers()), c.kernels.cols))
	if w.m <= triBlock && w.m*w.n <= triAlone {
		w.tileCols = min(colBlock, w.n)
	}
	w.inverse = c.scratch(w.blocks*op.Count(), triBlock*triBlock)
	w.rest = c.perWorker(triBlock * w.tileCols)
	w.ws = c.workspace(triBlock, w.tileCols, w.m)
	tiles := ceilDiv(w.n, w.tileCols)
	plan := fmt.Sprintf("%d of order %d for %d columns in tiles of %d, %s", op.Count(), w.m, w.n, w.tileCols, c.kernels.name)
	if tiles == 1 && w.blocks == 1 {
		return task{plan: plan, phases: []phase{{op.Count(), func(worker, i int) {
			w.diagonal(worker, i)
			w.tile(worker, i, span{0, w.n})
		}}}}, nil
	}
	return task{
		plan: plan,
		phases: []phase{
			{w.blocks * op.Count(), w.diagonal},
			{tiles * op.Count(), func(worker, i int) {
				at := tiles - 1 - i%tiles // the last tile of a trapezoid is the most work
				w.tile(worker, i/tiles, span{at * w.tileCols, min((at+1)*w.tileCols, w.n)})
			}},
		},
	}, nil
}

func (w *systems) block(i int) span { return span{i * triBlock, min((i+1)*triBlock, w.m)} }

// diagonal inverts a diagonal block of a system.
func (w *systems) diagonal(worker, i int) {
	item, at := i/w.blocks, w.block(i%w.blocks)
	inv := &w.inverses[worker]
	system := w.s.item(item)
	inv.invert(w.kernels, &system, at)
	out := w.inverse.block(i)
	clear(out)
	inv.write(out, triBlock, at.len())
}

// tile solves columns of a system.
func (w *systems) tile(worker, item int, cols span) {
	s, x, b := w.s.item(item), w.x.item(item), w.b.item(item)
	end := w.m // rows from end on are zero in these columns
	if w.Trapezoid {
		end = min(w.m, cols.hi)
	}
	for r := end; r < w.m; r++ {
		clear(x.row(r)[cols.lo:cols.hi])
	}
	blocks := ceilDiv(end, triBlock)
	for k := range blocks {
		i := blocks - 1 - k
		if w.Transpose {
			i = k
		}
		rows := w.block(i)
		known := span{min(rows.hi, end), end}
		if w.Transpose {
			known = span{0, rows.lo}
		}
		w.substitute(worker, s, x, b, rows, cols, known, w.inverse.block(item*w.blocks+i))
	}
	for r := range end {
		row := x.row(r)[cols.lo:cols.hi]
		for j := 0; j < len(row) && w.scale != nil; j++ {
			row[j] *= w.scale[cols.lo+j]
		}
		if w.Trapezoid { // zeros without a sign, whatever the tiles
			clear(row[:min(max(r-cols.lo, 0), len(row))])
		}
	}
}

// substitute solves a block of rows from the known ones.
func (w *systems) substitute(worker int, s, x, b matrix, rows, cols, known span, inverse []float32) {
	rest := operand{b.from(rows.lo, cols.lo), b.stride, 1}
	if known.len() > 0 {
		p := product{kernels: w.kernels, a: operandOf(s, w.Transpose), b: operandOf(x, false), scale: w.minus}
		p.block(w.ws, worker, rows, cols, known, output{add: rest.data, addRow: rest.row, c: w.rest.block(worker), cRow: w.tileCols})
		rest = operand{w.rest.block(worker), w.tileCols, 1}
	}
	p := product{kernels: w.kernels, a: operand{inverse, triBlock, 1}, b: rest}
	if w.Transpose {
		p.a = operand{inverse, 1, triBlock}
	}
	p.block(w.ws, worker, span{0, rows.len()}, span{0, cols.len()}, span{0, rows.len()}, output{c: x.from(rows.lo, cols.lo), cRow: x.stride})
}
