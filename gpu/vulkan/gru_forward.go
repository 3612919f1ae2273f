//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(gruForward)
	implementTrial(gruForwardTrial)
}

// gruGates is the number of gates that a state goes into.
const gruGates = 3

// gruForward records a GRU: the input map as one product, a copy of W in the kernel's layout, and the time steps in as few dispatches as
// the device's limits allow.
func gruForward(r *recorder, o gpu.GRUForward) error {
	n := o.Hidden()
	if o.T == 0 || o.B == 0 || n == 0 {
		return nil
	}
	in, s := gatedInput{o.Z, o.X, o.Wx, o.Bias}, gruForwardShape(o)
	plan := r.planGated(o, s)
	r.note("%v", plan)
	if plan.Rows == 0 {
		return r.gruForwardSteps(o, in)
	}
	p, held := r.packGated(gatedPack{w: o.W, gates: gruGates, forward: true}, s, plan), r.held(plan, s)
	var z gpu.View // of one dispatch, where it is not kept
	switch {
	case o.Z.IsZero() && !o.G.IsZero():
		if err := r.mapInput(o.Outer(), o.X, in); err != nil {
			return err
		}
		o.Z = o.Outer()
	case o.Z.IsZero():
		plan.steps = max(1, min(plan.steps, gatedChunk/(o.B*gruGates*n)))
		z = r.scratch(plan.steps * o.B * gruGates * n)
	}
	inPlace := !o.Z.IsZero() && o.Z.Same(o.Outer())
	for lo := 0; lo < o.T; lo += plan.steps {
		hi := min(lo+plan.steps, o.T)
		part := o
		part.T = hi - lo
		part.H, part.G, part.Z, part.Masked = during(o.H, lo, hi+1, o.B), during(o.G, lo, hi, o.B), during(o.Z, lo, hi, o.B), during(o.Masked, lo, hi, o.B)
		if !z.IsZero() {
			part.Z = z.ColRange(0, part.T*o.B*gruGates*n).Reshape(part.T*o.B, gruGates*n)
			if err := r.mapInput(part.Z, during(o.X, lo, hi, o.B), in); err != nil {
				return err
			}
		}
		r.gruForwardPart(part, plan, s, inPlace, p, held)
	}
	return nil
}

func gruForwardShape(o gpu.GRUForward) gatedShape {
	n4 := ceilDiv(o.Hidden(), 4)
	return gatedShape{n: o.Hidden(), depth4: n4, cols4: gruGates * n4, gateWords: 2 * (gruGates + 1) * o.Hidden(), batch: o.B, steps: o.T,
		stride: max(o.H.Stride, o.G.Stride, o.Z.Stride, o.X.Stride, o.Masked.Stride)}
}

// gruForwardPart launches the kernel for all steps of o.
func (r *recorder) gruForwardPart(o gpu.GRUForward, plan gatedPlan, s gatedShape, inPlace bool, p, held gpu.View) {
	z := o.Z
	if inPlace {
		z = gpu.View{}
	}
	k := shaders.GRUForward{
		Spec: &shaders.GRUForwardSpec{
			LocalSizeX: plan.lanes, LocalSizeY: plan.Parts, TM: plan.Rows, TN: plan.Vecs, N: uint32(s.n), SharedState: plan.shared, Keep: plan.kept, Turn: plan.turn,
			INPlace: inPlace, HasBias: !o.HiddenBias.IsZero(), WithG: !o.G.IsZero(), Touch: r.limits.Software,
			Vec:    s.n%4 == 0 && aligned(o.H, 0) && aligned(o.G, 0) && aligned(z, 0) && aligned(o.Mask, 0) && aligned(o.Masked, 0),
			Masked: !o.Mask.IsZero(), WithMasked: !o.Masked.IsZero(),
		},
		Push: shaders.GRUForwardPush{Batch: uint32(o.B), Steps: uint32(o.T), Ldz: stride(z), Ldg: stride(o.G), Ldh: stride(o.H),
			Ldm: stride(o.Mask), Ldmd: stride(o.Masked)},
	}
	k.P, k.Push.OffP = r.in(p)
	k.S, k.Push.OffS = r.inOut(held)
	k.Z, k.Push.OffZ = r.in(z)
	k.HiddenBias, k.Push.OffHiddenbias = r.in(o.HiddenBias)
	k.G, k.Push.OffG = r.inOut(o.G)
	k.H, k.Push.OffH = r.inOut(o.H)
	k.Mask, k.Push.OffMask = r.in(o.Mask)
	k.Masked, k.Push.OffMasked = r.out(o.Masked)
	r.dispatch(k.Dispatch(uint32(ceilDiv(o.B, int(plan.Rows))), 1, 1))
}

