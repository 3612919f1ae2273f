//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(rnnForward)
	implementTrial((*trial).forward)
}

// rnnFusedInput is the widest input that the recurrence's kernel maps itself; wider ones are one product beforehand.
const rnnFusedInput = 4

// rnnForward records the recurrence: the input map as one product where the input is wide, a copy of W in the kernel's layout, and
// the time steps in as few dispatches as the device's limits allow.
func rnnForward(r *recorder, o gpu.RNNForward) error {
	n := o.Hidden()
	if o.T == 0 || o.B == 0 || n == 0 {
		return nil
	}
	plan := r.planForward(o)
	k := o.X.Cols
	if !o.X.IsZero() && (plan.rows == 0 || k == 0 || k > rnnFusedInput) {
		input := gpu.Gemm{C: o.States(), A: o.X, B: o.Wx, TransB: true, Alpha: 1, Bias: o.Bias}
		if err := r.lower(input); err != nil {
			return err
		}
		o.Z, o.X, o.Wx, o.Bias = o.States(), gpu.View{}, gpu.View{}, gpu.View{}
	}
	r.note("%v", plan)
	if plan.rows == 0 {
		return r.rnnForwardSteps(o)
	}
	p := r.packRNN(o.W, true, o.Wx, o.Bias, o.Act.Unit)
	for t := 0; t < o.T; t += plan.steps {
		part, lo, hi := o, t, min(t+plan.steps, o.T)
		part.T = hi - lo
		part.H, part.Z, part.X = during(o.H, lo, hi+1, o.B), during(o.Z, lo, hi, o.B), during(o.X, lo, hi, o.B)
		part.Masked = during(o.Masked, lo, hi, o.B)
		r.rnnForwardPart(part, plan, p)
	}
	return nil
}

// rnnForwardPart launches the kernel for all steps of o.
func (r *recorder) rnnForwardPart(o gpu.RNNForward, plan rnnPlan, p gpu.View) {
	n := o.Hidden()
	inPlace := o.Z.Same(o.States())
	z := o.Z
	if inPlace {
		z = gpu.View{}
	}
	inH, masked := o.MaskedInH(), o.Masked
	if inH {
		masked = gpu.View{}
	}
	k := shaders.RNNForward{
		Spec: &shaders.RNNForwardSpec{
			LocalSizeX: plan.lanes, LocalSizeY: plan.parts, TM: plan.rows, TN: plan.vecs, N: uint32(n), Keep: plan.kept, Turn: plan.turn,
			Input: uint32(o.X.Cols), INPlace: inPlace, Vec: n%4 == 0 && aligned(o.H, 0) && aligned(z, 0) && aligned(o.Mask, 0) && aligned(masked, 0), Act: uint32(o.Act.Kind), Touch: r.limits.Software,
			Masked: !o.Mask.IsZero(), WithMasked: !masked.IsZero(), StatesMasked: inH,
		},
		Push: shaders.RNNForwardPush{
			Batch: uint32(o.B), Steps: uint32(o.T), Ldz: stride(z), Ldx: stride(o.X), Ldh: stride(o.H), Ldm: stride(o.Mask), Ldmd: stride(masked), Slope: o.Act.Slope,
		},
	}
	k.P, k.Push.OffP = r.in(p)
	k.Z, k.Push.OffZ = r.in(z)
	k.X, k.Push.OffX = r.in(o.X)
	k.H, k.Push.OffH = r.inOut(o.H)
	k.Mask, k.Push.OffMask = r.in(o.Mask)
	k.Masked, k.Push.OffMasked = r.out(masked)
	r.dispatch(k.Dispatch(foldGroups(ceilDiv(o.B, int(plan.rows)))))
}

// rnnForwardSteps records one product a step. Z is the last T·B rows of H or apart from H.
func (r *recorder) rnnForwardSteps(o gpu.RNNForward) error {
	if !o.Z.Same(o.States()) {
		if err := r.lower(gpu.Copy{Y: o.States(), X: o.Z}); err != nil {
			return err
		}
	}
	given := r.stateScratch(o.Mask, o.Masked)
	for t := range o.T {
		before, after := o.H.RowRange(t*o.B, (t+1)*o.B), o.H.RowRange((t+1)*o.B, (t+2)*o.B)
		before, err := r.maskedState(before, o.Mask, during(o.Masked, t, t+1, o.B), given)
		if err != nil {
			return err
		}
		step := gpu.Gemm{C: after, A: before, B: o.W, TransB: true, Alpha: 1, Beta: 1, Act: o.Act}
		if err := r.lower(step); err != nil {
			return err
		}
	}
	return nil
}

// stateScratch returns memory for a masked state where there is a mask and the products are not kept.
func (r *recorder) stateScratch(mask, kept gpu.View) gpu.View {
	if mask.IsZero() || !kept.IsZero() {
		return gpu.View{}
	}
	return r.scratch(mask.Len()).Reshape(mask.Rows, mask.Cols)
}

// maskedState returns what W is given in a step: h, or its product with the mask, in kept or else in spare.
func (r *recorder) maskedState(h, mask, kept, spare gpu.View) (gpu.View, error) {
	if mask.IsZero() {
		return h, nil
	}
	if kept.IsZero() {
		kept = spare
	}
	return kept, r.lower(gpu.Hadamard{Y: kept, A: h, B: mask, Alpha: 1})
}
