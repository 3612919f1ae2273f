//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(lowRankForward)
	implementTrial((*trial).lowRankForward)
}

// lowRankForward records the recurrence: the input map as one product where the input is wide, a copy of the factors in the kernel's
// layout, and the time steps in as few dispatches as the device's limits allow.
func lowRankForward(r *recorder, o gpu.RNNLowRankForward) error {
	n := o.Hidden()
	if o.T == 0 || o.B == 0 {
		return nil
	}
	if o.C.Cols == 0 {
		o.C = gpu.View{} // of rank 0: the kernel would write rows of padding
	}
	if n == 0 {
		return r.fillOptional(o.C)
	}
	if k := o.X.Cols; !o.X.IsZero() && k > rnnFusedInput {
		if err := r.lower(gpu.Gemm{C: o.States(), A: o.X, B: o.Wx, TransB: true, Alpha: 1, Bias: o.Bias}); err != nil {
			return err
		}
		o.Z, o.X, o.Wx, o.Bias = o.States(), gpu.View{}, gpu.View{}, gpu.View{}
	}
	plan, err := r.planLowRank(o, n, o.Rank(), o.B, o.T, max(o.H.Stride, o.Z.Stride, o.X.Stride, o.C.Stride, o.Masked.Stride))
	if err != nil {
		return err
	}
	r.note("%v", plan)
	p := r.packLowRank(plan, o.R, o.L, o.D, !o.X.IsZero(), o.Wx, o.Bias, o.Act.Unit)
	for t := 0; t < o.T; t += plan.steps {
		part, lo, hi := o, t, min(t+plan.steps, o.T)
		part.T = hi - lo
		part.H, part.Z, part.X = during(o.H, lo, hi+1, o.B), during(o.Z, lo, hi, o.B), during(o.X, lo, hi, o.B)
		part.C, part.Masked = during(o.C, lo, hi, o.B), during(o.Masked, lo, hi, o.B)
		r.lowRankForwardPart(part, plan, p)
	}
	return nil
}

// lowRankForwardPart launches the kernel for all steps of o.
func (r *recorder) lowRankForwardPart(o gpu.RNNLowRankForward, plan lowRankPlan, p gpu.View) {
	n := o.Hidden()
	inPlace := !o.Z.IsZero() && o.Z.Same(o.States())
	z := o.Z
	if inPlace {
		z = gpu.View{}
	}
	inH, masked := o.MaskedInH(), o.Masked
	if inH {
		masked = gpu.View{}
	}
	k := shaders.RNNLowRankForward{
		Spec: &shaders.RNNLowRankForwardSpec{
			LocalSizeX: plan.Lanes, LocalSizeY: plan.Parts, TM: plan.Rows, TN: plan.Vecs, N: uint32(n), R4: uint32(plan.r4), SharedState: plan.shared, KeepA: plan.keptA, KeepB: plan.keptB, Sharers: plan.sharers,
			Input: uint32(o.X.Cols), Extras: !o.X.IsZero(), INPlace: inPlace, Vec: n%4 == 0 && aligned(o.H, 0) && aligned(z, 0) && aligned(o.Mask, 0) && aligned(masked, 0),
			Cvec: o.C.Cols%4 == 0 && aligned(o.C, 0), WithC: !o.C.IsZero(), Act: uint32(o.Act.Kind), Touch: r.limits.Software,
			Masked: !o.Mask.IsZero(), WithMasked: !masked.IsZero(), StatesMasked: inH,
		},
		Push: shaders.RNNLowRankForwardPush{
			Batch: uint32(o.B), Steps: uint32(o.T), Rank: uint32(o.Rank()), Ldz: stride(z), Ldx: stride(o.X), Ldh: stride(o.H), Ldc: stride(o.C), Ldm: stride(o.Mask), Ldmd: stride(masked), Slope: o.Act.Slope,
		},
	}
	k.P, k.Push.OffP = r.in(p)
	k.Z, k.Push.OffZ = r.in(z)
	k.X, k.Push.OffX = r.in(o.X)
	k.H, k.Push.OffH = r.inOut(o.H)
	k.C, k.Push.OffC = r.out(o.C)
	k.Mask, k.Push.OffMask = r.in(o.Mask)
	k.Masked, k.Push.OffMasked = r.inOut(masked)
	r.dispatch(k.Dispatch(foldGroups(ceilDiv(o.B, int(plan.Rows)))))
}
