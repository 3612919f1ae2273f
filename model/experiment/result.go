package experiment

import (
	"fmt"
	"math"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// Result is what a run has shown. A number that it has not is NaN.
type Result struct {
	Note
	Dir        string // the run's folder
	Spec       data.Spec
	Seed       uint64
	Metric     data.Metric
	Steps      int64   // of training
	Last       float64 // of the test split, with the last state
	Best       float64 // of the test split, with the state that was best on the validation split
	BestTest   float64 // the best of all evaluations on the test split: chosen on the test split
	Valid      float64 // the best on the validation split
	Margin     float64 // largest |σ − σ*| in training
	RatioLow   float64 // smallest and largest ‖dL/dh_1‖ / ‖dL/dh_T‖ in training
	RatioHigh  float64
	Evals      []Eval // during training, of the split that decides
	Gradients  []train.Gradients
	MarginPath []Eval // largest |σ − σ*| so far, at up to 200 steps; Loss and Value are the same
}

// Eval is an evaluation during training.
type Eval struct {
	Step        int64
	Loss, Value float64
}

const marginPoints = 200

// readResult reads a run's files.
func readResult(f train.Folder, n Note, seed uint64, spec data.Spec) (*Result, error) {
	nan := math.NaN()
	r := &Result{Note: n, Dir: f.Dir, Spec: spec, Seed: seed, Metric: spec.Metric, Last: nan, Best: nan, BestTest: nan, Valid: nan, Margin: nan, RatioLow: nan, RatioHigh: nan}
	center := n.Config.Model.Center
	decides, tests := "valid", 0
	if spec.ValidSize == 0 {
		decides = "test"
	}
	err := f.Rows(func(row train.Row) error {
		if row.Split == "train" {
			r.addMargin(row, center)
			r.Steps = row.Step
			return nil
		}
		value := r.Metric.Of(row.Loss, row.Accuracy)
		switch {
		case row.Best:
			r.Best = value
			return nil
		case row.Split == "test":
			r.Last = value
			if tests++; r.Metric.Better(value, r.BestTest) {
				r.BestTest = value
			}
		case r.Metric.Better(value, r.Valid):
			r.Valid = value
			r.Best = nan // the state of this evaluation, unless a later row says so
		}
		if row.Split == decides {
			r.Evals = append(r.Evals, Eval{row.Step, row.Loss, value})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if math.IsNaN(r.Best) && decides == "valid" && len(r.Evals) > 0 && n.final() && n.Reason != "diverged" {
		r.Best = r.Last // the last state was the best
	}
	if tests < 2 {
		r.BestTest = nan
	}
	if n.Reason == "diverged" {
		r.Last, r.Best = nan, nan
	}
	if k := len(r.MarginPath); k > 0 && r.MarginPath[k-1].Step < r.Steps {
		r.MarginPath = append(r.MarginPath, Eval{r.Steps, r.Margin, r.Margin})
	}
	if r.Gradients, err = f.ReadGradients(); err != nil {
		return nil, err
	}
	for _, g := range r.Gradients {
		q := g.Ratio()
		r.RatioLow, r.RatioHigh = smaller(r.RatioLow, q), -smaller(-r.RatioHigh, -q)
	}
	return r, nil
}

// smaller returns the smaller of two numbers, of which a may be NaN.
func smaller(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

func (r *Result) addMargin(row train.Row, center float64) {
	if math.IsNaN(row.SigmaMax) {
		return
	}
	m := max(row.SigmaMax-center, center-row.SigmaMin)
	if !(m <= r.Margin) {
		r.Margin = m
	}
	every := max(r.Config.Steps/marginPoints, 1)
	if r.Config.Steps == 0 {
		every = 50
	}
	if row.Step%every == 1 || every == 1 {
		r.MarginPath = append(r.MarginPath, Eval{row.Step, r.Margin, r.Margin})
	}
}

// Measures lists what claims can be about.
func Measures() []string {
	return []string{"last", "best", "best-test", "valid", "steps-below", "margin", "gradient-low", "gradient-high", "parameters", "seconds"}
}

// measure returns a number of the run; steps-below is the step of the first evaluation whose loss is below that number. Steps and seconds include
// those of the runs before that this one goes on from.
func (r *Result) measure(name string, below float64) float64 {
	switch name {
	case "", "last":
		return r.Last
	case "best":
		return r.Best
	case "best-test":
		return r.BestTest
	case "valid":
		return r.Valid
	case "margin":
		return r.Margin
	case "gradient-low":
		return r.RatioLow
	case "gradient-high":
		return r.RatioHigh
	case "parameters":
		return float64(r.Parameters)
	case "seconds":
		return r.Before.Seconds + r.Seconds
	case "steps-below":
		for _, e := range r.Evals {
			if e.Loss < below {
				return float64(r.Before.Steps + e.Step)
			}
		}
	}
	return math.NaN()
}

// higherIsBetter tells in which direction a measure improves.
func (r *Result) higherIsBetter(name string) bool {
	switch name {
	case "", "last", "best", "best-test", "valid":
		return r.Metric.HigherIsBetter()
	}
	return name == "gradient-low"
}

func (r *Result) line(variant string) string {
	if strings.Contains(variant, "seed=") { // of a sweep
		return fmt.Sprintf("%s: %s, test %s in %.0f s", variant, r.Reason, show(r.Metric, r.Last), r.Seconds)
	}
	return fmt.Sprintf("%s, seed %d: %s, test %s in %.0f s", variant, r.Seed, r.Reason, show(r.Metric, r.Last), r.Seconds)
}
