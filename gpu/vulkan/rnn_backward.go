//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(rnnBackward)
	implementTrial((*trial).backward)
}

// rnnBackward records back-propagation through time: a copy of W in the kernel's layout, and the time steps, last ones first, in
// as few dispatches as the device's limits allow.
func rnnBackward(r *recorder, o gpu.RNNBackward) error {
	n := o.W.Cols
	if o.B == 0 || n == 0 || o.T == 0 && o.DH0.IsZero() && o.DUnit.IsZero() {
		return nil
	}
	if o.T == 0 {
		return r.fillOptional(o.DH0, o.DUnit)
	}
	plan := r.planBackward(o)
	r.note("%v", plan)
	if plan.rows == 0 {
		return r.rnnBackwardSteps(o)
	}
	p := r.packRNN(o.W, false, gpu.View{}, gpu.View{}, o.Act.Unit)
	for hi := o.T; hi > 0; hi -= plan.steps {
		r.rnnBackwardPart(o, plan, p, max(0, hi-plan.steps), hi)
	}
	return nil
}

// rnnBackwardPart launches the kernel for the steps lo+1 … hi of o.
func (r *recorder) rnnBackwardPart(o gpu.RNNBackward, plan rnnPlan, p gpu.View, lo, hi int) {
	n := o.W.Cols
	last := o.LastOnly()
	inPlace := !last && o.Delta.Same(o.DH)
	resume := min(1, o.T-hi)
	dh, dh0, delta := o.DH, o.DH0, o.Delta.RowRange(lo*o.B, (hi+resume)*o.B)
	switch {
	case inPlace:
		dh = gpu.View{}
	case !last:
		dh = o.DH.RowRange(lo*o.B, hi*o.B)
	}
	if lo > 0 {
		dh0 = gpu.View{}
	}
	k := shaders.RNNBackward{
		Spec: &shaders.RNNBackwardSpec{
			LocalSizeX: plan.lanes, LocalSizeY: plan.parts, TM: plan.rows, TN: plan.vecs, N: uint32(n), Keep: plan.kept, Turn: plan.turn,
			LastOnly: last, INPlace: inPlace, WithDh0: !dh0.IsZero(), Act: uint32(o.Act.Kind), Touch: r.limits.Software, WithDunit: !o.DUnit.IsZero(), Masked: !o.Mask.IsZero(),
			Vec: n%4 == 0 && aligned(o.H, 0) && aligned(dh, 0) && aligned(dh0, 0) && aligned(delta, 0) && aligned(o.DUnit, 0) && aligned(o.Mask, 0),
		},
		Push: shaders.RNNBackwardPush{
			Batch: uint32(o.B), Steps: uint32(hi - lo), Resume: uint32(resume),
			Ldh: stride(o.H), Lddh: stride(dh), Lddh0: stride(dh0), Ldd: stride(delta), Ldu: stride(o.DUnit), Ldm: stride(o.Mask), Slope: o.Act.Slope,
		},
	}
	k.P, k.Push.OffP = r.in(p)
	k.H, k.Push.OffH = r.in(o.H.RowRange(lo*o.B, (hi+1)*o.B))
	k.DH, k.Push.OffDh = r.in(dh)
	k.Dh0, k.Push.OffDh0 = r.out(dh0)
	k.Delta, k.Push.OffDelta = r.inOut(delta)
	k.DUnit, k.Push.OffDunit = r.inOut(o.DUnit)
	k.Mask, k.Push.OffMask = r.in(o.Mask)
	r.dispatch(k.Dispatch(foldGroups(ceilDiv(o.B, int(plan.rows)))))
}

// rnnBackwardSteps records one product and one pass over the batch for each step.
func (r *recorder) rnnBackwardSteps(o gpu.RNNBackward) error {
	delta := func(t int) gpu.View { return o.Delta.RowRange((t-1)*o.B, t*o.B) }
	var back gpu.View // what comes back through W in a step
	if !o.Mask.IsZero() {
		back = r.scratch(o.B*o.W.Cols).Reshape(o.B, o.W.Cols)
	}
	var dunit gpu.View // that of a step
	if !o.DUnit.IsZero() {
		dunit = r.scratch(o.B*o.W.Cols).Reshape(o.B, o.W.Cols)
	}
	var ops []gpu.Op
	switch {
	case o.LastOnly():
		ops = append(ops, gpu.Fill{Y: o.Delta.RowRange(0, (o.T-1)*o.B)}, gpu.Copy{Y: delta(o.T), X: o.DH})
	case !o.Delta.Same(o.DH):
		ops = append(ops, gpu.Copy{Y: o.Delta, X: o.DH})
	}
	for t := o.T; t > 0; t-- {
		switch {
		case t == o.T:
		case back.IsZero():
			ops = append(ops, gpu.Gemm{C: delta(t), A: delta(t + 1), B: o.W, Alpha: 1, Beta: 1})
		default:
			ops = append(ops, gpu.Gemm{C: back, A: delta(t + 1), B: o.W, Alpha: 1}, gpu.Hadamard{Y: delta(t), A: back, B: o.Mask, Alpha: 1, Beta: 1})
		}
		ops = append(ops, gpu.ActivateBackward{DX: delta(t), DY: delta(t), Y: o.H.RowRange(t*o.B, (t+1)*o.B), DUnit: dunit, Act: o.Act})
		if !dunit.IsZero() {
			ops = append(ops, gpu.Scale{Y: o.DUnit, X: dunit, Alpha: 1, Beta: float32(min(1, o.T-t))})
		}
	}
	if !o.DH0.IsZero() {
		ops = append(ops, gpu.Gemm{C: o.DH0, A: delta(1), B: o.W, Alpha: 1})
		if !o.Mask.IsZero() {
			ops = append(ops, gpu.Hadamard{Y: o.DH0, A: o.DH0, B: o.Mask, Alpha: 1})
		}
	}
	for _, op := range ops {
		if err := r.lower(op); err != nil {
			return err
		}
	}
	return nil
}
