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

// teamFor returns how many invocations share a row of cols elements in a loss: one where a row is short, for then teams cost
// more in barriers than they save, the whole work group where it is long.
func teamFor(cols int) uint32 {
	switch {
	case cols <= 32:
		return 1
	case cols <= 1024:
		return uint32(powerAbove(ceilDiv(cols, 16)))
	}
	return localSize
}

func softmaxCrossEntropy(r *recorder, o gpu.SoftmaxCrossEntropy) error {
	rows, classes := o.Logits.Rows, o.Logits.Cols
	team := teamFor(classes)
	k := shaders.SoftmaxCrossEntropy{
		Spec: &shaders.SoftmaxCrossEntropySpec{LocalSizeX: localSize, Team: team, Gradient: !o.DLogits.IsZero()},
		Push: shaders.SoftmaxCrossEntropyPush{
			Rows: uint32(rows), Classes: uint32(classes), Scale: o.Scale,
			StrideLogits: stride(o.Logits), StrideRows: stride(o.Rows), StrideDlogits: stride(o.DLogits),
		},
	}
	k.Logits, k.Push.OffLogits = r.in(o.Logits)
	k.Labels, k.Push.OffLabels = r.in(o.Labels)
	k.Rows, k.Push.OffRows = r.out(o.Rows)
	k.Dlogits, k.Push.OffDlogits = r.out(o.DLogits)
	r.note("%d invocations a row", team)
	r.dispatch(k.Dispatch(fold(rows * int(team))))
	return nil
}

func meanSquaredError(r *recorder, o gpu.MeanSquaredError) error {
	rows, cols := o.Pred.Rows, o.Pred.Cols
	team := teamFor(cols)
	k := shaders.MeanSquaredError{
		Spec: &shaders.MeanSquaredErrorSpec{
			LocalSizeX: localSize, Team: team, Gradient: !o.DPred.IsZero(), HasLabels: !o.Labels.IsZero(),
		},
		Push: shaders.MeanSquaredErrorPush{
			Rows: uint32(rows), Cols: uint32(cols), Scale: o.Scale,
			StridePred: stride(o.Pred), StrideTarget: stride(o.Target), StrideRows: stride(o.Rows), StrideDpred: stride(o.DPred),
		},
	}
	k.Pred, k.Push.OffPred = r.in(o.Pred)
	k.Target, k.Push.OffTarget = r.in(o.Target)
	k.Labels, k.Push.OffLabels = r.in(o.Labels)
	k.Rows, k.Push.OffRows = r.out(o.Rows)
	k.Dpred, k.Push.OffDpred = r.out(o.DPred)
	r.note("%d invocations a row", team)
	r.dispatch(k.Dispatch(fold(rows * int(team))))
	return nil
}
