package cpu

import (
	"runtime"
	"sync/atomic"

	"github.com/spectral-gpu/spectral-gpu/gpu/internal/denormals"
)

// phase is one parallel loop: body(worker, i) for every i in 0 … tiles−1, in any order and on any worker. Tiles write disjoint
// memory, and what they write does not depend on the worker.
type phase struct {
	tiles int
	body  func(worker, tile int)
}

// pool runs phases on persistent workers. The caller of run is worker 0; the others spin for a short while after the last
// phase and then sleep. Running allocates nothing.
//
// Tiles are claimed one by one from state, which holds the number of the phase in its upper half and the next tile in its
// lower half: a worker that comes late cannot claim a tile of a phase whose description it did not read.
type pool struct {
	threads int
	state   atomic.Uint64
	current atomic.Pointer[phase]
	done    atomic.Int64 // tiles of the current phase that are finished
	closed  atomic.Bool
	idle    []sleeper // of workers 1 …
	caller  sleeper
}

// sleeper is the bed of one goroutine.
type sleeper struct {
	asleep atomic.Bool
	wake   chan struct{}
	_      [6]uint64 // a cache line of its own
}

const (
	spinTurns  = 20000 // looks at the state before a worker sleeps
	yieldEvery = 256
	closedTile = 1<<32 - 1 // no phase has so many tiles
)

func newPool(threads int) *pool {
	p := &pool{threads: threads, idle: make([]sleeper, threads-1)}
	p.state.Store(closedTile)
	p.caller.wake = make(chan struct{}, 1)
	for i := range p.idle {
		p.idle[i].wake = make(chan struct{}, 1)
		go p.work(i+1, &p.idle[i])
	}
	return p
}

// run runs the phase and returns when all its tiles are done.
func (p *pool) run(ph *phase) {
	if ph.tiles <= 1 || p.threads == 1 {
		ph.alone()
		return
	}
	number := p.state.Load()>>32 + 1
	p.done.Store(0)
	p.current.Store(ph)
	p.state.Store(number << 32)
	for i := range min(ph.tiles, p.threads) - 1 {
		p.idle[i].rouse()
	}
	p.help(0)
	p.finish(int64(ph.tiles))
	p.state.Store(number<<32 | closedTile)
}

// alone runs the phase on the caller. Tiles run on a thread that flushes denormal numbers to zero, here and in help, so that their time
// does not depend on the numbers; the goroutine keeps the thread meanwhile.
func (ph *phase) alone() {
	defer denormals.Flush().Restore()
	for i := range ph.tiles {
		ph.body(0, i)
	}
}

// help claims and runs tiles until none is left; it tells whether it ran any.
func (p *pool) help(worker int) bool {
	ph, i, ok := p.claim()
	if !ok {
		return false
	}
	defer denormals.Flush().Restore()
	for ; ok; ph, i, ok = p.claim() {
		ph.body(worker, i)
		if p.done.Add(1) == int64(ph.tiles) {
			p.caller.rouse()
		}
	}
	return true
}

// claim takes the next tile of the current phase, if there is one.
func (p *pool) claim() (ph *phase, tile int, ok bool) {
	for {
		s := p.state.Load()
		ph := p.current.Load()
		if ph == nil || s&closedTile >= uint64(ph.tiles) {
			return nil, 0, false
		}
		if p.state.CompareAndSwap(s, s+1) {
			return ph, int(s & closedTile), true
		}
	}
}

// finish waits for the tiles that other workers still run.
func (p *pool) finish(tiles int64) {
	for i := 0; p.done.Load() != tiles; i++ {
		if i < spinTurns {
			pause(i)
			continue
		}
		p.caller.asleep.Store(true)
		if p.done.Load() == tiles && p.caller.asleep.CompareAndSwap(true, false) {
			return
		}
		<-p.caller.wake
	}
}

// work is the life of a worker.
func (p *pool) work(worker int, bed *sleeper) {
	for turn := 0; !p.closed.Load(); turn++ {
		if p.help(worker) {
			turn = 0
			continue
		}
		if turn < spinTurns {
			pause(turn)
			continue
		}
		bed.asleep.Store(true)
		if (p.waiting() || p.closed.Load()) && bed.asleep.CompareAndSwap(true, false) {
			turn = 0
			continue
		}
		<-bed.wake
		turn = 0
	}
}

// waiting tells whether there is a tile to claim.
func (p *pool) waiting() bool {
	ph := p.current.Load()
	return ph != nil && p.state.Load()&closedTile < uint64(ph.tiles)
}

func (p *pool) close() {
	p.closed.Store(true)
	for i := range p.idle {
		p.idle[i].rouse()
	}
}

// rouse wakes the sleeper if it sleeps.
func (s *sleeper) rouse() {
	if s.asleep.Load() && s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
	}
}

// pause passes a moment of a spinning loop.
func pause(turn int) {
	if turn%yieldEvery == yieldEvery-1 {
		runtime.Gosched()
	}
}
