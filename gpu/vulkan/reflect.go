//go:build cgo

package vulkan

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(reflectRows) }

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
