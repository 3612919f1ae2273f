//go:build cgo

package vulkan

import (
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// gemmShape is what the choice of a product's kernel depends on, beside the device.
type gemmShape struct {
	m, n, k, count int
	transA, transB bool

	trapezoid, upper bool // gpu.Gemm's TrapezoidA and Upper
}

// flops returns the work of all products.
func (s gemmShape) flops() float64 {
	return 2 * float64(s.m) * float64(s.n) * float64(s.k) * float64(s.count)
}

// gemmPlan is how a product is carried out: a tile and a number of shares of K, each of share columns.
type gemmPlan struct {
	tile          shaders.GemmTile
	splits, share int
	halfDiag      bool   // the diagonal of C is halved at the end: gpu.Gram
	rule          string // "" for as many shares as split makes, else what distinguishes it: otherShares
}

// String names the plan as profiles show it.
func (p gemmPlan) String() string {
	s := fmt.Sprintf("tile %d×%d", p.rows(), p.cols())
	if parts := p.parts(); parts > 1 {
		s += fmt.Sprintf(", K in %d parts of a work group", parts)
	}
	if p.splits > 1 {
		s += fmt.Sprintf(", K in %d shares of %d", p.splits, p.share)
	}
	return s
}

// rows and cols are the size of a tile of C.
func (p gemmPlan) rows() int { return int(p.tile.LocalSizeY * p.tile.TM) }
func (p gemmPlan) cols() int { return int(p.tile.LocalSizeX * p.tile.TN * 4) }

// parts is the number of parts of a work group that share out K.
func (p gemmPlan) parts() int { return int(max(p.tile.Parts, 1)) }

const (
	// gemmShare is the longest sum that one invocation makes: rounding errors grow with it, shares fill the device, and the rows
	// of A and B that tiles have in common stay in its cache.
	gemmShare = 1024
	// gemmWhole is the longest sum that is left whole where a processor is busy with the tiles alone: a pass that adds shares would only be
	// another launch. It is as long as the stacked rows of four gates of 512 units; the error that it may have is within what
	// its length allows (package parity).
	gemmWhole = 2048
	// gemmLeastShare is the shortest share that is worth the pass that adds the shares.
	gemmLeastShare = 256
	// gemmSplitWork is the number of flops of a tile below which it is done before another launch, which adds the shares, would be.
	gemmSplitWork = 2e6
	// gemmSmallWork is the number of flops below which large tiles are not worth the time to compile them on a processor.
	gemmSmallWork = 2e7
	// gemmSmallTile is the number of rows times vec4 columns of the tiles that remain.
	gemmSmallTile = 8
	// gemmScratch bounds the words that the shares of a product take.
	gemmScratch = 16 << 20
)

// gemmCandidates returns a plan for each tile that suits the shape and the device's limits, the least estimated time first. Tile and
// number of shares depend on these only, so the order of sums is always the same on a device.
func gemmCandidates(s gemmShape, l limits) []gemmPlan {
	tiles := shaders.GemmHardware
	if l.Software {
		tiles = shaders.GemmSoftware
	}
	if l.GemmTiles != nil {
		tiles = l.GemmTiles
	}
	small := len(tiles) > 1 && l.Software && s.flops() < gemmSmallWork
	var list []gemmPlan
	var times []float64
	for _, tile := range tiles {
		if int(tile.LocalSizeX*tile.LocalSizeY*max(tile.Parts, 1)) > l.MaxInvocations || tile.Parts > l.MaxLocal[2] || small && tile.TM*tile.TN > gemmSmallTile || tile.SharedBytes() > l.MaxSharedBytes {
			continue
		}
		if tile.Addressed && (!l.byAddress() || s.trapezoid || s.upper) || !tile.Suits(s.m, s.n, s.k, s.transA, s.transB) {
			continue
		}
		p := gemmPlan{tile: tile}
		if tile.Buffers > 0 {
			p.splitOnCard(s, l)
			for _, p := range append([]gemmPlan{p}, p.otherShares(s)...) {
				list, times = append(list, p), append(times, p.cardTime(s, l))
			}
			continue
		}
		groups := ceilDiv(s.m, p.rows()) * ceilDiv(s.n, p.cols()) * s.count
		p.split(s, groups)
		time := p.time(s) * max(1, gemmFill/float64(groups*p.splits))
		for _, p := range append([]gemmPlan{p}, p.otherShares(s)...) {
			if !tile.Addressed || p.splits > 1 { // that kernel leaves all that follows the sums to gemm_reduce
				list, times = append(list, p), append(times, time)
			}
		}
	}
	return byTime(list, times)
}

// gemmFill is the number of work groups that fill a processor.
const gemmFill = 8

// split cuts K where the tiles alone do not fill the processor or the sums are very long.
func (p *gemmPlan) split(s gemmShape, groups int) {
	splits := ceilDiv(s.k, gemmShare)
	if groups >= gemmFill && s.k <= gemmWhole {
		splits = 1
	}
	if 2*float64(min(p.rows(), s.m)*min(p.cols(), s.n))*float64(s.k) >= gemmSplitWork {
		splits = max(splits, min(ceilDiv(gemmFill, groups), s.k/gemmLeastShare))
	}
	splits = min(splits, gemmScratch/max(1, s.m*s.n*s.count))
	p.cut(s.k, splits)
}

// cut cuts K into about as many shares.
func (p *gemmPlan) cut(k, splits int) {
	if splits <= 1 {
		p.splits, p.share = 1, (max(k, 1)+3)/4*4
		return
	}
	kc := int(p.tile.KC)
	p.share = ceilDiv(ceilDiv(k, splits), kc) * kc
	p.splits = ceilDiv(k, p.share)
}

// otherShares returns the plan with twice and with half as many shares of K, for tuning to choose: as far as the sums are not longer
// than gemmShare, which bounds their error, nor shorter than is worth it.
func (p gemmPlan) otherShares(s gemmShape) (list []gemmPlan) {
	if s.k < 2*gemmLeastShare {
		return nil
	}
	for _, other := range []struct {
		rule   string
		splits int
	}{{"twice the shares", 2 * p.splits}, {"half the shares", p.splits / 2}} {
		q := p
		q.rule = other.rule
		q.cut(s.k, max(other.splits, 1))
		if q.splits != p.splits && q.share <= gemmShare && (q.splits == 1 || q.share >= gemmLeastShare) && q.splits*s.m*s.n*s.count <= gemmScratch {
			list = append(list, q)
		}
	}
	return list
}

// time estimates the work on a processor in arbitrary units: the multiplications of whole tiles, weighed by what feeds one of them. In cycles
// per 8 multiplications those are the values of A that a work group has in common, the loads of B, which are gathers, and moving A into
// shared memory.
func (p gemmPlan) time(s gemmShape) float64 {
	a, b := 1/float64(4*p.tile.TN), 1/float64(p.tile.TM)
	if p.tile.Addressed {
		return p.work(s) * 1.2
	}
	if p.tile.AShared {
		return p.work(s) * (1 + 2*a + 12*b + 112/float64(p.cols()))
	}
	return p.work(s) * (1 + 6*a + 12*b)
}

// work returns the elements of C in whole tiles, each weighed by the part of K that its tile goes over.
func (p gemmPlan) work(s gemmShape) float64 {
	rows, cols := p.rows(), p.cols()
	area, across := float64(rows*cols), ceilDiv(s.n, cols)
	if !s.trapezoid && !s.upper {
		return area * float64(ceilDiv(s.m, rows)*across)
	}
	sum := 0.0
	for row := 0; row < s.m; row += rows {
		tiles, part := across, 1.0
		if s.upper {
			tiles -= min(row/cols, across)
		}
		switch {
		case s.trapezoid && s.transA:
			part = min(1, float64(row+rows)/float64(max(s.k, 1)))
		case s.trapezoid:
			part = max(0, 1-float64(row)/float64(max(s.k, 1)))
		}
		sum += float64(tiles) * part
	}
	return area * sum
}

// wideGemmTiles are the tiles for processors with many columns an invocation, and the small ones.
func wideGemmTiles() []shaders.GemmTile {
	return slices.DeleteFunc(slices.Clone(shaders.GemmSoftware), func(t shaders.GemmTile) bool { return t.TN < 4 && t.TM*t.TN > gemmSmallTile })
}

// groupFlops is the most work of one work group of a product.
func (p gemmPlan) groupFlops(m, n, k int) float64 {
	return 2 * float64(min(p.rows(), m)) * float64(min(p.cols(), n)) * float64(min(p.share, k))
}
