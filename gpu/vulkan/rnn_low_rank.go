//go:build cgo

package vulkan

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// lowRankPlan is how a recurrence with W as diagonal plus low rank is carried out: every work group takes rows sequences through all
// steps of a dispatch.
type lowRankPlan struct {
	shaders.LowRankTile
	r4                    int // vec4 of the coefficients
	keptA, keptB, sharers uint32
	shareA, shareB        uint32 // vec4 rows of the factors of an invocation
	shared                bool   // the state lies in shared memory
	steps                 int    // of a dispatch
}

// String names the plan as profiles show it.
func (p lowRankPlan) String() string {
	where := "buffers"
	if p.shared {
		where = "shared memory"
	}
	text := fmt.Sprintf("%d sequences a work group of %d×%d, state in %s", p.Rows, p.Lanes, p.Parts, where)
	if p.Keep {
		text += fmt.Sprintf(", %d and %d of %d and %d rows of the factors in registers", p.keptA, p.keptB, p.shareA, p.shareB)
	}
	return text
}

// lowRankCandidates returns a plan for each tile that suits the sizes and the device's limits, the least estimated time first. stride is
// the largest stride of the operands of steps·batch rows. The order of a tile's sums depends on n and the rank only.
func lowRankCandidates(n, rank, batch, steps, stride int, l limits) []lowRankPlan {
	tiles := shaders.LowRankHardware
	if l.Software {
		tiles = shaders.LowRankSoftware
	}
	if l.LowRankTiles != nil {
		tiles = l.LowRankTiles
	}
	r4 := max(1, ceilDiv(rank, 4))
	small := len(tiles) > 1 && l.Software && lowRankFlops(n, rank)*float64(batch)*float64(steps) < rnnSmallWork
	var list []lowRankPlan
	var times []float64
	for i, t := range tiles {
		p := lowRankPlan{LowRankTile: t.ForRank(r4), r4: r4, shared: !l.Software}
		n4, rank4 := uint32(ceilDiv(n, 4)), uint32(r4)
		p.sharers = p.Sharers(n4, rank4)
		p.keptA, p.keptB, p.shareA, p.shareB = p.Kept(n4, rank4)
		if p.Keep && p.keptA+p.keptB == 0 || int(p.Lanes*p.Parts) > l.MaxInvocations {
			continue
		}
		if small && t.Rows > rnnSmallTile {
			continue // not worth the time to compile it
		}
		if p.sharedBytes(n) > l.MaxSharedBytes {
			if i < len(tiles)-1 {
				continue
			}
			p.shared = false // the last tile can do with the state in its buffer
		}
		if p.sharedBytes(n) > l.MaxSharedBytes {
			continue
		}
		p.steps = p.stepsOf(n, rank, batch, stride, l)
		list, times = append(list, p), append(times, p.time(n, batch, l))
	}
	return byTime(list, times)
}

// lowRankFlops returns the work of a time step for one sequence.
func lowRankFlops(n, rank int) float64 { return 2 * float64(n) * float64(2*rank+1) }

// sharedBytes returns the shared memory of a work group.
func (p lowRankPlan) sharedBytes(n int) int {
	k := shaders.RNNLowRankForward{Spec: &shaders.RNNLowRankForwardSpec{LocalSizeX: p.Lanes, LocalSizeY: p.Parts, TM: p.Rows, TN: p.Vecs,
		N: uint32(n), R4: uint32(p.r4), SharedState: p.shared, Sharers: p.sharers}}
	d := k.Dispatch(1, 1, 1)
	return d.Kernel.SharedBytesFor(d.Spec)
}

// time estimates the time of a step: on a processor in arbitrary units, whole tiles of sequences, each with what it costs to load the factors, and on a
// graphics processor in cycles.
func (p lowRankPlan) time(n, batch int, l limits) float64 {
	groups := ceilDiv(batch, int(p.Rows))
	if l.Software {
		const processors = 2
		return float64(ceilDiv(groups, processors)) * (float64(p.Rows) + 8)
	}
	all := p.Lanes * p.Parts
	passesA, passesB := float64(ceilDiv(p.r4, int(p.Lanes))), float64(ceilDiv(ceilDiv(n, 4), int(all/p.sharers*p.Vecs)))
	rowsA, rowsB := passesA*float64(p.shareA), passesB*float64(p.shareB*p.Vecs)
	leftA, leftB := passesA*float64(p.shareA-p.keptA), passesB*float64(p.shareB-p.keptB)
	meets := 2 + len(p.tree())
	if p.sharers > 1 {
		meets++
	}
	added := 0
	for _, parts := range p.tree() {
		added += parts
	}
	return cardStep{
		groups: groups, invocations: int(all), registers: int(rnnOtherRegisters + 16*(p.keptA+p.keptB*p.Vecs)),
		work: 16 * float64(p.Rows*all) * (rowsA + rowsB), stream: 64 * float64(all) * (leftA + leftB*float64(p.Vecs)), waits: leftA + leftB,
		finish: float64(meets)*rnnMeet + 10*float64(added+int(p.sharers)) + 60*passesB*float64(ceilDiv(int(p.Rows*p.Vecs), int(p.sharers))),
	}.time(l)
}

