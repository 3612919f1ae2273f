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
	scale           []float32 // one number, or none for 1
	buf             scratch   // a row of exponentials for every worker
}

func softmaxCrossEntropy(c *compiler, op gpu.SoftmaxCrossEntropy) (task, error) {
	w := &crossEntropy{k: c.kernels, rows: bind(op.Rows), grad: bind(op.DLogits), log: bind(op.Logits), labels: bindInts(op.Labels), scale: bind(op.Scale).data,
		buf: c.perWorker(op.Logits.Cols)}
	t := task{plan: "rows"}
	if step := max(1, elementwiseTile/op.Logits.Cols/8); op.Logits.Rows > 0 {
		t.phases = append(t.phases, phase{ceilDiv(op.Logits.Rows, step), func(worker, t int) {
			for i := t * step; i < min((t+1)*step, w.log.rows); i++ {
				w.row(i, w.buf.block(worker))
			}
		}})
	}
	t.phases = append(t.phases, sumOfLosses(op.Sum, w.rows)...)
	return t, nil
}

// sumOfLosses returns the phase that writes the sums of both columns of rows to out, in order and in double precision; none where
// out is absent.
func sumOfLosses(out gpu.View, rows matrix) []phase {
	if out.IsZero() {
		return nil
	}
	to := bind(out).data
	return []phase{{1, func(int, int) {
		var loss, correct float64
		for i := range rows.rows {
			r := rows.row(i)
			loss += float64(r[0])
			correct += float64(r[1])
		}
		to[0], to[1] = float32(loss), float32(correct)
	}}}
}

// scaleOf returns the number in a view of one that may be absent, for 1.
func scaleOf(scale []float32) float32 {
	if scale == nil {
		return 1
	}
	return scale[0]
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
	largest := z[best]
	for j, v := range z {
		e[j] = v - largest
	}
	atLabel := float32(math.NaN())
	if label < len(z) {
		atLabel = e[label]
	}
	w.k.exp(e)
	sum := sumOf(e)
	loss := math.Log(sum) - float64(atLabel)
	out[0] = float32(loss)
	if best == label && loss == loss {
		out[1] = 1
	}
	if w.grad.absent() {
		return
	}
	g, scale := w.grad.row(i), scaleOf(w.scale)
	w.k.scale(scale*float32(1/sum), e, g)
	if label < len(g) {
		g[label] = scale * (float32(float64(e[label])/sum) - 1)
	}
}

// argmax returns the index of the first greatest element, or of the first NaN.
func argmax(x []float32) int {
	best, largest := 0, x[0]
	for j, v := range x {
		if v > largest {
			best, largest = j, v
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
