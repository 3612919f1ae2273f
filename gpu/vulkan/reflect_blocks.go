//go:build cgo

package vulkan

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(reflectBlocks) }

// exchanges tells whether lanes had better hand one another values than load them all.
func (l limits) exchanges() bool { return l.Software && l.SlowLoads && l.Exchange }

// blocksPlan is how rows pass through blocks of reflectors.
type blocksPlan struct {
	shaders.ReflectBlocksTile
	quads  int // vec4 of the state in shared memory, 0 where it is in a buffer
	blocks int // of a launch
}

// exchanges tells whether it is a plan for reflect_blocks_subgroup.comp.
func (p blocksPlan) exchanges() bool { return p.Own == 0 }

func (p blocksPlan) String() string {
	if p.exchanges() {
		return fmt.Sprintf("%d samples a subgroup of %d", p.Rows, p.Lanes)
	}
	where := "a buffer"
	if p.quads > 0 {
		where = "shared memory"
	}
	return fmt.Sprintf("%d samples a work group of %d, %d reflectors and %d vec4 columns each, state in %s", p.Rows, p.Lanes, p.Own, p.Vecs, where)
}

// blocksSmallWork is the number of flops below which large tiles are not worth the time to compile them on a processor.
const blocksSmallWork = 4e6

// reflectTiles are the tiles to choose from.
func (l limits) reflectTiles() []shaders.ReflectBlocksTile {
	switch {
	case l.ReflectTiles != nil:
		return l.ReflectTiles
	case l.exchanges():
		return shaders.ReflectBlocksExchange
	case l.Software:
		return shaders.ReflectBlocksSoftware
	}
	return shaders.ReflectBlocksHardware
}

// blocksTile is a tile as the recorder chooses among them.
type blocksTile struct{ shaders.ReflectBlocksTile }

func (t blocksTile) id() string     { return fmt.Sprintf("reflect_blocks %v", t.ReflectBlocksTile) }
func (t blocksTile) String() string { return t.id() }

// planBlocks is planBlocks with the tiles that the driver has not refused.
func (r *recorder) planBlocks(rows, n, m, b int) (blocksPlan, error) {
	class := fmt.Sprintf("reflect_blocks n=%d b=%d", n, b)
	l, tiles := r.limits, []blocksTile{}
	for _, t := range l.reflectTiles() {
		tiles = append(tiles, blocksTile{t})
	}
	l.ReflectTiles = []shaders.ReflectBlocksTile{}
	for _, t := range left(r, class, tiles) {
		l.ReflectTiles = append(l.ReflectTiles, t.ReflectBlocksTile)
	}
	if len(l.ReflectTiles) == 0 {
		return blocksPlan{}, r.allRefused("reflect_blocks")
	}
	p, err := planBlocks(rows, n, m, b, l)
	tile := p.ReflectBlocksTile
	if p.exchanges() {
		tile.Lanes = 0 // as it is listed
	}
	r.chosen = tileKey{class, blocksTile{tile}.id()}
	return p, err
}

// planBlocks chooses a tile for the given number of rows of n elements and blocks of b reflectors.
func planBlocks(rows, n, m, b int, l limits) (blocksPlan, error) {
	tiles := l.reflectTiles()
	small := l.Software && len(tiles) > 1 && 4*float64(rows)*float64(n)*float64(m) < blocksSmallWork
	var best blocksPlan
	least := 0.0
	for _, t := range tiles {
		if small && t.Rows > 4 || int(t.Lanes) > l.MaxInvocations {
			continue
		}
		p := blocksPlan{ReflectBlocksTile: t}
		if p.exchanges() {
			p.Lanes = uint32(l.Subgroup)
		} else if p.sharedBytes(b) > l.MaxSharedBytes {
			continue
		}
		if !l.Software {
			if p.quads = powerAbove(int(p.Rows) * ceilDiv(n, 4)); p.sharedBytes(b) > l.MaxSharedBytes {
				p.quads = 0
			}
		}
		if time := p.time(rows, l); best.Rows == 0 || time < least {
			best, least = p, time
		}
	}
	if best.Rows == 0 {
		return best, &gpu.Error{Op: "reflect_blocks", Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf(
			"blocks of %d reflectors: no tile fits %d invocations and %d bytes of shared memory", b, l.MaxInvocations, l.MaxSharedBytes)}
	}
	best.blocks = best.blocksOf(rows, n, b, l)
	return best, nil
}

// sharedBytes returns the shared memory of a work group.
func (p blocksPlan) sharedBytes(b int) int {
	k := shaders.ReflectBlocks{Spec: p.spec(b)}
	d := k.Dispatch(1, 1, 1)
	return d.Kernel.SharedBytesFor(d.Spec)
}

func (p blocksPlan) spec(b int) *shaders.ReflectBlocksSpec {
	return &shaders.ReflectBlocksSpec{LocalSizeX: p.Lanes, TM: p.Rows, TN: p.Vecs, Parts: p.Parts(b), Block: uint32(b), StateQuads: uint32(p.quads), Depth: p.Depth, Turn: p.Turn}
}

// time estimates the time in arbitrary units: turns of the device's processors, each of the samples and of loading the reflectors;
// twice that where a graphics processor has the state in a buffer.
func (p blocksPlan) time(rows int, l limits) float64 {
	processors, load, far := l.units(), 8, 1
	switch {
	case l.Software:
		processors, load = 2, 16
	case p.quads == 0:
		far = 2
	}
	return float64(ceilDiv(ceilDiv(rows, int(p.Rows)), processors) * (int(p.Rows) + load) * far)
}

