//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(scale)
	implementRepeated[gpu.Scale]()
}

func scale(r *recorder, o gpu.Scale) error {
	w := windowOf(o.Y, o.X, o.Z)
	if !o.Left.IsZero() || !o.Right.IsZero() || o.Gamma != 0 { // the kernel needs the row and the column
		w = w.byRow(o.Y)
		w.wide = w.wide && startsAtFour(o.Right)
	}
	w.wide = w.wide && r.inStep(o.Y, o.X, o.Z, o.Right)
	k := shaders.Scale{
		Spec: &shaders.ScaleSpec{
			LocalSizeX: localSize, Flat: w.flat, Wide: w.wide,
			HasX: !o.X.IsZero(), HasL: !o.Left.IsZero(), HasR: !o.Right.IsZero(), HasBeta: o.Beta != 0, HasZ: !o.Z.IsZero(),
		},
		Push: shaders.ScalePush{
			Rows: w.rows, Cols: w.cols, StrideX: stride(o.X), StrideY: stride(o.Y), StrideZ: stride(o.Z),
			Alpha: o.Alpha, Beta: o.Beta, Gamma: o.Gamma,
			StepX: r.step(o.X), StepL: r.step(o.Left), StepR: r.step(o.Right), StepY: r.step(o.Y), StepZ: r.step(o.Z),
		},
	}
	k.X, k.Push.OffX = r.in(o.X)
	k.L, k.Push.OffL = r.in(o.Left)
	k.R, k.Push.OffR = r.in(o.Right)
	k.Z, k.Push.OffZ = r.in(o.Z)
	k.Y, k.Push.OffY = r.inOut(o.Y)
	r.dispatch(k.Dispatch(r.each(w.grid())))
	return nil
}
