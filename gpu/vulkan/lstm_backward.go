//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(lstmBackward)
	implementTrial(lstmBackwardTrial)
}

// lstmBackward records back-propagation through time: a copy of W in the kernel's layout, and the time steps, last ones first, in as few
// dispatches as the device's limits allow.
func lstmBackward(r *recorder, o gpu.LSTMBackward) error {
	n := o.Hidden()
	if o.B == 0 || n == 0 {
		return nil
	}
	if o.T == 0 {
		if err := r.fillOptional(o.DH0); err != nil {
			return err
		}
		return r.fillOptional(o.DC0)
	}
	s := lstmBackwardShape(o)
	plan := r.planGated(o, s)
	r.note("%v", plan)
	dc := o.DC0
	if dc.IsZero() && (plan.Rows == 0 || plan.steps < o.T) {
		dc = r.scratch(o.B*n).Reshape(o.B, n)
	}
	if plan.Rows == 0 {
		return r.lstmBackwardSteps(o, dc)
	}
	p, held := r.packGated(gatedPack{w: o.W, gates: lstmGates}, s, plan), r.held(plan, s)
	for hi := o.T; hi > 0; hi -= plan.steps {
		lo := max(0, hi-plan.steps)
		if lo == 0 {
			dc = o.DC0
		}
		r.lstmBackwardPart(o, plan, s, p, held, dc, lo, hi)
	}
	return nil
}

func lstmBackwardShape(o gpu.LSTMBackward) gatedShape {
	n4 := ceilDiv(o.Hidden(), 4)
	return gatedShape{n: o.Hidden(), depth4: lstmGates * n4, cols4: n4, gateWords: lstmGates * o.Hidden(), batch: o.B, steps: o.T, addressed: true,
		stride: max(o.G.Stride, o.C.Stride, o.DH.Stride, o.DZ.Stride)}
}

// lstmBackwardPart launches the kernel for the steps lo+1 … hi of o. dc is where dc of the step after comes from, and where it goes.
func (r *recorder) lstmBackwardPart(o gpu.LSTMBackward, plan gatedPlan, s gatedShape, p, held, dc gpu.View, lo, hi int) {
	resume := min(1, o.T-hi)
	inPlace := o.DZ.Same(o.G)
	g, c, dh, dh0, dz := during(o.G, lo, hi, o.B), during(o.C, lo, hi+1, o.B), o.DH, o.DH0, during(o.DZ, lo, hi+resume, o.B)
	if inPlace {
		g = gpu.View{}
	}
	if !o.LastOnly() {
		dh = during(dh, lo, hi, o.B)
	}
	if lo > 0 {
		dh0 = gpu.View{}
	}
	k := shaders.LSTMBackward{
		Spec: &shaders.LSTMBackwardSpec{
			LocalSizeX: plan.lanes, LocalSizeY: plan.Parts, TM: plan.Rows, TN: plan.Vecs, N: uint32(s.n), SharedState: plan.shared, Keep: plan.kept, Turn: plan.turn, BYAddress: plan.byAddress,
			LastOnly: o.LastOnly(), INPlace: inPlace, WithDC: !dc.IsZero(), WithDh0: !dh0.IsZero(), Touch: r.limits.Software,
			Vec:    s.n%4 == 0 && aligned(g, 0) && aligned(c, 0) && aligned(dh, 0) && aligned(dz, 0) && aligned(dc, 0) && aligned(dh0, 0) && aligned(o.Mask, 0),
			Masked: !o.Mask.IsZero(),
		},
		Push: shaders.LSTMBackwardPush{Batch: uint32(o.B), Steps: uint32(hi - lo), Resume: uint32(resume),
			Ldg: stride(g), Ldc: stride(c), Lddh: stride(dh), Lddz: stride(dz), Lddc: stride(dc), Lddh0: stride(dh0), Ldm: stride(o.Mask)},
	}
	k.P, k.Push.OffP = r.in(p)
	k.S, k.Push.OffS = r.inOut(held)
	k.G, k.Push.OffG = r.in(g)
	k.C, k.Push.OffC = r.in(c)
	k.DH, k.Push.OffDh = r.in(dh)
	k.DZ, k.Push.OffDz = r.inOut(dz)
	k.DC, k.Push.OffDc = r.inOut(dc)
	k.Dh0, k.Push.OffDh0 = r.out(dh0)
	k.Mask, k.Push.OffMask = r.in(o.Mask)
	r.dispatch(k.Dispatch(uint32(ceilDiv(o.B, int(plan.Rows))), 1, 1))
}