// blocksOf returns the number of blocks that keep a launch near 100 ms, and its loops within what the driver can count.
func (p blocksPlan) blocksOf(rows, n, b int, l limits) int {
	most := l.dispatchFlops(rnnSoftwareFlops) / (4 * float64(rows) * float64(n) * float64(b))
	n4, b4, lanes := ceilDiv(n, 4), b/4, int(p.Lanes)
	if p.exchanges() {
		chunks, turns := ceilDiv(n4, lanes), 8+max(b4, lanes)
		return max(1, int(min(most, float64(l.MaxLoop-2*chunks)/float64((2*chunks+1)*turns))))
	}
	turns := 8 + ceilDiv(n4, int(p.Parts(b))) + ceilDiv(int(p.Rows)*b4, lanes) + ceilDiv(b4, min(lanes, b4))*(b4+1) + ceilDiv(n4, lanes*int(p.Vecs))*(b4+1)
	most = min(most, float64(l.MaxLoop-2*ceilDiv(n4, lanes))/float64(turns))
	return max(1, int(most))
}

func reflectBlocks(r *recorder, o gpu.ReflectBlocks) error {
	rows, n, m := o.X.Rows, o.X.Cols, o.U.Rows
	if rows*n == 0 {
		return nil
	}
	if m == 0 {
		if o.Y.Same(o.X) {
			return nil
		}
		return r.lower(gpu.Copy{Y: o.Y, X: o.X})
	}
	p, err := r.planBlocks(rows, n, m, o.A.Cols)
	if err != nil {
		return err
	}
	r.note("%v", p)
	pass := blocksPass{plan: p, x: o.X, y: o.Y, u: o.U, a: o.A, rows: rows, transpose: o.Transpose}
	if p.quads == 0 {
		if pass.state = o.Y; !wideRows(o.Y) {
			pass.state = r.scratch(rows*4*ceilDiv(n, 4)).Reshape(rows, 4*ceilDiv(n, 4))
		}
	}
	r.passBlocks(pass)
	return nil
}

// blocksPass takes rows through all blocks: those of x, then those of dy, which may be absent.
type blocksPass struct {
	plan            blocksPlan
	x, dy, u, a, y  gpu.View
	state           gpu.View // zero where it is in shared memory
	history, coeffs gpu.View // zero unless they are wanted
	rows            int
	transpose       bool
}

// passBlocks launches the kernel, several times where one launch would take too long.
func (r *recorder) passBlocks(p blocksPass) {
	m, b := p.u.Rows, p.a.Cols
	total := ceilDiv(m, b)
	for first := 0; first < total; first += p.plan.blocks {
		x, dy := p.x, p.dy
		begin := first == 0 && !p.state.Same(p.x) || p.plan.quads > 0
		end := first+p.plan.blocks >= total && !p.state.Same(p.y) || p.plan.quads > 0
		if first > 0 && p.plan.quads > 0 {
			x = p.y
		}
		spec := p.plan.spec(b)
		spec.Transpose, spec.History = p.transpose, !p.history.IsZero()
		spec.Vec = wideRows(x, p.u, p.y, p.a) && (dy.IsZero() || wideRows(dy))
		k := shaders.ReflectBlocks{Spec: spec, Push: shaders.ReflectBlocksPush{
			Rows: uint32(p.rows), HalfRows: uint32(p.x.Rows), N: uint32(p.u.Cols), M: uint32(m),
			First: uint32(first), Blocks: uint32(min(p.plan.blocks, total-first)), Total: uint32(total), CopyIn: flag(begin), CopyOut: flag(end),
			StrideX: stride(x), StrideDy: stride(dy), StrideU: stride(p.u), StrideA: stride(p.a), StrideS: stride(p.state), StrideY: stride(p.y),
		}}
		var off uint32
		k.X, k.Push.OffX = r.in(x)
		k.DY, k.Push.OffDy = r.in(dy)
		k.U, k.Push.OffU = r.in(p.u)
		k.A, k.Push.OffA = r.in(p.a)
		k.S, off = r.inOut(p.state)
		k.Push.OffS = off / 4
		k.Y, k.Push.OffY = r.out(p.y)
		k.H, off = r.out(p.history)
		k.Push.OffH = off / 4
		k.E, off = r.out(p.coeffs)
		k.Push.OffE = off / 4
		groups := ceilDiv(p.rows, int(p.plan.Rows))
		if !p.plan.exchanges() {
			r.dispatch(k.Dispatch(foldGroups(groups)))
			continue
		}
		exchanging := shaders.ReflectBlocksSubgroup{
			Spec: &shaders.ReflectBlocksSubgroupSpec{
				LocalSizeX: p.plan.Lanes, TM: p.plan.Rows, Block: uint32(b), Transpose: spec.Transpose, History: spec.History, Vec: spec.Vec,
			},
			Push: shaders.ReflectBlocksSubgroupPush(k.Push),
			X:    k.X, DY: k.DY, U: k.U, A: k.A, S: k.S, Y: k.Y, H: k.H, E: k.E,
		}
		r.dispatch(exchanging.Dispatch(foldGroups(groups)))
	}
}

// flag is 1 for true.
func flag(on bool) uint32 {
	if on {
		return 1
	}
	return 0
}
