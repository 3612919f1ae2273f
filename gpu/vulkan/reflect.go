//go:build cgo

package vulkan

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(reflectRows)
	implement(reflectBackward)
}

// Bounds of the walk through reflectors (lib/reflector.glsl): values of one row (and, backwards, of its gradient) and of all rows
// that an invocation keeps in registers, beyond which they spill to memory; the same for a processor, which has its stack in
// cache; and the partial sums of DU, in number and in words.
const (
	reflectMaxElems          = 32
	reflectRegisters         = 32
	reflectSoftwareElems     = 64
	reflectSoftwareRegisters = 256
	reflectMaxGroups         = 64
	reflectMaxScratch        = 16 << 20
)

// walk is how rows are spread over work groups for a walk through reflectors.
type walk struct {
	lanes, elems, rows, segments int
	wide                         bool
}

// reflectWalk chooses a walk for rows of n elements. sums is the number of sums that are made at once for a row. A device with
// many cores wants few rows a work group, so that there are many of those; on a processor several rows share the loads of the
// reflector, and a wait for a barrier costs more than long rows in few invocations.
func (r *recorder) reflectWalk(op string, n, batch, sums int, wide bool) (walk, error) {
	w := walk{lanes: r.rowLanes(n), wide: wide}
	rows, most, registers := max(1, batch/256), reflectMaxElems/sums, reflectRegisters
	if r.limits.Software {
		rows, most, registers = 8, reflectSoftwareElems, reflectSoftwareRegisters
	}
	step := 1
	if wide {
		step = 4
	}
	fit := func() int { return max(step, step*ceilDiv(n, step*w.lanes)) }
	for fit() > (most+1)/2 && 2*w.lanes <= r.limits.MaxInvocations {
		w.lanes *= 2
	}
	if w.elems = fit(); w.elems > most {
		return w, &gpu.Error{Op: op, Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf(
			"rows of %d elements, one reflection at a time takes at most %d on this device: use the compact WY form",
			n, w.lanes*most)}
	}
	w.rows = 1
	for 2*w.rows <= min(rows, batch) && 2*w.rows*w.elems*sums <= registers && 2*w.rows*sums <= w.lanes {
		w.rows *= 2
	}
	w.segments = 1
	for 4*w.segments*w.segments <= w.lanes && 2*w.segments*w.rows*sums <= w.lanes && w.lanes > 16 {
		w.segments *= 2
	}
	return w, nil
}

func (w walk) String() string {
	return fmt.Sprintf("%d rows a work group, %d×%d elements a row", w.rows, w.lanes, w.elems)
}

// reflectFactors launches the kernel that computes (s, 2/‖s u‖²) of every reflector, into scratch memory.
func (r *recorder) reflectFactors(u gpu.View) gpu.View {
	factor := r.scratch(2 * u.Rows)
	lanes := uint32(r.rowLanes(u.Cols))
	k := shaders.ReflectFactor{
		Spec: &shaders.ReflectFactorSpec{LocalSizeX: lanes, Team: lanes, Wide: wideRows(u)},
		Push: shaders.ReflectFactorPush{M: uint32(u.Rows), N: uint32(u.Cols), StrideU: stride(u)},
	}
	var off uint32
	k.U, k.Push.OffU = r.in(u)
	k.Factor, off = r.out(factor)
	k.Push.OffFactor = off / 2
	r.dispatch(k.Dispatch(foldGroups(u.Rows)))
	return factor
}

