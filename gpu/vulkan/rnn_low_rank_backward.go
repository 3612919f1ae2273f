//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(lowRankBackward)
	implementTrial((*trial).lowRankBackward)
}

// lowRankBackward records back-propagation through time: a copy of the factors in the kernel's layout, and the time steps, last ones
// first, in as few dispatches as the device's limits allow.
func lowRankBackward(r *recorder, o gpu.RNNLowRankBackward) error {
	n := o.D.Cols
	if o.E.Cols == 0 {
		o.E = gpu.View{} // of rank 0: the kernel would write rows of padding
	}
	switch {
	case o.B == 0:
		return nil
	case n == 0:
		return r.fillOptional(o.E)
	case o.T == 0:
		return r.fillOptional(o.DH0, o.DUnit)
	}
	plan, err := r.planLowRank(o, n, o.L.Rows, o.B, o.T, max(o.H.Stride, o.DH.Stride, o.Delta.Stride, o.E.Stride))
	if err != nil {
		return err
	}
	r.note("%v", plan)
	p := r.packLowRank(plan, o.L, o.R, o.D, false, gpu.View{}, gpu.View{}, o.Act.Unit)
	for hi := o.T; hi > 0; hi -= plan.steps {
		r.lowRankBackwardPart(o, plan, p, max(0, hi-plan.steps), hi)
	}
	return nil
}

// fillOptional writes zeros to the views, any of which may be absent.
func (r *recorder) fillOptional(views ...gpu.View) error {
	for _, v := range views {
		if v.IsZero() {
			continue
		}
		if err := r.lower(gpu.Fill{Y: v}); err != nil {
			return err
		}
	}
	return nil
}

// lowRankBackwardPart launches the kernel for the steps lo+1 … hi of o.
func (r *recorder) lowRankBackwardPart(o gpu.RNNLowRankBackward, plan lowRankPlan, p gpu.View, lo, hi int) {
	n, last := o.D.Cols, o.LastOnly()
	inPlace := !last && o.Delta.Same(o.DH)
	resume, toStart := min(1, o.T-hi), uint32(0)
	dh, dh0, e, delta := o.DH, o.DH0, o.E, o.Delta.RowRange(lo*o.B, (hi+resume)*o.B)
	switch {
	case inPlace:
		dh = gpu.View{}
	case !last:
		dh = o.DH.RowRange(lo*o.B, hi*o.B)
	}
	if lo > 0 {
		dh0 = gpu.View{}
	} else if !e.IsZero() || !dh0.IsZero() {
		toStart = 1
	}
	e = during(e, lo, hi+resume, o.B)
	k := shaders.RNNLowRankBackward{
		Spec: &shaders.RNNLowRankBackwardSpec{
			LocalSizeX: plan.Lanes, LocalSizeY: plan.Parts, TM: plan.Rows, TN: plan.Vecs, N: uint32(n), R4: uint32(plan.r4), SharedState: plan.shared, KeepA: plan.keptA, KeepB: plan.keptB, Sharers: plan.sharers,
			LastOnly: last, INPlace: inPlace, Vec: n%4 == 0 && aligned(o.H, 0) && aligned(dh, 0) && aligned(dh0, 0) && aligned(delta, 0) && aligned(o.DUnit, 0) && aligned(o.Mask, 0),
			Cvec: e.Cols%4 == 0 && aligned(e, 0), WithE: !e.IsZero(), WithDh0: !dh0.IsZero(), Act: uint32(o.Act.Kind), Touch: r.limits.Software, WithDunit: !o.DUnit.IsZero(), Masked: !o.Mask.IsZero(),
		},
		Push: shaders.RNNLowRankBackwardPush{
			Batch: uint32(o.B), Steps: uint32(hi - lo), Rank: uint32(o.L.Rows), Resume: uint32(resume), ToStart: toStart,
			Ldh: stride(o.H), Lddh: stride(dh), Lddh0: stride(dh0), Ldd: stride(delta), Lde: stride(e), Ldu: stride(o.DUnit), Ldm: stride(o.Mask), Slope: o.Act.Slope,
		},
	}
	k.P, k.Push.OffP = r.in(p)
	k.H, k.Push.OffH = r.in(o.H.RowRange(lo*o.B, (hi+1)*o.B))
	k.DH, k.Push.OffDh = r.in(dh)
	k.Dh0, k.Push.OffDh0 = r.out(dh0)
	k.Delta, k.Push.OffDelta = r.inOut(delta)
	k.E, k.Push.OffE = r.out(e)
	k.DUnit, k.Push.OffDunit = r.inOut(o.DUnit)
	k.Mask, k.Push.OffMask = r.in(o.Mask)
	r.dispatch(k.Dispatch(foldGroups(ceilDiv(o.B, int(plan.Rows)))))
}