// lowRankFan is the number of parts of a sum that are added at once.
const lowRankFan = 8

// tree returns how many parts are added at each level of the tree that adds the parts of the coefficients.
func (p lowRankPlan) tree() (levels []int) {
	for left := int(p.Parts); left > 1; left = ceilDiv(left, lowRankFan) {
		levels = append(levels, min(left, lowRankFan))
	}
	return levels
}

// stepsOf returns the number of steps of a dispatch.
func (p lowRankPlan) stepsOf(n, rank, batch, stride int, l limits) int {
	start := 1 + ceilDiv(int(p.Rows)*ceilDiv(n, 4), int(p.Lanes*p.Parts)) // where the state is kept apart from the states
	return l.stepsInLoops(l.stepsWithin(lowRankFlops(n, rank), rnnSoftwareFlops/2, batch, int(p.Rows), stride), p.turns(n), start)
}

// turns returns the most iterations of all loops of an invocation in a step, leaving a loop being one too, and a few more.
func (p lowRankPlan) turns(n int) int {
	n4, all, rows := ceilDiv(n, 4), int(p.Lanes*p.Parts), int(p.Rows)
	atOnce := 1
	for atOnce < 4 && rows%(2*atOnce) == 0 {
		atOnce *= 2
	}
	keep := 1 + ceilDiv(rows*p.r4, all)
	reduce := 1 + ceilDiv(p.r4, int(p.Lanes))*(2+ceilDiv(n4, int(p.Parts)))
	parts := int(p.Parts)
	for range p.tree() {
		parts = ceilDiv(parts, lowRankFan)
		reduce += 2 + ceilDiv(rows*p.r4*parts, all)*(1+lowRankFan)
	}
	expand := 1 + ceilDiv(n4, all/int(p.sharers)*int(p.Vecs))*(2+p.r4+int(p.Vecs)*(1+rows/atOnce))
	touch := 1 + ceilDiv(rows*ceilDiv(n, 16), 4*all)
	return 8 + touch + reduce + keep + expand
}

// packLowRank lays out the factors for the kernels: reduce is the matrix that makes the coefficients and expand the one that they
// multiply (r × n each); wx and the bias follow with extras, and the units' parameters where they are given.
func (r *recorder) packLowRank(plan lowRankPlan, reduce, expand, d gpu.View, extras bool, wx, bias, unit gpu.View) gpu.View {
	n, rank := d.Cols, 4*plan.r4
	pitch := ceilDiv(n, 32) * 32
	words := ceilDiv(n, 4)*4*rank + pitch*rank + pitch*(1+unit.Rows)
	hasExtras := uint32(0)
	if extras {
		hasExtras = 1
		words += pitch * (wx.Cols + 1)
	}
	p := r.scratch(words)
	k := shaders.RNNLowRankPack{
		Spec: &shaders.RNNLowRankPackSpec{LocalSizeX: localSize},
		Push: shaders.RNNLowRankPackPush{N: uint32(n), R: uint32(reduce.Rows), R4: uint32(plan.r4), Inputs: uint32(wx.Cols), Extras: hasExtras, HasBias: uint32(bias.Rows), HasUnit: uint32(unit.Rows),
			Ldm: stride(reduce), Ldk: stride(expand), Ldwx: stride(wx)},
	}
	k.M, k.Push.OffM = r.in(reduce)
	k.K, k.Push.OffK = r.in(expand)
	k.D, k.Push.OffD = r.in(d)
	k.Wx, k.Push.OffWx = r.in(wx)
	k.Bias, k.Push.OffBias = r.in(bias)
	k.Unit, k.Push.OffUnit = r.in(unit)
	k.P, k.Push.OffP = r.out(p)
	r.dispatch(k.Dispatch(fold(words)))
	return p
}
