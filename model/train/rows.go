package train

import (
	"math"
	"os"
	"strconv"
)

// Row is a line of metrics.csv; a number that a line has not is NaN.
type Row struct {
	Step               int64
	Epoch              int    // of a step; 0 for an evaluation
	Split              string // train for a step; valid or test for an evaluation
	Best               bool   // an evaluation of the state that was best on the validation split
	Loss, Accuracy     float64
	SigmaMin, SigmaMax float64
	GradNorm           float64
}

// Rows calls each with every row of the run's metrics, in order, holding one at a time. Errors: model.ErrCheckpoint, those of the file system and
// of each.
func (f Folder) Rows(each func(Row) error) error {
	file, err := os.Open(f.Metrics())
	if err != nil {
		return err
	}
	defer file.Close()
	return readMetrics(file, func(r row) error { return each(r.exported()) })
}

// exported is the row as others see it.
func (r row) exported() Row {
	of := func(column int) float64 {
		if v, ok := r.number(column); ok {
			return v
		}
		return math.NaN()
	}
	split, best := splitOf(string(r.fields[2]))
	epoch, _ := strconv.Atoi(string(r.fields[1]))
	return Row{Step: r.step, Epoch: epoch, Split: split, Best: best, Loss: of(3), Accuracy: of(4), SigmaMin: of(5), SigmaMax: of(6), GradNorm: of(7)}
}