// lstmBackwardSteps records one product and one pass over the batch for each step. dc is memory for what is carried on.
func (r *recorder) lstmBackwardSteps(o gpu.LSTMBackward, dc gpu.View) error {
	n := o.Hidden()
	sum := r.scratch(o.B*n).Reshape(o.B, n)
	err := r.lower(gpu.Fill{Y: dc})
	for t := o.T; t > 0 && err == nil; t-- {
		dh := outside(o.DH, o.LastOnly(), t, o.T, o.B)
		if t < o.T {
			err = r.stepBack(sum, during(o.DZ, t, t+1, o.B), o.W, o.Mask, dh)
			dh = sum
		}
		r.lstmBackwardStep(during(o.G, t-1, t, o.B), during(o.C, t-1, t, o.B), during(o.C, t, t+1, o.B), dh, dc, during(o.DZ, t-1, t, o.B))
	}
	if err == nil && !o.DH0.IsZero() {
		err = r.stepBack(o.DH0, during(o.DZ, 0, 1, o.B), o.W, o.Mask, gpu.View{})
	}
	return err
}

// lstmBackwardStep makes δ of one step, and what is carried on.
func (r *recorder) lstmBackwardStep(g, before, c, dh, dc, dz gpu.View) {
	w := windowOf(c).byRow(c)
	w.wide = c.Cols%4 == 0 && wideRows(g, before, c, dh, dc, dz)
	k := shaders.LSTMBackwardStep{
		Spec: &shaders.LSTMBackwardStepSpec{LocalSizeX: localSize, Wide: w.wide},
		Push: shaders.LSTMBackwardStepPush{Rows: uint32(c.Rows), Cols: uint32(c.Cols), StrideG: stride(g), StrideBefore: stride(before), StrideC: stride(c),
			StrideDh: stride(dh), StrideDc: stride(dc), StrideDz: stride(dz)},
	}
	k.G, k.Push.OffG = r.in(g)
	k.Before, k.Push.OffBefore = r.in(before)
	k.C, k.Push.OffC = r.in(c)
	k.DH, k.Push.OffDh = r.in(dh)
	k.DC, k.Push.OffDc = r.inOut(dc)
	k.DZ, k.Push.OffDz = r.out(dz)
	r.dispatch(k.Dispatch(w.grid()))
}

// lstmBackwardTrial is the operation shortened.
func lstmBackwardTrial(t *trial, o gpu.LSTMBackward, flops float64) gpu.LSTMBackward {
	n := o.Hidden()
	c := gpu.LSTMBackward{T: trialSteps(o.T, lstmBackwardShape(o).flops()*float64(o.B), flops), B: o.B}
	rows := c.T * o.B
	c.W, c.G, c.C = t.view(o.W, lstmGates*n, n, 0), t.view(o.G, rows, lstmGates*n, 0), t.view(o.C, rows+o.B, n, 0)
	c.DH0, c.DC0, c.DZ = t.view(o.DH0, o.B, n, 0), t.view(o.DC0, o.B, n, 0), c.G
	if !o.DZ.Same(o.G) {
		c.DZ = t.view(o.DZ, rows, lstmGates*n, 0)
	}
	given := rows
	if o.LastOnly() {
		given = o.B
	}
	c.DH, c.Mask = t.view(o.DH, given, n, 0), t.view(o.Mask, o.B, n, 0)
	return c
}
