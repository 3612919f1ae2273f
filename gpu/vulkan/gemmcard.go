//go:build cgo

package vulkan

import "math"

// The model of a product on a graphics processor, in cycles. A unit (multiprocessor, compute unit) does cardFlops multiply-adds a cycle,
// reads 128 bytes of shared memory in one and cardBytes through the cache that units share; its work groups share these, and wait for loads and
// for one another at the same time.
const (
	cardFlops     = 128
	cardBytes     = 64
	cardLatency   = 700   // of a load that misses the nearest cache
	cardBarrier   = 60    // that a work group meets at, with what it waits for in shared memory
	cardRegisters = 65536 // words of a unit
	cardShared    = 65536 // bytes of a unit
	cardLaunch    = 9000  // of a dispatch behind a barrier: 5 µs, as package hh counts them
)

// splitOnCard cuts K in as many shares, of those that halve one another, as take the least time by the model: many make units busy
// that the tiles alone leave idle, and cost a pass that adds them.
func (p *gemmPlan) splitOnCard(s gemmShape, l limits) {
	most := gemmScratch / max(1, s.m*s.n*s.count)
	least := min(ceilDiv(s.k, gemmShare*p.parts()), most)
	if s.k <= gemmWhole {
		least = 1
	}
	best, bestTime := *p, math.Inf(1)
	for splits := max(least, 1); ; splits *= 2 {
		q := *p
		q.cut(s.k, splits)
		if time := q.cardTime(s, l); time < bestTime {
			best, bestTime = q, time
		}
		if 2*splits > most || s.k < 2*splits*gemmLeastShare {
			break
		}
	}
	*p = best
}

// cardTime estimates the time of the product on a graphics processor, with the pass that adds the shares.
func (p gemmPlan) cardTime(s gemmShape, l limits) float64 {
	t := p.tile
	parts := float64(p.parts())
	lanes := float64(t.LocalSizeX*t.LocalSizeY) * parts
	area, own := float64(p.rows()*p.cols()), float64(t.TM*t.TN)
	tiles := ceilDiv(s.m, p.rows()) * ceilDiv(s.n, p.cols()) * s.count
	each := ceilDiv(tiles*p.splits, l.units())
	registers := lanes * float64(4*t.TM*t.TN+8*t.TN+4*t.Fetched()+24)
	together := max(1, min(int(cardRegisters/registers), cardShared/t.SharedBytes()))

	// For one column of K of every part: what a work group asks of its unit, and how long one of its invocations takes at least.
	flops, shared := parts*area/cardFlops, lanes/32*float64(t.TM/4+t.TN)*1.5
	work := max(flops, shared) + min(flops, shared)/4 + parts*float64(p.rows()+p.cols())/64
	stream := parts * 4 * float64(p.rows()+p.cols()) / cardBytes
	chain := 4*own + 12
	depth := float64(p.share)
	if p.splits == 1 { // zeros that are left out
		depth *= p.work(s) * float64(s.count) / (area * float64(tiles))
	}
	depth /= parts
	adding := math.Log2(parts) * (2*cardBarrier + 4*own) // up the tree
	turn := func(groups int) float64 {
		g := float64(groups)
		step := float64(t.KC) * (max(g*work, g*stream, chain) + g*stream/8)
		return math.Ceil(depth/float64(t.KC))*max(step, cardLatency) + 2*cardLatency + g*4*area/cardBytes + adding
	}
	time := cardLaunch + float64(each/together)*turn(together)
	if rest := each % together; rest > 0 {
		time += turn(rest)
	}
	if p.splits > 1 {
		time += cardLaunch + 4*float64(s.m)*float64(s.n)*float64(s.count*(p.splits+1))/float64(cardBytes/4*l.units())
	}
	return time
}
