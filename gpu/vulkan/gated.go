//go:build cgo

package vulkan

import (
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// gatedPlan is how a recurrence with gates is carried out: every work group takes rows sequences through all steps of a dispatch, with
// lanes × parts invocations of vecs vec4 columns each at a time, which keep kept vec4 rows of their share of W in registers and read the
// others, turn at once. A plan of no rows means products and one pass over the batch a step.
type gatedPlan struct {
	shaders.GatedTile
	lanes             uint32
	share, kept, turn uint32
	shared            bool // what a work group holds lies in shared memory
	byAddress         bool // W and the state are read by address
	steps             int  // of a dispatch
}

// String names the plan as profiles show it.
func (p gatedPlan) String() string {
	if p.Rows == 0 {
		return "one product a step"
	}
	where := "buffers"
	if p.shared {
		where = "shared memory"
	}
	text := fmt.Sprintf("%d sequences a work group of %d×%d, state in %s", p.Rows, p.lanes, p.Parts, where)
	if p.Vecs > 1 {
		text += fmt.Sprintf(", %d vec4 at a time", p.Vecs)
	}
	if p.byAddress {
		text += ", read by address"
	}
	if p.Keep {
		text += fmt.Sprintf(", %d of %d rows of W in registers", p.kept, p.share)
	}
	return text
}

// gatedShape is what the choice of a plan depends on.
type gatedShape struct {
	n             int // units
	depth4, cols4 int // vec4 of the state and of the sums
	inputs4       int // vec4 of the state that are inputs
	gateWords     int // of a row of gates
	batch, steps  int
	stride        int  // the largest of the operands of steps·batch rows
	addressed     bool // the kernels can read by address: those of a GRU cannot, since LLVM took too long to compile them
}

// addressedPieces bounds the dispatches of a recurrence that reads by address: the driver bounds the iterations of an invocation's loops,
// of which that way has more.
const addressedPieces = 14

// flops returns the work of a step of one sequence.
func (s gatedShape) flops() float64 { return 2 * 16 * float64(s.depth4) * float64(s.cols4) }

// gatedCandidates returns a plan for each tile that suits the sizes and the device's limits, the least estimated time first. The order of a
// tile's sums depends on n and the inputs only, not on the number of steps.
func gatedCandidates(s gatedShape, l limits) []gatedPlan {
	tiles := shaders.GatedHardware
	if l.Software {
		tiles = shaders.GatedSoftware
	}
	if l.GatedTiles != nil {
		tiles = l.GatedTiles
	}
	small := len(tiles) > 1 && l.Software && s.flops()*float64(s.batch)*float64(s.steps) < rnnSmallWork
	var list []gatedPlan
	var times []float64
	for i, t := range tiles {
		p := gatedPlan{GatedTile: t, lanes: shaders.GatedSoftwareLanes, share: uint32(ceilDiv(s.depth4, int(t.Parts))), turn: 1, shared: !l.Software}
		ok := true
		if q := p.addressed(s); s.readsByAddress(q, l) {
			p = q
			ok = !slices.ContainsFunc(list, func(q gatedPlan) bool { return q.Rows == t.Rows }) // however many columns the tile has
		}
		if !l.Software {
			depth4, cols4 := uint32(s.depth4), uint32(s.cols4)
			p.kept, p.turn = t.KeptRows(depth4, cols4), t.Turn(depth4, cols4)
			p.lanes, ok = t.Lanes(depth4, cols4, uint32(l.MaxInvocations))
		}
		if ceilDiv(s.batch, int(t.Rows)) > int(l.MaxGroups[0]) {
			continue // its work groups lie in one dimension; more sequences take one product a step
		}
		if !ok || int(p.lanes*t.Parts) > l.MaxInvocations || small && t.Rows*t.Vecs > rnnSmallTile {
			continue
		}
		if t.SharedBytes(s.n, uint32(s.depth4), uint32(s.cols4)) > l.MaxSharedBytes {
			if p.shared && (i < len(tiles)-1 || t.Keep) {
				continue
			}
			p.shared = false // the last tile can do with a buffer
		}
		p.steps = p.stepsOf(s, l)
		list = append(list, p)
		times = append(times, p.time(s, l))
	}
	list = byTime(list, times)
	if !l.Software && s.n >= rnnStreamed/2 {
		list = append(list, gatedPlan{steps: 1}) // for tuning to try: W is four times as large
	}
	return list
}

// addressed returns the plan of the same tile that reads by address; it makes the same bits.
func (p gatedPlan) addressed(s gatedShape) gatedPlan {
	p.byAddress, p.turn = true, shaders.AddressedTurn(uint32(s.depth4))
	return p
}

// readsByAddress tells whether a plan that reads by address suits the kernels, the device and the tile, within addressedPieces dispatches.
func (s gatedShape) readsByAddress(p gatedPlan, l limits) bool {
	return s.addressed && l.byAddress() && p.Rows%shaders.AddressedRows == 0 && p.Parts == 1 && ceilDiv(s.steps, p.stepsOf(s, l)) <= addressedPieces
}

// time estimates the time of a step: on a processor whole tiles of sequences, weighed by how many loads feed a multiplication, on a graphics
// processor cycles.
func (p gatedPlan) time(s gatedShape, l limits) float64 {
	groups := ceilDiv(s.batch, int(p.Rows))
	passes := ceilDiv(s.cols4, int(p.lanes*p.Vecs))
	cols := float64(passes * int(p.lanes*p.Vecs) * 4)
	rows, depth := float64(p.Rows), float64(4*s.depth4)
	if l.Software {
		const processors = 2
		weight := 1 + 3/float64(4*p.Vecs) + 8/rows
		if p.byAddress {
			weight = 0.5 + 1/rows
		}
		return float64(ceilDiv(groups, processors)) * rows * cols * depth * weight
	}
	left := float64(p.share - p.kept)
	step := cardStep{
		groups: groups, invocations: int(p.lanes * p.Parts), registers: int(rnnOtherRegisters + 16*p.Vecs*p.kept),
		work: rows * cols * depth, stream: 4 * cols * depth * left / float64(p.share), waits: float64(passes) * left / float64(p.turn),
		finish: 2*rnnMeet + float64(ceilDiv(int(p.Rows)*ceilDiv(s.n, 4), int(p.lanes*p.Parts)))*(200+10*float64(int(p.Parts)*s.cols4)/float64(ceilDiv(s.n, 4))),
	}
	if !p.shared {
		step.finish *= 4
	}
	return step.time(l)
}

// stepsOf returns the number of steps of a dispatch.
func (p gatedPlan) stepsOf(s gatedShape, l limits) int {
	start := 4 + 2*ceilDiv(int(p.Rows)*s.depth4, int(p.lanes*p.Parts)) + p.products(s) // and the end
	return l.stepsInLoops(l.stepsWithin(s.flops(), rnnSoftwareFlops, s.batch, int(p.Rows), s.stride), p.turns(s), start)
}

// products returns the most iterations of the loops of a product.
func (p gatedPlan) products(s gatedShape) int {
	if p.byAddress {
		turns := s.depth4/int(p.turn) + s.depth4%int(p.turn)
		return 1 + ceilDiv(s.cols4, 4)*(2+ceilDiv(int(p.Rows), shaders.AddressedRows)*(3+turns))
	}
	return ceilDiv(s.cols4, int(p.lanes*p.Vecs)) * (2 + ceilDiv(s.depth4, int(p.Parts)))
}

// turns returns the most iterations of all loops of an invocation in a step, leaving a loop being one too.
func (p gatedPlan) turns(s gatedShape) int {
	all, rows, n4 := int(p.lanes*p.Parts), int(p.Rows), ceilDiv(s.n, 4)
	touch := 2 + ceilDiv(rows*ceilDiv(s.n, 16), 2*all) + ceilDiv(rows*ceilDiv(s.gateWords, 16), 4*all)
	inputs := 1 + ceilDiv(rows*s.inputs4, all)
	return 2 + touch + inputs + p.products(s) + 1 + ceilDiv(rows*n4, all)
}

// planGated returns how a recurrence with gates is carried out.
func (r *recorder) planGated(o gpu.Op, s gatedShape) gatedPlan {
	key := fmt.Sprintf("%s n=%d k=%d B=%d", o.Name(), s.n, 4*s.inputs4, sizeClass(s.batch))
	p := plan(r, key, s.flops()*float64(s.batch)*float64(s.steps), rnnSmallWork, o, gatedCandidates(s, r.limits))
	p.steps = max(p.steps, 1) // also of the plan without a tile
	return p
}

// gatedPack is a matrix that is laid out for the kernels: the stacked matrices of gates, and forward the input map and the bias.
type gatedPack struct {
	w, wx, bias gpu.View
	gates       int
	forward     bool
}

// packGated lays out a matrix for a plan.
func (r *recorder) packGated(m gatedPack, s gatedShape, plan gatedPlan) gpu.View {
	words := ceilDiv(4*s.cols4, 32) * 32 * 4 * s.depth4
	p := r.scratch(words)
	k := shaders.GatedPack{
		Spec: &shaders.GatedPackSpec{LocalSizeX: localSize, Forward: m.forward, HasBias: !m.bias.IsZero(), Pairs: plan.byAddress},
		Push: shaders.GatedPackPush{N: uint32(s.n), K: uint32(m.wx.Cols), Gates: uint32(m.gates), Depth4: uint32(s.depth4), Cols4: uint32(s.cols4),
			Ldw: stride(m.w), Ldwx: stride(m.wx)},
	}
	k.W, k.Push.OffW = r.in(m.w)
	k.Wx, k.Push.OffWx = r.in(m.wx)
	k.Bias, k.Push.OffBias = r.in(m.bias)
	k.P, k.Push.OffP = r.out(p)
	r.dispatch(k.Dispatch(fold(words)))
	return p
}

// held returns the memory of all work groups where it does not lie in shared memory.
func (r *recorder) held(p gatedPlan, s gatedShape) gpu.View {
	if p.shared {
		return gpu.View{}
	}
	return r.scratch(ceilDiv(s.batch, int(p.Rows)) * p.SharedBytes(s.n, uint32(s.depth4), uint32(s.cols4)) / 4)
}

// gatedFusedInput is the widest input that the kernels map themselves; wider ones are one product beforehand. On a processor it is cheaper
// to lengthen every sum than to store and load the products.
func gatedFusedInput(l limits) int {
	if l.Software {
		return 31
	}
	return 7
}

// gatedInput is what comes into a recurrence with gates from outside.
type gatedInput struct{ z, x, wx, bias gpu.View }

// Where a kernel takes pre-activations from.
const (
	sourceNone = iota
	sourceZ
	sourceX
	sourceG
)

// source says where the pre-activations come from, those with inputs narrow enough from the inputs.
func (in gatedInput) source(g gpu.View, widest int) uint32 {
	switch {
	case !in.z.IsZero() && in.z.Same(g):
		return sourceG
	case !in.z.IsZero():
		return sourceZ
	case in.x.Cols == 0 && in.bias.IsZero():
		return sourceNone
	case in.x.Cols <= widest:
		return sourceX
	case !g.IsZero():
		return sourceG
	}
	return sourceZ
}

// mapInput records X Wxᵀ + Bias for the rows of x, as pre-activations.
func (r *recorder) mapInput(z, x gpu.View, in gatedInput) error {
	return r.lower(gpu.Gemm{C: z, A: x, B: in.wx, TransB: true, Alpha: 1, Bias: in.bias})
}

// stepBack records dL/dh of one step of a recurrence that is carried out by one product a step, y = Mask∘(Delta W) + outer; Mask and outer may be
// absent.
func (r *recorder) stepBack(y, delta, w, mask, outer gpu.View) error {
	product := gpu.Gemm{C: y, A: delta, B: w, Alpha: 1}
	if mask.IsZero() && !outer.IsZero() {
		product.Beta = 1
		if err := r.lower(gpu.Copy{Y: y, X: outer}); err != nil {
			return err
		}
	}
	err := r.lower(product)
	if err != nil || mask.IsZero() {
		return err
	}
	if err = r.lower(gpu.Hadamard{Y: y, A: y, B: mask, Alpha: 1}); err == nil && !outer.IsZero() {
		err = r.lower(gpu.Scale{Y: y, X: y, Z: outer, Alpha: 1, Beta: 1})
	}
	return err
}

// outside returns the gradient of step t's state, t = 1 … steps, that arrives from outside the recurrence, of dh; absent where there is none.
func outside(dh gpu.View, lastOnly bool, t, steps, batch int) gpu.View {
	switch {
	case !lastOnly:
		return during(dh, t-1, t, batch)
	case t == steps:
		return dh
	}
	return gpu.View{}
}

// gatedChunk is the number of words of pre-activations that are made at a time where they are not kept.
const gatedChunk = 8 << 20
