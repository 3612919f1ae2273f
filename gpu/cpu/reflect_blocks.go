package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(reflectBlocks) }

// blocksTile is the most samples that pass together through the blocks, so that they stay in cache.
const blocksTile = 32

// blocks are reflectors with their factors, packed for products with a few rows. A tile of rows passes through all of them in memory
// of its worker's own, whose rows do not evict one another from the cache.
type blocks struct {
	k         *kernels
	u, a      matrix
	b, count  int
	transpose bool
	across    []scratch // U_kᵀ (n − kb × b), the B of C = X U_kᵀ
	factors   scratch   // A_kᵀ, or A_k with transpose: the B of E = C A_kᵀ
	along     []scratch // U_k (b × n − kb): the B of X − E U_k
	state     scratch   // for every worker: a tile of rows, pitch apart, and C and E
	tile      int       // rows of a tile
	pitch     int
	call      []tile
}

// newBlocks plans a pass of rows through the blocks.
func newBlocks(c *compiler, u, a gpu.View, rows int, transpose bool) *blocks {
	w := &blocks{k: c.kernels, u: bind(u), a: bind(a), b: a.Cols, count: ceilDiv(u.Rows, a.Cols), transpose: transpose, call: make([]tile, c.threads)}
	n := u.Cols
	w.tile = max(1, ceilDiv(rows, c.threads*ceilDiv(rows, c.threads*blocksTile)))
	w.pitch = oddLines(n)
	for k := range w.count {
		w.across = append(w.across, c.scratch(1, (n-k*w.b)*w.k.padded(w.b)))
		w.along = append(w.along, c.scratch(1, w.b*w.k.padded(n-k*w.b)))
	}
	w.factors = c.scratch(w.count, w.b*w.k.padded(w.b))
	w.state = c.perWorker(w.tile * (w.pitch + 2*w.b))
	return w
}

// reflectors returns the rows of block k.
func (w *blocks) reflectors(k int) span { return span{k * w.b, min((k+1)*w.b, w.u.rows)} }

// prepare returns the phase that packs all blocks.
func (w *blocks) prepare() phase {
	return phase{w.count, func(_, k int) {
		rows, n := w.reflectors(k), w.u.cols
		w.k.packPanels(w.across[k].block(0), n-rows.lo, 0, operandOf(w.u, true), span{rows.lo, n}, rows)
		w.k.packPanels(w.along[k].block(0), rows.len(), 0, operandOf(w.u, false), rows, span{rows.lo, n})
		at := span{rows.lo, rows.lo + rows.len()}
		factor := matrix{data: w.a.from(rows.lo, 0), rows: w.b, cols: w.b, stride: w.a.stride}
		w.k.packPanels(w.factors.block(k), at.len(), 0, operandOf(factor, !w.transpose), span{0, at.len()}, span{0, at.len()})
	}}
}

// follower sees what a pass makes of a tile that begins at row first: E of block k, and the state before and after it.
type follower interface {
	before(k, first, rows int, state, e []float32)
	after(k, first, rows int, state []float32)
}

// rows returns a worker's memory for a tile of rows.
func (w *blocks) rows(worker int) []float32 { return w.state.block(worker) }

// pass takes rows rows of the worker's tile, which begins at row first, through all blocks.
func (w *blocks) pass(worker, first, rows int, f follower) {
	mem := w.state.block(worker)
	state, c, e := mem[:w.tile*w.pitch], mem[w.tile*w.pitch:][:w.tile*w.b], mem[w.tile*(w.pitch+w.b):]
	t := &w.call[worker]
	for q := range w.count {
		k := q
		if !w.transpose {
			k = w.count - 1 - q
		}
		lo, size := k*w.b, w.reflectors(k).len()
		n := w.u.cols - lo
		w.multiply(t, rows, n, state[lo:], w.pitch, w.across[k].block(0), size, c, w.b, nil)
		w.multiply(t, rows, size, c, w.b, w.factors.block(k), size, e, w.b, minusOnes[:])
		if f != nil {
			f.before(k, first, rows, state, e)
		}
		t.add, t.addRow = state[lo:], w.pitch
		w.multiply(t, rows, size, e, w.b, w.along[k].block(0), n, state[lo:], w.pitch, nil)
		if f != nil {
			f.after(k, first, rows, state)
		}
	}
	*t = tile{}
}

// multiply computes c = scale·(a·b) + t.add (rows × cols) for packed b (depth × cols), and forgets t.add.
func (w *blocks) multiply(t *tile, rows, depth int, a []float32, aRow int, b []float32, cols int, c []float32, cRow int, scale []float32) {
	add := t.add
	t.depth, t.aRow, t.aCol, t.cRow = depth, aRow, 1, cRow
	groups := ceilDiv(rows, w.k.rows)
	for g := range groups {
		lo, hi := part(rows, groups, g)
		t.a, t.b, t.c, t.scale = a[lo*aRow:], b, c[lo*cRow:], scale
		if add != nil {
			t.add = add[lo*t.addRow:]
		}
		w.k.across(hi-lo, cols, t, 0)
	}
	t.add, t.scale = nil, nil
}

func reflectBlocks(c *compiler, op gpu.ReflectBlocks) (task, error) {
	y, x := bind(op.Y), bind(op.X)
	if x.rows == 0 || x.cols == 0 {
		return task{plan: "empty"}, nil
	}
	w := newBlocks(c, op.U, op.A, x.rows, op.Transpose)
	return task{
		plan: fmt.Sprintf("%d blocks of %d reflectors, tiles of %d samples, %s", w.count, w.b, w.tile, w.k.name),
		phases: []phase{w.prepare(), {ceilDiv(x.rows, w.tile), func(worker, t int) {
			lo, hi := t*w.tile, min((t+1)*w.tile, x.rows)
			state := w.rows(worker)
			for i := lo; i < hi; i++ {
				copy(state[(i-lo)*w.pitch:], x.row(i))
			}
			w.pass(worker, lo, hi-lo, nil)
			for i := lo; i < hi; i++ {
				copy(y.row(i), state[(i-lo)*w.pitch:])
			}
		}}},
	}, nil
}