// gruForwardSteps records one product and one pass over the batch for each step.
func (r *recorder) gruForwardSteps(o gpu.GRUForward, in gatedInput) error {
	n := o.Hidden()
	products := r.scratch(o.B*gruGates*n).Reshape(o.B, gruGates*n)
	given := r.stateScratch(o.Mask, o.Masked)
	var spare gpu.View // gates of one step, where they are not kept
	var err error
	switch {
	case o.G.IsZero():
		spare = r.scratch(o.B*(gruGates+1)*n).Reshape(o.B, (gruGates+1)*n)
	case o.Z.IsZero():
		err = r.mapInput(o.Outer(), o.X, in)
	case !o.Z.Same(o.Outer()):
		err = r.lower(gpu.Copy{Y: o.Outer(), X: o.Z})
	}
	for t := 0; t < o.T && err == nil; t++ {
		g := spare
		switch {
		case spare.IsZero():
			g = during(o.G, t, t+1, o.B)
		case !o.Z.IsZero():
			err = r.lower(gpu.Copy{Y: g.ColRange(0, gruGates*n), X: during(o.Z, t, t+1, o.B)})
		default:
			err = r.mapInput(g.ColRange(0, gruGates*n), during(o.X, t, t+1, o.B), in)
		}
		before := during(o.H, t, t+1, o.B)
		h := before
		if err == nil {
			h, err = r.maskedState(before, o.Mask, during(o.Masked, t, t+1, o.B), given)
		}
		if err == nil {
			err = r.lower(gpu.Gemm{C: products, A: h, B: o.W, TransB: true, Alpha: 1})
		}
		r.gruForwardStep(products, o.HiddenBias, before, g, during(o.H, t+1, t+2, o.B))
	}
	return err
}

// gruForwardStep makes the gates in the place of their pre-activations, and the states.
func (r *recorder) gruForwardStep(products, bias, before, g, h gpu.View) {
	w := windowOf(h).byRow(h)
	w.wide = h.Cols%4 == 0 && wideRows(products, before, g, h) && startsAtFour(bias)
	k := shaders.GRUForwardStep{
		Spec: &shaders.GRUForwardStepSpec{LocalSizeX: localSize, Wide: w.wide, HasBias: !bias.IsZero()},
		Push: shaders.GRUForwardStepPush{Rows: uint32(h.Rows), Cols: uint32(h.Cols), StrideP: stride(products), StrideBefore: stride(before), StrideG: stride(g), StrideH: stride(h)},
	}
	k.P, k.Push.OffP = r.in(products)
	k.Hiddenbias, k.Push.OffHiddenbias = r.in(bias)
	k.Before, k.Push.OffBefore = r.in(before)
	k.G, k.Push.OffG = r.inOut(g)
	k.H, k.Push.OffH = r.out(h)
	r.dispatch(k.Dispatch(w.grid()))
}

// gruForwardTrial is the operation shortened, with its pre-activations where the kernel takes them from.
func gruForwardTrial(t *trial, o gpu.GRUForward, flops float64) gpu.GRUForward {
	n := o.Hidden()
	c := gpu.GRUForward{T: trialSteps(o.T, gruForwardShape(o).flops()*float64(o.B), flops), B: o.B}
	rows := c.T * o.B
	c.H, c.W, c.HiddenBias = t.view(o.H, rows+o.B, n, 0), t.view(o.W, gruGates*n, n, 0), t.view(o.HiddenBias, 1, n, 0)
	c.G, c.Mask, c.Masked = t.view(o.G, rows, (gruGates+1)*n, 0), t.view(o.Mask, o.B, n, 0), t.view(o.Masked, rows, n, 0)
	switch mapped := o.Z.IsZero(); {
	case mapped && !o.G.IsZero() || !mapped && o.Z.Same(o.Outer()):
		c.Z = c.Outer()
	case mapped: // to scratch memory
		c.Z = t.view(gpu.View{Buf: o.X.Buf, Cols: gruGates * n, Stride: gruGates * n}, rows, gruGates*n, 0)
	default:
		c.Z = t.view(o.Z, rows, gruGates*n, 0)
	}
	return c
}
