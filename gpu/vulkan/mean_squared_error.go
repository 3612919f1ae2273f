//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(meanSquaredError) }

func meanSquaredError(r *recorder, o gpu.MeanSquaredError) error {
	rows, cols := o.Pred.Rows, o.Pred.Cols
	local, team := r.lossTeam(rows, cols)
	k := shaders.MeanSquaredError{
		Spec: &shaders.MeanSquaredErrorSpec{
			LocalSizeX: local, Team: team, Gradient: !o.DPred.IsZero(), HasLabels: !o.Labels.IsZero(), HasScale: !o.Scale.IsZero(),
		},
		Push: shaders.MeanSquaredErrorPush{
			Rows: uint32(rows), Cols: uint32(cols),
			StridePred: stride(o.Pred), StrideTarget: stride(o.Target), StrideRows: stride(o.Rows), StrideDpred: stride(o.DPred),
		},
	}
	k.Pred, k.Push.OffPred = r.in(o.Pred)
	k.Target, k.Push.OffTarget = r.in(o.Target)
	k.Labels, k.Push.OffLabels = r.in(o.Labels)
	k.Scale, k.Push.OffScale = r.in(o.Scale)
	k.Rows, k.Push.OffRows = r.out(o.Rows)
	k.Dpred, k.Push.OffDpred = r.out(o.DPred)
	r.note("%d invocations a row", team)
	r.dispatch(k.Dispatch(foldGroups(ceilDiv(rows*int(team), int(local)))))
	return r.sumOfLosses(o.Sum, o.Rows)
}
