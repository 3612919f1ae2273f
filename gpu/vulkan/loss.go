//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(softmaxCrossEntropy)
	implement(meanSquaredError)
}

// lossTeam returns the work group of a loss and how many of its invocations share a row of cols elements: one where rows are
// short or, on a processor, many, for then teams cost more in barriers than they save; all of them where rows are long.
func (r *recorder) lossTeam(rows, cols int) (local, team uint32) {
	size := r.teamSize()
	short := cols <= 32 || r.limits.Software && rows >= 16*size
	for turns := 4 * cols; turns/size >= r.limits.MaxLoop && size < localSize; { // turns of the kernels' loops over a row, and to spare
		size *= 2
	}
	switch {
	case short && 4*cols < r.limits.MaxLoop:
		return uint32(size), 1
	case cols <= 1024:
		return uint32(size), uint32(min(powerAbove(ceilDiv(cols, 16)), size))
	}
	return uint32(size), uint32(size)
}

// sumOfLosses adds up the columns of rows, if that is wanted.
func (r *recorder) sumOfLosses(sum, rows gpu.View) error {
	if sum.IsZero() {
		return nil
	}
	return r.lower(gpu.ColDot{Out: sum, A: rows, Alpha: 1})
}

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
