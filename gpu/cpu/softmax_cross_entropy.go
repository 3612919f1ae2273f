package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(softmaxCrossEntropy) }

// crossEntropy is the loss with its operands bound.
type crossEntropy struct {
	k               *kernels
	rows, grad, log matrix
	labels          []int32
	scale           float32
	buf             scratch // a row of exponentials for every worker
}

func softmaxCrossEntropy(c *compiler, op gpu.SoftmaxCrossEntropy) (task, error) {
	w := &crossEntropy{k: c.kernels, rows: bind(op.Rows), grad: bind(op.DLogits), log: bind(op.Logits), labels: bindInts(op.Labels), scale: op.Scale,
		buf: c.perWorker(op.Logits.Cols)}
	if op.Logits.Rows == 0 {
		return task{plan: "empty"}, nil
	}
	step := max(1, elementwiseTile/op.Logits.Cols/8)
	return task{plan: "rows", phases: []phase{{ceilDiv(op.Logits.Rows, step), func(worker, t int) {
		for i := t * step; i < min((t+1)*step, w.log.rows); i++ {
			w.row(i, w.buf.block(worker))
		}
	}}}}, nil
}

// row computes loss, hit and gradient of one row; e is room for its exponentials.
func (w *crossEntropy) row(i int, e []float32) {
	out, z, label := w.rows.row(i), w.log.row(i), int(w.labels[i])
	out[0], out[1] = 0, 0
	if label < 0 {
		if !w.grad.absent() {
			clear(w.grad.row(i))
		}
		return
	}
	best := argmax(z)
	for j, v := range z {
		e[j] = v - z[best]
	}
	atLabel := float32(math.NaN())
	if label < len(z) {
		atLabel = e[label]
	}
	w.k.exp(e)
	sum := sumOf(e)
	out[0] = float32(math.Log(sum) - float64(atLabel))
	if best == label {
		out[1] = 1
	}
	if w.grad.absent() {
		return
	}
	g, factor := w.grad.row(i), w.scale*float32(1/sum)
	for j, v := range e {
		g[j] = factor * v
	}
	if label < len(g) {
		g[label] = w.scale * (float32(float64(e[label])/sum) - 1)
	}
}

// argmax returns the index of the first greatest element, or of the first NaN.
func argmax(x []float32) int {
	best := 0
	for j, v := range x {
		if v > x[best] {
			best = j
		}
		if v != v {
			return j
		}
	}
	return best
}

// sumOf returns Σ x_i in double precision, in four strands.
func sumOf(x []float32) float64 {
	var s [4]float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s[0] += float64(x[i])
		s[1] += float64(x[i+1])
		s[2] += float64(x[i+2])
		s[3] += float64(x[i+3])
	}
	for ; i < len(x); i++ {
		s[0] += float64(x[i])
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}
