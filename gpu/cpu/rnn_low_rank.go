package cpu

import (
	"fmt"
)

// lowRank is what the recurrences with W = diag(D) + Lᵀ R share: two matrices packed once per run, through which the state of a tile
// of samples goes one after the other,
//
//	coefficients = state · in (rank),   state ← epilogue( coefficients · out + D∘state + what comes from outside )
//
// and a batch cut into tiles that workers carry through all turns on their own. The state is read where it was written.
type lowRank struct {
	in, out  packedMatrix // n × r, and (r + inputs) × n
	diagonal []float32
	samples  int // B
	inputs   int
	tile     int // samples of a tile
	tiles    int
	pitch    int     // of a copy of the state
	narrow   int     // of the coefficients
	memory   scratch // for every worker the coefficients, and a copy of the state where its rows would evict one another
	call     []lowRankTile
}

// lowRankTile is a worker's tile of samples on its way through the turns.
type lowRankTile struct {
	lo, count      int
	reduce, expand turnProduct // whose states are the state and the coefficients; there is no state before the first step of the way back
	copied         matrix      // memory for the state, absent where it is read in place
	coefficients   matrix      // memory for them and the inputs
	tile                       // its last words are rarely written: workers' tiles do not share a cache line
}

// newLowRank plans a recurrence whose states are rows of the given matrix; with copied the state is not what is stored there.
func newLowRank(c *compiler, d, states matrix, rank, inputs, samples int, copied bool) *lowRank {
	n := d.cols
	w := &lowRank{in: c.packed(n, rank), out: c.packed(rank+inputs, n), diagonal: d.data, samples: samples, inputs: inputs, call: make([]lowRankTile, c.threads)}
	w.tile = tileOf(n, samples, c.threads)
	w.tiles = ceilDiv(samples, w.tile)
	w.narrow = oddLines(rank + inputs)
	if copied || evicting(states.stride) {
		w.pitch = oddLines(n)
	}
	w.memory = c.perWorker(w.tile * (w.narrow + w.pitch))
	return w
}

// evicting tells whether all rows of the given pitch fall on the same set of the first-level cache.
func evicting(pitch int) bool { return pitch%1024 == 0 }

func (w *lowRank) plan(steps int) string {
	return fmt.Sprintf("%d steps in %d tiles of %d samples, %d → %d → %d, %s", steps, w.tiles, w.tile, w.in.depth, w.in.n, w.out.n, w.in.k.name)
}

// phase returns the phase that runs f for every tile of samples.
func (w *lowRank) phase(f func(m *lowRankTile)) phase {
	return phase{w.tiles, func(worker, i int) {
		words, m := w.memory.block(worker), &w.call[worker]
		m.lo, m.count = i*w.tile, min((i+1)*w.tile, w.samples)-i*w.tile
		m.coefficients = matrix{data: words, stride: w.narrow}
		m.reduce, m.expand = turnProduct{depth: w.in.depth, c: m.coefficients}, turnProduct{}
		if w.pitch > 0 {
			m.copied = matrix{data: words[w.tile*w.narrow:], stride: w.pitch}
			m.expand.d = m.copied
		}
		f(m)
	}}
}

// start makes the tile's rows of x the state.
func (w *lowRank) start(m *lowRankTile, x *matrix) {
	if w.pitch == 0 {
		m.reduce.state.show(x, m.lo, m.count)
		return
	}
	for i := range m.count {
		copy(m.copied.from(i, 0), x.row(m.lo+i))
	}
	m.reduce.state = m.copied
}

// coefficientsOf makes the coefficients, with room for the inputs, and leaves them in the tile's rows of kept too, which may be absent;
// they begin at row at, and at row next in the next turn.
func (w *lowRank) coefficientsOf(m *lowRankTile, kept *matrix, at, next int) {
	p := &m.reduce
	if !kept.absent() {
		p.next[0] = kept.from(next+m.lo, 0)[:(m.count-1)*kept.stride+kept.cols]
		if w.inputs == 0 && !evicting(kept.stride) {
			p.c.show(kept, at+m.lo, m.count)
		} else {
			p.d.show(kept, at+m.lo, m.count)
		}
	}
	m.epilogue = store
	w.in.multiply(&m.tile, m.count, span{0, w.in.n}, p)
	m.expand.depth, m.expand.state = w.out.depth, p.c
	m.expand.diagonal, m.expand.with = w.diagonal, p.state
}

// stateOf makes the state from the coefficients and inputs. The tile holds the epilogue, m.expand what is added and where the result goes.
func (w *lowRank) stateOf(m *lowRankTile) {
	w.out.multiply(&m.tile, m.count, span{0, w.out.n}, &m.expand)
	if w.pitch > 0 {
		m.reduce.state = m.copied
	} else {
		m.reduce.state = m.expand.c
	}
}
