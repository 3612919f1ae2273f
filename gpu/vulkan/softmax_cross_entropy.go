//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(softmaxCrossEntropy) }

func softmaxCrossEntropy(r *recorder, o gpu.SoftmaxCrossEntropy) error {
	rows, classes := o.Logits.Rows, o.Logits.Cols
	local, team := r.lossTeam(rows, classes)
	k := shaders.SoftmaxCrossEntropy{
		Spec: &shaders.SoftmaxCrossEntropySpec{LocalSizeX: local, Team: team, Gradient: !o.DLogits.IsZero(), HasScale: !o.Scale.IsZero()},
		Push: shaders.SoftmaxCrossEntropyPush{
			Rows: uint32(rows), Classes: uint32(classes),
			StrideLogits: stride(o.Logits), StrideRows: stride(o.Rows), StrideDlogits: stride(o.DLogits),
		},
	}
	k.Logits, k.Push.OffLogits = r.in(o.Logits)
	k.Labels, k.Push.OffLabels = r.in(o.Labels)
	k.Scale, k.Push.OffScale = r.in(o.Scale)
	k.Rows, k.Push.OffRows = r.out(o.Rows)
	k.Dlogits, k.Push.OffDlogits = r.out(o.DLogits)
	r.note("%d invocations a row", team)
	r.dispatch(k.Dispatch(foldGroups(ceilDiv(rows*int(team), int(local)))))
	return r.sumOfLosses(o.Sum, o.Rows)
}