func reflectRows(r *recorder, o gpu.Reflect) error {
	batch, n := o.X.Rows, o.X.Cols
	if batch*n == 0 {
		return nil
	}
	w, err := r.reflectWalk(o.Name(), n, batch, 1, wideRows(o.X, o.U, o.Y))
	if err != nil {
		return err
	}
	factor := r.reflectFactors(o.U)
	k := shaders.Reflect{
		Spec: &shaders.ReflectSpec{
			LocalSizeX: uint32(w.lanes), Elems: uint32(w.elems), Rows: uint32(w.rows), Segments: uint32(w.segments), Transpose: o.Transpose, Wide: w.wide,
		},
		Push: shaders.ReflectPush{
			Batch: uint32(batch), N: uint32(n), M: uint32(o.U.Rows),
			StrideX: stride(o.X), StrideU: stride(o.U), StrideY: stride(o.Y),
		},
	}
	var off uint32
	k.X, k.Push.OffX = r.in(o.X)
	k.U, k.Push.OffU = r.in(o.U)
	k.Factor, off = r.in(factor)
	k.Push.OffFactor = off / 2
	k.Y, k.Push.OffY = r.out(o.Y)
	r.note("%v", w)
	r.dispatch(k.Dispatch(foldGroups(ceilDiv(batch, w.rows))))
	return nil
}

// reflectBackward gives each work group a sum of DU of its own and adds those in a fixed order. The number of work groups is
// bounded, and so is the memory for their sums: each takes several blocks of rows one after the other.
func reflectBackward(r *recorder, o gpu.ReflectBackward) error {
	batch, n, m := o.Y.Rows, o.Y.Cols, o.U.Rows
	if batch*n == 0 {
		return r.lower(gpu.Fill{Y: o.DU})
	}
	w, err := r.reflectWalk(o.Name(), n, batch, 2, wideRows(o.DX, o.DU, o.DY, o.Y, o.U))
	if err != nil {
		return err
	}
	groups := min(ceilDiv(batch, w.rows), max(1, min(reflectMaxGroups, reflectMaxScratch/max(1, m*n))))
	r.note("%v, %d sums", w, groups)
	if groups == 1 || m == 0 {
		r.reflectBackwardSums(o, w, groups, o.DU)
		return nil
	}
	part := r.scratch(groups * m * n)
	r.reflectBackwardSums(o, w, groups, part.Reshape(groups*m, n))
	sum := o.DU
	if !sum.Contiguous() {
		sum = r.scratch(m * n)
	}
	if err := r.lower(gpu.ColDot{Out: sum.Reshape(1, m*n), A: part.Reshape(groups, m*n), Alpha: 1}); err != nil || o.DU.Contiguous() {
		return err
	}
	return r.lower(gpu.Copy{Y: o.DU, X: sum.Reshape(m, n)})
}

// reflectBackwardSums launches the kernel, several times where one launch would go around its loops too often. Part holds the m × n
// sum of each work group, one below the other.
func (r *recorder) reflectBackwardSums(o gpu.ReflectBackward, w walk, groups int, part gpu.View) {
	factor := r.reflectFactors(o.U)
	batch, m := o.Y.Rows, o.U.Rows
	rows := groups * w.rows * max(1, (r.limits.MaxLoop-1)/(m+1)) // of a launch
	for first := 0; first < batch; first += rows {
		k := shaders.ReflectBackward{
			Spec: &shaders.ReflectBackwardSpec{
				LocalSizeX: uint32(w.lanes), Elems: uint32(w.elems), Rows: uint32(w.rows), Segments: uint32(w.segments),
				Transpose: o.Transpose, Wide: w.wide,
			},
			Push: shaders.ReflectBackwardPush{
				FirstRow: uint32(first), EndRow: uint32(min(first+rows, batch)), N: uint32(o.Y.Cols), M: uint32(m), Groups: uint32(groups),
				StrideDy: stride(o.DY), StrideY: stride(o.Y), StrideU: stride(o.U), StrideDx: stride(o.DX),
				StridePart: stride(part), StrideGroup: uint32(m) * stride(part),
			},
		}
		var off uint32
		k.DY, k.Push.OffDy = r.in(o.DY)
		k.Y, k.Push.OffY = r.in(o.Y)
		k.U, k.Push.OffU = r.in(o.U)
		k.Factor, off = r.in(factor)
		k.Push.OffFactor = off / 2
		k.DX, k.Push.OffDx = r.out(o.DX)
		k.Part, k.Push.OffPart = r.inOut(part)
		r.dispatch(k.Dispatch(uint32(groups), 1, 1))
	}
}
