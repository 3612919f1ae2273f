//go:build cgo

package vulkan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// rnnPlan is how a recurrence is carried out: every work group takes rows sequences through all steps of a dispatch, with lanes ×
// parts invocations of vecs vec4 columns each, which keep kept vec4 rows of their share of W in registers and read the others, turn at once. A plan of no rows means one product a step, where the state of even a few
// sequences does not fit into shared memory.
type rnnPlan struct {
	rows, vecs, lanes, parts uint32
	share                    uint32 // vec4 rows of W of an invocation
	keep                     bool
	kept, turn               uint32
	steps                    int // of a dispatch
}

// String names the plan as profiles show it.
func (p rnnPlan) String() string {
	if p.rows == 0 {
		return "one product a step"
	}
	text := fmt.Sprintf("%d sequences a work group of %d×%d", p.rows, p.lanes, p.parts)
	if p.keep {
		text += fmt.Sprintf(", %d of %d rows of W in registers", p.kept, p.share)
	}
	return text
}

// The most work of a dispatch, in flops, so that it takes about 100 ms: on a processor, on a graphics processor, which may be slower still
// (watchdog.go), and in one work group of it.
const (
	rnnSoftwareFlops = 8e9
	rnnHardwareFlops = 20e9
	rnnGroupFlops    = 5e9
)

// rnnStreamed is the size of the state from which W fits no cache near a processor's units, so that one product a step, which reads it once,
// may be the faster on a graphics processor. On lavapipe it is not, for n up to 1,024.
const rnnStreamed = 1024

// rnnSmallWork is the number of flops below which large tiles are not worth the time to compile them on a processor.
const rnnSmallWork = 1e8

// rnnSmallTile is the number of sequences times vec4 columns of the tiles that remain.
const rnnSmallTile = 8

// rnnCandidates returns a plan for each tile that suits the sizes and the device's limits, the least estimated time first. stride is
// the largest stride of the operands of steps·batch rows. The order of a tile's sums depends on n only, not on the number of steps.
func rnnCandidates(n, batch, steps, stride int, l limits) []rnnPlan {
	tiles := shaders.RNNHardware
	if l.Software {
		tiles = shaders.RNNSoftware
	}
	if l.RNNTiles != nil {
		tiles = l.RNNTiles
	}
	small := len(tiles) > 1 && l.Software && rnnFlops(n, batch, steps) < rnnSmallWork
	var list []rnnPlan
	var times []float64
	for _, t := range tiles {
		p := rnnPlan{rows: t.Rows, vecs: t.Vecs, parts: t.Parts, keep: t.Keep, share: uint32(ceilDiv(ceilDiv(n, 4), int(t.Parts))), kept: t.KeptRows(n), turn: t.Turn(n)}
		lanes, ok := t.Lanes(n)
		if p.lanes = lanes; !ok || int(lanes*t.Parts) > l.MaxInvocations || small && t.Rows*t.Vecs > rnnSmallTile {
			continue
		}
		if p.sharedBytes(n) > l.MaxSharedBytes {
			continue
		}
		p.steps = p.stepsOf(n, batch, stride, l)
		list = append(list, p)
		times = append(times, p.time(n, batch, l))
	}
	list = byTime(list, times)
	if !l.Software && n >= cmp.Or(l.RNNStreamed, rnnStreamed) {
		list = slices.Insert(list, min(1, len(list)), rnnPlan{steps: 1}) // for tuning to try before others
	}
	return list
}

// rnnFlops returns the work of the time steps.
func rnnFlops(n, batch, steps int) float64 {
	return 2 * float64(n) * float64(n) * float64(batch) * float64(steps)
}

// sharedBytes returns the shared memory of a work group.
func (p rnnPlan) sharedBytes(n int) int {
	k := shaders.RNNForward{Spec: &shaders.RNNForwardSpec{LocalSizeX: p.lanes, LocalSizeY: p.parts, TM: p.rows, TN: p.vecs, N: uint32(n)}}
	d := k.Dispatch(1, 1, 1)
	return d.Kernel.SharedBytesFor(d.Spec)
}

// time estimates the time of a step, in cycles on a graphics processor: whole tiles of sequences, weighed by how many loads feed a multiplication.
func (p rnnPlan) time(n, batch int, l limits) float64 {
	groups := ceilDiv(batch, int(p.rows))
	cols := float64(p.lanes * p.vecs * 4)
	if l.Software {
		const processors, cached = 2, 64
		weight := 1 + 3/float64(4*p.vecs) + 8/float64(p.rows)
		if p.rows*p.vecs > cached { // the sums of 8 lanes outgrow the nearest cache
			weight *= 1.14
		}
		return float64(ceilDiv(groups, processors)) * float64(p.rows) * cols * float64(n) * weight
	}
	left := float64(p.share - p.kept)
	return cardStep{
		groups: groups, invocations: int(p.lanes * p.parts), registers: int(rnnOtherRegisters + 16*p.vecs*p.kept),
		work: float64(p.rows) * cols * float64(n), stream: 4 * cols * float64(n) * left / float64(p.share), waits: left / float64(p.turn),
		finish: rnnMeet*2 + 40*float64(p.parts) + 60*float64(ceilDiv(int(p.rows*p.vecs), int(p.parts))),
	}.time(l)
}

