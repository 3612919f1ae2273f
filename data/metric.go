package data

import (
	"math"
	"slices"
)

// Metric names the number by which results of a task are told and compared. It follows from the mean loss over the
// targets that count and the share of them that are right.
type Metric string

// The metrics. The first three follow cross-entropy, as do NatsPerTarget and BitsPerByte.
const (
	Accuracy         Metric = "accuracy"           // share of targets whose class is right, 0 … 1
	Perplexity       Metric = "perplexity"         // exp(cross-entropy)
	BitsPerCharacter Metric = "bits_per_character" // cross-entropy / ln 2
	BitsPerByte      Metric = "bits_per_byte"      // the same of bytes
	NatsPerTarget    Metric = "cross_entropy"      // cross-entropy itself
	MSE              Metric = "mse"                // squared error itself
	RMSE             Metric = "rmse"               // its root
)

func metricsOf(l Loss) []Metric {
	if l == SquaredError {
		return []Metric{MSE, RMSE}
	}
	return []Metric{Accuracy, Perplexity, BitsPerCharacter, BitsPerByte, NatsPerTarget}
}

func (m Metric) known(l Loss) bool {
	return slices.Contains(metricsOf(l), m)
}

// Of returns the metric of a mean loss and a share of right classes (0 … 1, ignored by all but Accuracy).
func (m Metric) Of(meanLoss, right float64) float64 {
	switch m {
	case Accuracy:
		return right
	case Perplexity:
		return math.Exp(meanLoss)
	case BitsPerCharacter, BitsPerByte:
		return meanLoss / math.Ln2
	case RMSE:
		return math.Sqrt(meanLoss)
	}
	return meanLoss
}

// HigherIsBetter tells in which direction the metric improves.
func (m Metric) HigherIsBetter() bool { return m == Accuracy }

// Better tells whether value a of the metric is better than b. A value that is no number is better than none.
func (m Metric) Better(a, b float64) bool {
	switch {
	case math.IsNaN(a):
		return false
	case math.IsNaN(b):
		return true
	case m.HigherIsBetter():
		return a > b
	}
	return a < b
}
