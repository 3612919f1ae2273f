//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(lstmForward)
	implementTrial(lstmForwardTrial)
}

const lstmGates = 4

// lstmForward records an LSTM: the input map as one product where the input is wide, a copy of W in the kernel's layout, and the time steps
// in as few dispatches as the device's limits allow.
func lstmForward(r *recorder, o gpu.LSTMForward) error {
	n := o.Hidden()
	if o.T == 0 || o.B == 0 || n == 0 {
		return nil
	}
	in := gatedInput{o.Z, o.X, o.Wx, o.Bias}
	source := in.source(o.G, gatedFusedInput(r.limits))
	s := lstmForwardShape(o, source)
	plan := r.planGated(o, s)
	r.note("%v", plan)
	if plan.Rows == 0 {
		return r.lstmForwardSteps(o, in)
	}
	pack := gatedPack{w: o.W, gates: lstmGates, forward: true}
	if source == sourceX {
		pack.wx, pack.bias = o.Wx, o.Bias
	}
	p, held := r.packGated(pack, s, plan), r.held(plan, s)
	var z gpu.View // of one dispatch, where it is not kept
	mapped := o.Z.IsZero() && (source == sourceG || source == sourceZ)
	switch {
	case mapped && source == sourceG:
		if err := r.mapInput(o.G, o.X, in); err != nil {
			return err
		}
	case mapped:
		plan.steps = max(1, min(plan.steps, gatedChunk/(o.B*lstmGates*n)))
		z = r.scratch(plan.steps * o.B * lstmGates * n)
	}
	for lo := 0; lo < o.T; lo += plan.steps {
		hi := min(lo+plan.steps, o.T)
		part := o
		part.T = hi - lo
		part.H, part.C, part.G = during(o.H, lo, hi+1, o.B), during(o.C, lo, hi+1, o.B), during(o.G, lo, hi, o.B)
		part.Z, part.X, part.Masked = during(o.Z, lo, hi, o.B), during(o.X, lo, hi, o.B), during(o.Masked, lo, hi, o.B)
		if !z.IsZero() {
			part.Z = z.ColRange(0, part.T*o.B*lstmGates*n).Reshape(part.T*o.B, lstmGates*n)
			if err := r.mapInput(part.Z, part.X, in); err != nil {
				return err
			}
		}
		r.lstmForwardPart(part, plan, s, source, p, held)
	}
	return nil
}

func lstmForwardShape(o gpu.LSTMForward, source uint32) gatedShape {
	n4 := ceilDiv(o.Hidden(), 4)
	s := gatedShape{n: o.Hidden(), depth4: n4, cols4: lstmGates * n4, gateWords: lstmGates * o.Hidden(), batch: o.B, steps: o.T, addressed: true,
		stride: max(o.H.Stride, o.C.Stride, o.G.Stride, o.Z.Stride, o.X.Stride, o.Masked.Stride)}
	if source == sourceX {
		s.inputs4 = o.X.Cols/4 + 1 // the inputs and a 1
		s.depth4 += s.inputs4
	}
	return s
}

// lstmForwardPart launches the kernel for all steps of o.
func (r *recorder) lstmForwardPart(o gpu.LSTMForward, plan gatedPlan, s gatedShape, source uint32, p, held gpu.View) {
	z, x := o.Z, o.X
	if source != sourceZ {
		z = gpu.View{}
	}
	if source != sourceX {
		x = gpu.View{}
	}
	k := shaders.LSTMForward{
		Spec: &shaders.LSTMForwardSpec{
			LocalSizeX: plan.lanes, LocalSizeY: plan.Parts, TM: plan.Rows, TN: plan.Vecs, N: uint32(s.n), Extra4: uint32(s.inputs4),
			SharedState: plan.shared, Keep: plan.kept, Turn: plan.turn, BYAddress: plan.byAddress, Source: source, Input: uint32(x.Cols), WithG: !o.G.IsZero(), Touch: r.limits.Software,
			Vec:    s.n%4 == 0 && aligned(o.H, 0) && aligned(o.C, 0) && aligned(o.G, 0) && aligned(z, 0) && aligned(o.Mask, 0) && aligned(o.Masked, 0),
			Masked: !o.Mask.IsZero(), WithMasked: !o.Masked.IsZero(),
		},
		Push: shaders.LSTMForwardPush{Batch: uint32(o.B), Steps: uint32(o.T), Ldz: stride(z), Ldx: stride(x), Ldg: stride(o.G), Ldh: stride(o.H), Ldc: stride(o.C),
			Ldm: stride(o.Mask), Ldmd: stride(o.Masked)},
	}
	k.P, k.Push.OffP = r.in(p)
	k.S, k.Push.OffS = r.inOut(held)
	k.Z, k.Push.OffZ = r.in(z)
	k.X, k.Push.OffX = r.in(x)
	k.G, k.Push.OffG = r.inOut(o.G)
	k.H, k.Push.OffH = r.inOut(o.H)
	k.C, k.Push.OffC = r.inOut(o.C)
	k.Mask, k.Push.OffMask = r.in(o.Mask)
	k.Masked, k.Push.OffMasked = r.out(o.Masked)
	r.dispatch(k.Dispatch(uint32(ceilDiv(o.B, int(plan.Rows))), 1, 1))
}