// cardStep is what a time step of a recurrence asks of a graphics processor.
type cardStep struct {
	groups, invocations int     // work groups, and the invocations of one
	registers           int     // words of an invocation
	work, stream        float64 // multiply-adds of a work group, and bytes of W that it reads
	waits               float64 // loads one after the other
	finish              float64 // cycles that a work group spends on what is not the product, its barriers above all
}

const (
	rnnOtherRegisters = 48  // of an invocation beside those that hold W
	rnnMeet           = 100 // cycles of a barrier of a work group
	rnnLoad           = 500 // cycles of a load of W
)

// time estimates the cycles. What work groups on one unit have to share is added up: multiplications and bytes of W. Waiting for loads and for one another
// overlaps among those that fit a unit at the same time.
func (s cardStep) time(l limits) float64 {
	together := max(1, cardRegisters/(s.invocations*s.registers))
	each := ceilDiv(s.groups, l.units())
	turns := ceilDiv(each, together)
	return float64(each)*s.work/cardFlops + max(float64(each)*s.stream/cardBytes, float64(turns)*s.waits*rnnLoad) + float64(turns)*s.finish
}

// units returns the units (multiprocessors, compute units) of a graphics processor: as it says, or those of a middling one.
func (l limits) units() int {
	if l.Units > 0 {
		return l.Units
	}
	return 32
}

// stepsOf returns the number of steps of a dispatch.
func (p rnnPlan) stepsOf(n, batch, stride int, l limits) int {
	steps := l.stepsWithin(2*float64(n)*float64(n), rnnSoftwareFlops, batch, int(p.rows), stride)
	return l.stepsInLoops(steps, p.turns(n), int(p.rows)*p.turns(n))
}

// stepsWithin returns the number of steps that keep a dispatch near 100 ms and its operands within what a kernel can see: flops are
// those of a step of one sequence, most those of a dispatch on a processor, rows the sequences of a work group and stride the
// largest of the operands of steps·batch rows.
func (l limits) stepsWithin(flops, most float64, batch, rows, stride int) float64 {
	steps := l.dispatchFlops(most) / (flops * float64(batch))
	if !l.Software {
		steps = min(steps, l.groupFlops()/(flops*float64(rows)))
	}
	if words := float64(l.MaxRange-memoryAlign) / 4; steps*float64(batch*stride) > words {
		steps = words / float64(batch*stride)
	}
	return steps
}

// stepsInLoops bounds a number of steps by the iterations that an invocation may make: turns in a step and start before the first.
func (l limits) stepsInLoops(steps float64, turns, start int) int {
	return max(1, int(min(steps, float64(l.MaxLoop-start)/float64(turns)))-1)
}

// turns returns the most iterations of all loops of an invocation in a step: over the lines of memory that are touched, over the
// columns of the state, and over the rows that it finishes, up to 4 at once, for each of its columns.
func (p rnnPlan) turns(n int) int {
	own := ceilDiv(int(p.rows), int(p.parts))
	finish := own
	if own%4 == 0 {
		finish = own / 4
	} else if own%2 == 0 {
		finish = own / 2
	}
	touch := ceilDiv(int(p.rows)*ceilDiv(n, 16), 4*int(p.lanes*p.parts))
	return 2 + touch + ceilDiv(ceilDiv(n, 4), int(p.parts)) + int(p.vecs)*finish
}

// packRNN lays out W (or Wᵀ) for the kernels, with Wx and the bias as further rows where wx is given, and the units' parameters where they are.
func (r *recorder) packRNN(w gpu.View, transpose bool, wx, bias, unit gpu.View) gpu.View {
	n, k := w.Cols, wx.Cols
	rows, pitch := ceilDiv(n, 4)*4, ceilDiv(n, 32)*32
	if k > 0 {
		rows += k + 1
	}
	rows += unit.Rows
	p := r.scratch(rows * pitch)
	g := shaders.RNNPack{
		Spec: &shaders.RNNPackSpec{LocalSizeX: localSize, Transpose: transpose},
		Push: shaders.RNNPackPush{N: uint32(n), K: uint32(k), HasBias: uint32(bias.Rows), HasUnit: uint32(unit.Rows), Ldw: stride(w), Ldwx: stride(wx)},
	}
	g.W, g.Push.OffW = r.in(w)
	g.Wx, g.Push.OffWx = r.in(wx)
	g.Bias, g.Push.OffBias = r.in(bias)
	g.Unit, g.Push.OffUnit = r.in(unit)
	g.P, g.Push.OffP = r.out(p)
	r.dispatch(g.Dispatch(fold(rows * pitch)))
	return p
}

// wideRNNTiles are the tiles for processors with many columns an invocation, and the small ones.
func wideRNNTiles() []shaders.RNNTile {
	return slices.DeleteFunc(slices.Clone(shaders.RNNSoftware), func(t shaders.RNNTile) bool { return t.Vecs < 4 && t.Rows*t.Vecs > rnnSmallTile })
}

// during returns the rows of the steps lo … hi−1 of an operand with b rows a step, which may be absent.
func during(v gpu.View, lo, hi, b int) gpu.View {
	if v.IsZero() {
		return v
	}
	return v.RowRange(lo*b, hi*b)
}
