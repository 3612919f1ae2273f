package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(meanSquaredError) }

func meanSquaredError(_ *compiler, op gpu.MeanSquaredError) (task, error) {
	rows, dpred, pred, target, labels, scale := bind(op.Rows), bind(op.DPred), bind(op.Pred), bind(op.Target), bindInts(op.Labels), bind(op.Scale).data
	phases := byRows(pred.rows, pred.cols, func(i int) {
		out := rows.row(i)
		out[0], out[1] = 0, 0
		if labels != nil && labels[i] < 0 {
			if !dpred.absent() {
				clear(dpred.row(i))
			}
			return
		}
		p, t := pred.row(i), target.row(i)
		sum := 0.0
		for j, v := range p {
			d := float64(v) - float64(t[j])
			sum += d * d
		}
		out[0] = float32(sum / float64(len(p)))
		if dpred.absent() {
			return
		}
		g, factor := dpred.row(i), scaleOf(scale)*2/float32(len(p))
		for j, v := range p {
			g[j] = factor * (v - t[j])
		}
	})
	return task{plan: "rows", phases: append(phases, sumOfLosses(op.Sum, rows)...)}, nil
}
