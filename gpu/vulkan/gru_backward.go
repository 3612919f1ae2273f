//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(gruBackward)
	implementTrial(gruBackwardTrial)
}

// gruBackward records back-propagation through time: a copy of W in the kernel's layout, and the time steps, last ones first, in as few
// dispatches as the device's limits allow.
func gruBackward(r *recorder, o gpu.GRUBackward) error {
	n := o.Hidden()
	if o.B == 0 || n == 0 {
		return nil
	}
	if o.T == 0 {
		return r.fillOptional(o.DH0)
	}
	s := gruBackwardShape(o)
	plan := r.planGated(o, s)
	r.note("%v", plan)
	if plan.Rows == 0 {
		return r.gruBackwardSteps(o)
	}
	var dc gpu.View // what is carried from one dispatch to the next
	if plan.steps < o.T {
		dc = r.scratch(o.B*n).Reshape(o.B, n)
	}
	p, held := r.packGated(gatedPack{w: o.W, gates: gruGates}, s, plan), r.held(plan, s)
	for hi := o.T; hi > 0; hi -= plan.steps {
		r.gruBackwardPart(o, plan, s, p, held, dc, max(0, hi-plan.steps), hi)
	}
	return nil
}

func gruBackwardShape(o gpu.GRUBackward) gatedShape {
	n4 := ceilDiv(o.Hidden(), 4)
	return gatedShape{n: o.Hidden(), depth4: gruGates * n4, cols4: n4, gateWords: (gruGates + 1) * o.Hidden(), batch: o.B, steps: o.T,
		stride: max(o.G.Stride, o.H.Stride, o.DH.Stride, o.DZ.Stride)}
}

// gruBackwardPart launches the kernel for the steps lo+1 … hi of o.
func (r *recorder) gruBackwardPart(o gpu.GRUBackward, plan gatedPlan, s gatedShape, p, held, dc gpu.View, lo, hi int) {
	resume := min(1, o.T-hi)
	inPlace := o.DZ.Same(o.G)
	g, h, dh, dh0, dz := during(o.G, lo, hi, o.B), during(o.H, lo, hi, o.B), o.DH, o.DH0, during(o.DZ, lo, hi+resume, o.B)
	if inPlace {
		g = gpu.View{}
	}
	if !o.LastOnly() {
		dh = during(dh, lo, hi, o.B)
	}
	if lo > 0 {
		dh0 = gpu.View{}
	}
	k := shaders.GRUBackward{
		Spec: &shaders.GRUBackwardSpec{
			LocalSizeX: plan.lanes, LocalSizeY: plan.Parts, TM: plan.Rows, TN: plan.Vecs, N: uint32(s.n), SharedState: plan.shared, Keep: plan.kept, Turn: plan.turn,
			LastOnly: o.LastOnly(), INPlace: inPlace, WithDC: lo > 0, WithDh0: !dh0.IsZero(), Touch: r.limits.Software,
			Vec:    s.n%4 == 0 && aligned(g, 0) && aligned(h, 0) && aligned(dh, 0) && aligned(dz, 0) && aligned(dc, 0) && aligned(dh0, 0) && aligned(o.Mask, 0),
			Masked: !o.Mask.IsZero(),
		},
		Push: shaders.GRUBackwardPush{Batch: uint32(o.B), Steps: uint32(hi - lo), Resume: uint32(resume),
			Ldg: stride(g), Ldh: stride(h), Lddh: stride(dh), Lddz: stride(dz), Lddc: stride(dc), Lddh0: stride(dh0), Ldm: stride(o.Mask)},
	}
	k.P, k.Push.OffP = r.in(p)
	k.S, k.Push.OffS = r.inOut(held)
	k.G, k.Push.OffG = r.in(g)
	k.H, k.Push.OffH = r.in(h)
	k.DH, k.Push.OffDh = r.in(dh)
	k.DZ, k.Push.OffDz = r.inOut(dz)
	k.DC, k.Push.OffDc = r.inOut(dc)
	k.Dh0, k.Push.OffDh0 = r.out(dh0)
	k.Mask, k.Push.OffMask = r.in(o.Mask)
	r.dispatch(k.Dispatch(uint32(ceilDiv(o.B, int(plan.Rows))), 1, 1))
}

// gruBackwardSteps records one product and one pass over the batch for each step.
func (r *recorder) gruBackwardSteps(o gpu.GRUBackward) error {
	n := o.Hidden()
	sum, dc := r.scratch(o.B*n).Reshape(o.B, n), r.scratch(o.B*n).Reshape(o.B, n)
	dp := r.scratch(o.B*gruGates*n).Reshape(o.B, gruGates*n)
	err := r.lower(gpu.Fill{Y: dc})
	for t := o.T; t > 0 && err == nil; t-- {
		dh := outside(o.DH, o.LastOnly(), t, o.T, o.B)
		if t < o.T {
			err = r.stepBack(sum, dp, o.W, o.Mask, dh)
			dh = sum
		}
		r.gruBackwardStep(during(o.G, t-1, t, o.B), during(o.H, t-1, t, o.B), dh, dc, during(o.DZ, t-1, t, o.B), dp)
	}
	if err == nil && !o.DH0.IsZero() {
		err = r.stepBack(o.DH0, dp, o.W, o.Mask, dc)
	}
	return err
}

// gruBackwardStep makes δ of one step, and what is carried on.
func (r *recorder) gruBackwardStep(g, before, dh, dc, dz, dp gpu.View) {
	w := windowOf(dc).byRow(dc)
	w.wide = dc.Cols%4 == 0 && wideRows(g, before, dh, dc, dz, dp)
	k := shaders.GRUBackwardStep{
		Spec: &shaders.GRUBackwardStepSpec{LocalSizeX: localSize, Wide: w.wide},
		Push: shaders.GRUBackwardStepPush{Rows: uint32(dc.Rows), Cols: uint32(dc.Cols), StrideG: stride(g), StrideBefore: stride(before), StrideDh: stride(dh),
			StrideDc: stride(dc), StrideDz: stride(dz), StrideDp: stride(dp)},
	}
	k.G, k.Push.OffG = r.in(g)
	k.Before, k.Push.OffBefore = r.in(before)
	k.DH, k.Push.OffDh = r.in(dh)
	k.DC, k.Push.OffDc = r.inOut(dc)
	k.DZ, k.Push.OffDz = r.out(dz)
	k.DP, k.Push.OffDp = r.out(dp)
	r.dispatch(k.Dispatch(w.grid()))
}

// gruBackwardTrial is the operation shortened.
func gruBackwardTrial(t *trial, o gpu.GRUBackward, flops float64) gpu.GRUBackward {
	n := o.Hidden()
	c := gpu.GRUBackward{T: trialSteps(o.T, gruBackwardShape(o).flops()*float64(o.B), flops), B: o.B}
	rows := c.T * o.B
	c.W, c.G, c.H, c.DH0 = t.view(o.W, gruGates*n, n, 0), t.view(o.G, rows, (gruGates+1)*n, 0), t.view(o.H, rows+o.B, n, 0), t.view(o.DH0, o.B, n, 0)
	c.DZ = c.G
	if !o.DZ.Same(o.G) {
		c.DZ = t.view(o.DZ, rows, (gruGates+1)*n, 0)
	}
	given := rows
	if o.LastOnly() {
		given = o.B
	}
	c.DH, c.Mask = t.view(o.DH, given, n, 0), t.view(o.Mask, o.B, n, 0)
	return c
}
