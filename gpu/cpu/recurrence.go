package cpu

import "fmt"

// recurrence is what RNNForward and RNNBackward share: a square matrix packed once per run, and a batch cut into tiles of samples
// that workers carry through all turns on their own. The state of a tile stays in cache, in two buffers that take turns.
//
// A batch with fewer samples than threads is shared out by columns instead (wide): all samples are one tile, and the workers meet
// after every turn.
type recurrence struct {
	packedMatrix     // n columns; as many rows, and the inputs where they are appended to the state
	samples      int // B
	tile         int // samples of a tile
	tiles        int
	wide         bool
	share        int     // columns of a worker's share
	state        scratch // for every worker, or once if wide, two buffers of tile × pitch
	pitch        int
	call         []tile // one for each worker
}

// turner is what differs between the recurrences: begin fills the state of samples lo … hi−1 for the first turn; turn makes turn q from the
// state from, for the columns cols, and leaves the state of the next turn in to.
type turner interface {
	begin(state []float32, lo, hi int)
	turn(t *tile, q int, from, to []float32, lo, hi int, cols span)
}

const (
	recurrenceTile = 32   // most samples of a tile
	largeColumns   = 1024 // hidden units from which a tile is twice as large, because the matrix comes from afar
	wideColumns    = 192  // hidden units from which a turn is worth sharing out
)

// tileOf returns the samples of a tile: so few that they stay in cache, and such that every thread has as many tiles.
func tileOf(n, samples, threads int) int {
	most := recurrenceTile
	if n >= largeColumns {
		most *= 2
	}
	return max(1, ceilDiv(samples, threads*ceilDiv(samples, threads*most)))
}

// newRecurrence plans a recurrence over a batch of the given number of samples.
func newRecurrence(c *compiler, n, depth, samples int) *recurrence {
	r := recurrenceOver(c, n, depth, samples, n >= wideColumns)
	r.packedMatrix = c.packed(depth, n)
	return r
}

// recurrenceOver plans a recurrence of n units, whose state has depth words a sample, without its matrix. large says that a turn is worth
// sharing out.
func recurrenceOver(c *compiler, n, depth, samples int, large bool) *recurrence {
	r := &recurrence{packedMatrix: packedMatrix{k: c.kernels, depth: depth, n: n}, samples: samples, share: n, call: make([]tile, c.threads)}
	for i := range r.call {
		r.call[i].worker = i
	}
	r.wide = c.threads > 1 && samples <= min(c.threads, recurrenceTile) && large
	copies := c.threads
	r.tile = tileOf(n, samples, c.threads)
	if r.wide {
		copies, r.tile = 1, samples
		r.share = roundUp(ceilDiv(n, c.threads), c.kernels.cols)
	}
	r.tiles = ceilDiv(samples, r.tile)
	r.pitch = oddLines(depth)
	r.state = c.scratch(copies, 2*r.tile*r.pitch)
	return r
}

// perTile reserves memory beside the state: rows of the given pitch for the samples of a tile, for every worker, or once if wide.
func (r *recurrence) perTile(c *compiler, pitch int) scratch {
	copies := c.threads
	if r.wide {
		copies = 1
	}
	return c.scratch(copies, r.tile*pitch)
}

// beside returns a worker's rows of memory beside the state.
func (r *recurrence) beside(t *tile, memory scratch, pitch int) matrix {
	worker := t.worker
	if r.wide {
		worker = 0
	}
	return matrix{data: memory.block(worker), stride: pitch}
}

// plan says how the recurrence is carried out.
func (r *recurrence) plan(steps int) string {
	if r.wide {
		return fmt.Sprintf("%d steps of %d samples in shares of %d columns, %d → %d, %s", steps, r.samples, r.share, r.depth, r.n, r.k.name)
	}
	return fmt.Sprintf("%d steps in %d tiles of %d samples, %d → %d, %s", steps, r.tiles, r.tile, r.depth, r.n, r.k.name)
}

// phases returns the phases that make the given number of turns.
func (r *recurrence) phases(turns int, w turner) []phase {
	if r.wide {
		return r.widePhases(turns, w)
	}
	return []phase{{r.tiles, func(worker, i int) {
		lo, hi := i*r.tile, min((i+1)*r.tile, r.samples)
		from, to := r.buffers(worker)
		w.begin(from, lo, hi)
		for q := range turns {
			w.turn(&r.call[worker], q, from, to, lo, hi, span{0, r.n})
			from, to = to, from
		}
	}}}
}

func (r *recurrence) widePhases(turns int, w turner) []phase {
	phases := []phase{{1, func(_, _ int) {
		from, _ := r.buffers(0)
		w.begin(from, 0, r.samples)
	}}}
	for q := range turns {
		phases = append(phases, phase{ceilDiv(r.n, r.share), func(worker, i int) {
			from, to := r.buffers(0)
			if q%2 == 1 {
				from, to = to, from
			}
			w.turn(&r.call[worker], q, from, to, 0, r.samples, span{i * r.share, min((i+1)*r.share, r.n)})
		}})
	}
	return phases
}

// buffers returns the two state buffers of block i.
func (r *recurrence) buffers(i int) (first, second []float32) {
	s := r.state.block(i)
	return s[:r.tile*r.pitch], s[r.tile*r.pitch:]
}
