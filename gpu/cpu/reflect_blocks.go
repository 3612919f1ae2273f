package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(reflectBlocks) }

// blocksTile is the most samples that pass together through the blocks, so that they stay in cache.
const blocksTile = 32

// blocks are reflectors with their factors. A tile of samples passes through all of them as Xᵀ, a sample a column, in memory of its
// worker's own: with samples beside one another, all products read U and A where they are,
//
//	C = U_k Xᵀ,   E = −A_k C,   Xᵀ ← Xᵀ + U_kᵀ E
type blocks struct {
	k         *kernels
	u, a      matrix
	b, count  int
	transpose bool
	tile      int     // samples of a tile: whole vectors, so that the tiles of a batch fit together
	pitch     int     // words of a row of a tile
	state     scratch // for every worker Xᵀ (n × pitch), C and E (b × pitch)
	call      []tile
}

// newBlocks plans a pass of samples through the blocks.
func newBlocks(c *compiler, u, a gpu.View, samples int, transpose bool) *blocks {
	w := &blocks{k: c.kernels, u: bind(u), a: bind(a), b: a.Cols, count: ceilDiv(u.Rows, a.Cols), transpose: transpose, call: make([]tile, c.threads)}
	w.tile = roundUp(ceilDiv(samples, c.threads*ceilDiv(samples, c.threads*blocksTile)), w.k.half)
	w.pitch = w.k.padded(w.tile)
	w.state = c.perWorker((u.Cols + 2*w.b) * w.pitch)
	return w
}

// reflectors returns the rows of block k.
func (w *blocks) reflectors(k int) span { return span{k * w.b, min((k+1)*w.b, w.u.rows)} }

// order returns the block that a pass comes to as number q.
func (w *blocks) order(q int) int {
	if w.transpose {
		return q
	}
	return w.count - 1 - q
}

// load copies count rows of x from row lo on to the columns of a worker's state, and zeros to the columns that fill up a vector.
func (w *blocks) load(worker int, x *matrix, lo, count int) {
	state := w.state.block(worker)
	for r := 0; r < x.cols && w.k.padded(count) > count; r++ {
		clear(state[r*w.pitch+count : (r+1)*w.pitch])
	}
	w.k.transpose(state, w.pitch, x.from(lo, 0), x.stride, x.cols, count)
}

// unload copies the columns of a worker's state to count rows of y from row lo on.
func (w *blocks) unload(worker int, y *matrix, lo, count int) {
	w.k.transpose(y.from(lo, 0), y.stride, w.state.block(worker), w.pitch, count, y.cols)
}

// follower sees what a pass makes of a tile: the state before block number q in order, E of it, and where the state after it is to be
// left too, from the block's first row on, in rows of the given pitch; nil for nowhere.
type follower interface {
	before(q int, state, e []float32)
	after(q int) (rows []float32, pitch int)
}

// pass takes count samples in a worker's state through all blocks.
func (w *blocks) pass(worker, count int, f follower) {
	mem, n := w.state.block(worker), w.u.cols
	state, c, e := mem[:n*w.pitch], mem[n*w.pitch:][:w.b*w.pitch], mem[(n+w.b)*w.pitch:]
	t := &w.call[worker]
	p := blockProduct{cols: w.k.padded(count), pitch: w.pitch}
	for q := range w.count {
		k := w.order(q)
		rows := w.reflectors(k)
		size, depth := rows.len(), n-rows.lo
		u := operandOf(w.u, false)
		u.data = w.u.from(rows.lo, rows.lo)

		p.a, p.b, p.c, p.rows, p.depth = u, state[rows.lo*w.pitch:], c, size, depth
		p.most = w.k.rows
		if evicting(w.u.stride) {
			p.most = min(p.most, 7)
		}
		if q+1 < w.count {
			next := w.reflectors(w.order(q + 1))
			p.next = w.u.rowRange(next.lo, next.hi).data
		}
		p.run(w.k, t)

		w.factor(t, &p, k, size, c, e)
		if f != nil {
			f.before(q, state, e)
			p.d, p.dRow = f.after(q)
		}
		p.a, p.b, p.c, p.rows, p.depth = operand{u.data, 1, u.row}, e, state[rows.lo*w.pitch:], depth, size
		p.add = p.c
		p.run(w.k, t)
		p.add, p.d = nil, nil
	}
	*t = tile{}
}

// factor makes E from C. The triangle's zeros are left out.
func (w *blocks) factor(t *tile, p *blockProduct, k, size int, c, e []float32) {
	factor := matrix{data: w.a.from(k*w.b, 0), stride: w.a.stride}
	p.scale = minusOnes[:]
	groups := ceilDiv(size, w.k.rows)
	for g := range groups {
		lo, hi := part(size, groups, g)
		from, to := lo, size
		if w.transpose {
			from, to = 0, hi
		}
		a := operandOf(factor, w.transpose)
		a.data = a.from(lo, from)
		p.a, p.b, p.c, p.rows, p.depth, p.most = a, c[from*w.pitch:], e[lo*w.pitch:], hi-lo, to-from, w.k.rows
		p.run(w.k, t)
	}
	p.scale = nil
}

// blockProduct is a product a·b (rows × cols) of a pass, c = d = scale·(a·b) + add, where b, c and add have rows of the same pitch.
// scale, add and d may be nil.
type blockProduct struct {
	a           operand
	b, c, add   []float32
	d           []float32
	dRow        int
	scale       []float32
	rows, depth int
	cols, pitch int
	most        int       // rows of a call of the micro-kernel
	next        []float32 // memory that is read after this product, prefetched meanwhile; forgotten by run
}

func (p *blockProduct) run(k *kernels, t *tile) {
	t.depth, t.aRow, t.aCol, t.cRow, t.addRow, t.dRow = p.depth, p.a.row, p.a.col, p.pitch, p.pitch, p.dRow
	groups, panels := ceilDiv(p.rows, p.most), ceilDiv(p.cols, k.cols)
	for g := range groups {
		lo, hi := part(p.rows, groups, g)
		t.a, t.b, t.c, t.scale = p.a.data[lo*p.a.row:], p.b, p.c[lo*p.pitch:], p.scale
		if p.add != nil {
			t.add = p.add[lo*p.pitch:]
		}
		if p.d != nil {
			t.d = p.d[lo*p.dRow:]
		}
		from, to := part(len(p.next), groups, g)
		t.prefetch(p.next[from:to], panels)
		k.across(hi-lo, p.cols, t, p.pitch)
	}
	t.add, t.d, p.next = nil, nil, nil
}

func reflectBlocks(c *compiler, op gpu.ReflectBlocks) (task, error) {
	y, x := bind(op.Y), bind(op.X)
	if x.rows == 0 || x.cols == 0 {
		return task{plan: "empty"}, nil
	}
	w := newBlocks(c, op.U, op.A, x.rows, op.Transpose)
	return task{
		plan: fmt.Sprintf("%d blocks of %d reflectors, tiles of %d samples, %s", w.count, w.b, w.tile, w.k.name),
		phases: []phase{{ceilDiv(x.rows, w.tile), func(worker, t int) {
			lo, hi := t*w.tile, min((t+1)*w.tile, x.rows)
			w.load(worker, &x, lo, hi-lo)
			w.pass(worker, hi-lo, nil)
			w.unload(worker, &y, lo, hi-lo)
		}}},
	}, nil
}
