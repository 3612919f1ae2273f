//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(reflectBackward) }

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