// lstmForwardSteps records one product and one pass over the batch for each step.
func (r *recorder) lstmForwardSteps(o gpu.LSTMForward, in gatedInput) error {
	width := lstmGates * o.Hidden()
	given := r.stateScratch(o.Mask, o.Masked)
	var spare gpu.View // gates of one step, where they are not kept
	var err error
	switch {
	case o.G.IsZero():
		spare = r.scratch(o.B*width).Reshape(o.B, width)
	case !o.Z.IsZero() && !o.Z.Same(o.G):
		err = r.lower(gpu.Copy{Y: o.G, X: o.Z})
	case o.Z.IsZero():
		err = r.mapInput(o.G, o.X, in)
	}
	for t := 0; t < o.T && err == nil; t++ {
		a := spare
		switch {
		case spare.IsZero():
			a = during(o.G, t, t+1, o.B)
		case !o.Z.IsZero():
			err = r.lower(gpu.Copy{Y: a, X: during(o.Z, t, t+1, o.B)})
		default:
			err = r.mapInput(a, during(o.X, t, t+1, o.B), in)
		}
		h := during(o.H, t, t+1, o.B)
		if err == nil {
			h, err = r.maskedState(h, o.Mask, during(o.Masked, t, t+1, o.B), given)
		}
		if err == nil {
			err = r.lower(gpu.Gemm{C: a, A: h, B: o.W, TransB: true, Alpha: 1, Beta: 1})
		}
		r.lstmForwardStep(a, during(o.C, t, t+1, o.B), during(o.C, t+1, t+2, o.B), during(o.H, t+1, t+2, o.B))
	}
	return err
}

// lstmForwardStep makes the gates in the place of their pre-activations a, and the states.
func (r *recorder) lstmForwardStep(a, before, c, h gpu.View) {
	w := windowOf(c, before, h).byRow(c)
	w.wide = c.Cols%4 == 0 && wideRows(a, before, c, h)
	k := shaders.LSTMForwardStep{
		Spec: &shaders.LSTMForwardStepSpec{LocalSizeX: localSize, Wide: w.wide},
		Push: shaders.LSTMForwardStepPush{Rows: uint32(c.Rows), Cols: uint32(c.Cols), StrideA: stride(a), StrideBefore: stride(before), StrideC: stride(c), StrideH: stride(h)},
	}
	k.A, k.Push.OffA = r.inOut(a)
	k.Before, k.Push.OffBefore = r.in(before)
	k.C, k.Push.OffC = r.out(c)
	k.H, k.Push.OffH = r.out(h)
	r.dispatch(k.Dispatch(w.grid()))
}

// lstmForwardTrial is the operation shortened, with its pre-activations where the kernel takes them from.
func lstmForwardTrial(t *trial, o gpu.LSTMForward, flops float64) gpu.LSTMForward {
	n, in := o.Hidden(), gatedInput{o.Z, o.X, o.Wx, o.Bias}
	source := in.source(o.G, gatedFusedInput(t.dev.limits))
	s := lstmForwardShape(o, source)
	c := gpu.LSTMForward{T: trialSteps(o.T, s.flops()*float64(o.B), flops), B: o.B}
	rows := c.T * o.B
	c.H, c.C, c.W = t.view(o.H, rows+o.B, n, 0), t.view(o.C, rows+o.B, n, 0), t.view(o.W, lstmGates*n, n, 0)
	c.G, c.Mask, c.Masked = t.view(o.G, rows, lstmGates*n, 0), t.view(o.Mask, o.B, n, 0), t.view(o.Masked, rows, n, 0)
	switch {
	case source == sourceG:
		c.Z = c.G
	case source == sourceZ && o.Z.IsZero(): // mapped to scratch memory
		c.Z = t.view(gpu.View{Buf: o.X.Buf, Cols: lstmGates * n, Stride: lstmGates * n}, rows, lstmGates*n, 0)
	case source == sourceZ:
		c.Z = t.view(o.Z, rows, lstmGates*n, 0)
	default:
		c.X, c.Wx, c.Bias = t.view(o.X, rows, o.X.Cols, 0), t.view(o.Wx, lstmGates*n, o.X.Cols, 0), t.view(o.Bias, 1, lstmGates*n, 0)
	}
	return c
}
