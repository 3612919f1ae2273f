package cpu

import (
	"math"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(softmaxCrossEntropy) }

// crossEntropy is the loss with its operands bound.
type crossEntropy struct {
	k               *kernels
	rows, grad, log matrix
	labels          []int32
	scale           []float32 // one number, or none for 1
	buf             scratch   // a row of exponentials for every worker, where there is no gradient
}

func softmaxCrossEntropy(c *compiler, op gpu.SoftmaxCrossEntropy) (task, error) {
	w := &crossEntropy{k: c.kernels, rows: bind(op.Rows), grad: bind(op.DLogits), log: bind(op.Logits), labels: bindInts(op.Labels), scale: bind(op.Scale).data}
	if w.grad.absent() {
		w.buf = c.perWorker(op.Logits.Cols)
	}
	t := task{plan: "rows"}
	if step := max(1, elementwiseTile/op.Logits.Cols/8); op.Logits.Rows > 0 {
		t.phases = append(t.phases, phase{ceilDiv(op.Logits.Rows, step), func(worker, t int) {
			var e []float32
			if w.grad.absent() {
				e = w.buf.block(worker)
			}
			for i := t * step; i < min((t+1)*step, w.log.rows); i++ {
				w.row(i, e)
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

// row computes loss, hit and gradient of one row; e is room for its exponentials where there is no gradient.
func (w *crossEntropy) row(i int, e []float32) {
	out, z, label := w.rows.row(i), w.log.row(i), int(w.labels[i])
	out[0], out[1] = 0, 0
	if label < 0 {
		if !w.grad.absent() {
			clear(w.grad.row(i))
		}
		return
	}
	if !w.grad.absent() {
		e = w.grad.row(i)
	}
	largest, atLabel, correct := w.k.softmax.largest(z), float32(math.NaN()), false
	if label < len(z) {
		atLabel = z[label] - largest
		correct = z[label] == largest && !slices.Contains(z[:label], largest)
	}
	sum := w.k.softmax.shiftedExp(e, z, largest)
	loss := math.Log(sum) - float64(atLabel)
	out[0] = float32(loss)
	if correct && loss == loss {
		out[1] = 1
	}
	if w.grad.absent() {
		return
	}
	scale := scaleOf(w.scale)
	var own float32 // of the label's class
	if label < len(e) {
		own = scale * (float32(float64(e[label])/sum) - 1)
	}
	w.k.scale(scale*float32(1/sum), e, e)
	if label < len(e) {
		e[label] = own
	}
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
