package exact

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() {
	implement(softmaxCrossEntropy)
	implement(meanSquaredError)
}

// integer returns element (0, i) of a row of int32, which are stored as the bit patterns of fp32 numbers.
func (m matrix) integer(i int) int { return int(int32(math.Float32bits(float32(m.at(0, i))))) }

// counts tells whether row i of a loss counts, by its label.
func (m matrix) counts(i int) bool { return m.words == nil || m.integer(i) >= 0 }

func softmaxCrossEntropy(o gpu.SoftmaxCrossEntropy) {
	z, labels, scale := window(o.Logits).clone(), window(o.Labels), window(o.Scale).or(0, 0, 1)
	rows, grad := window(o.Rows), window(o.DLogits)
	for i := range z.Rows {
		loss, correct := 0.0, 0.0
		p, best := softmax(z, i)
		label := labels.integer(i)
		if label >= 0 {
			loss = math.NaN()
			if label < z.Cols {
				loss = p.logSum - z.at(i, label)
			}
			if best == label && !math.IsNaN(loss) {
				correct = 1
			}
		}
		rows.set(i, 0, loss)
		rows.set(i, 1, correct)
		for j := 0; grad.words != nil && j < z.Cols; j++ {
			g := scale * p.values[j]
			if j == label {
				g -= scale
			}
			if label < 0 {
				g = 0
			}
			grad.set(i, j, g)
		}
	}
	sumOfLosses(o.Sum, rows)
}

// distribution is the softmax of a row, and log Σ eˣ of it.
type distribution struct {
	values []float64
	logSum float64
}

// softmax returns the softmax of row i and the index of its largest element, the first of equals.
func softmax(z matrix, i int) (p distribution, best int) {
	for j := range z.Cols {
		if z.at(i, j) > z.at(i, best) {
			best = j
		}
	}
	sum := 0.0
	for j := range z.Cols {
		e := math.Exp(z.at(i, j) - z.at(i, best))
		p.values = append(p.values, e)
		sum += e
	}
	for j := range p.values {
		p.values[j] /= sum
	}
	p.logSum = z.at(i, best) + math.Log(sum)
	return p, best
}

func sumOfLosses(sum gpu.View, rows matrix) {
	if !sum.IsZero() {
		colDot(gpu.ColDot{Out: sum, A: rows.View, Alpha: 1})
	}
}

func meanSquaredError(o gpu.MeanSquaredError) {
	pred, target, labels, scale := window(o.Pred).clone(), window(o.Target), window(o.Labels), window(o.Scale).or(0, 0, 1)
	rows, grad, n := window(o.Rows), window(o.DPred), float64(o.Pred.Cols)
	for i := range pred.Rows {
		loss := 0.0
		for j := range pred.Cols {
			e := pred.at(i, j) - target.at(i, j)
			if !labels.counts(i) {
				e = 0
			}
			loss += e * e / n
			if grad.words != nil {
				grad.set(i, j, scale*2/n*e)
			}
		}
		rows.set(i, 0, loss)
		rows.set(i, 1, 0)
	}
	sumOfLosses(o.Sum, rows)
}
