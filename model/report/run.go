package report

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// Run is what the folder of a run holds.
type Run struct {
	Name       string // the folder's
	Folder     train.Folder
	Config     train.Config
	Checkpoint *model.Checkpoint // the state that the report measures: the best on the validation split, else the last; nil where there is none
	Best       bool              // it is the best
	Step       int64             // done in all
	Curves     *train.Curves
	Figures    Figures
	Gradients  []train.Gradients // as recorded in training
	Sessions   []train.Session
	State      string   // done, stopped early, interrupted, diverged, …
	Good       bool     // it ended as it was to end
	Notes      []string // what is missing or not as it should be

	Spec     data.Spec // of the task; of what the checkpoint knows of it where the data is not at hand
	Measured *Measured // nil until Measure
}

// Figures are the numbers that runs are compared by; one that a run has not is NaN.
type Figures struct {
	Train               float64 // loss of the last step
	Valid, Test         float64 // the metric at the last evaluation
	BestValid           float64
	BestValidStep       int64
	BestTest            float64 // of the test split, with the state that was best on the validation split
	SigmaMin, SigmaMax  float64 // of the last step
	SigmaLow, SigmaHigh float64 // the extremes of all steps
	GradLow, GradHigh   float64 // of the gradient norm, over all steps
	Defect              float64
	ValidLoss, TestLoss float64
}

// Read reads the folder of a run. Errors: model.ErrConfig where it is none; what else is missing or damaged is told in the notes.
func Read(dir string) (*Run, error) {
	f := train.Folder{Dir: dir}
	c, err := f.ReadConfig()
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{Name: filepath.Base(abs), Folder: f, Config: c}
	r.readCheckpoint()
	r.Spec = r.knownSpec()
	if r.Curves, err = f.ReadCurves(); err != nil {
		r.note("the metrics cannot be read", err)
		r.Curves = &train.Curves{}
	}
	if r.Gradients, err = f.ReadGradients(); err != nil {
		r.note("the recorded gradients cannot be read", err)
	}
	if r.Sessions, err = f.ReadSessions(); err != nil {
		r.note("the sessions cannot be read", err)
	}
	r.describeState()
	r.readFigures()
	return r, nil
}

func (r *Run) note(what string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		r.Notes = append(r.Notes, what+": there is no such file yet.")
		return
	}
	r.Notes = append(r.Notes, fmt.Sprintf("%s: %v.", what, err))
}

// readCheckpoint takes the best state where there is one, and how far the run came from the last.
func (r *Run) readCheckpoint() {
	last, err := model.Load(r.Folder.Checkpoint())
	if err != nil {
		r.note("the last checkpoint cannot be read", err)
	} else {
		r.Checkpoint, r.Step = last, last.Position.Step
	}
	if _, err := os.Stat(r.Folder.Best()); err != nil {
		return
	}
	best, err := model.Load(r.Folder.Best())
	if err != nil {
		r.note("the best state cannot be read", err)
		return
	}
	r.Checkpoint, r.Best = best, true
}

// knownSpec is what settings and checkpoint say of the task.
func (r *Run) knownSpec() data.Spec {
	m := r.Config.Model
	s := data.Spec{Name: r.Config.Task, Length: m.Length, Input: m.Input, Output: m.Output, Stream: m.Stream, Metric: data.NatsPerTarget}
	switch {
	case m.Output.Loss == data.SquaredError:
		s.Metric = data.MSE
	case !m.Input.IsTokens():
		s.Metric = data.Accuracy
	}
	if r.Config.Epochs == 0 {
		s.TrainSize = data.Endless
	}
	if r.Checkpoint != nil {
		s.Encoding = r.Checkpoint.Encoding
	}
	return s
}

// UseSpec tells the run its task's specification, where the data is at hand.
func (r *Run) UseSpec(s data.Spec) {
	r.Spec = s
	r.readFigures()
	r.describeState()
}

// describeState says in a word how the run ended.
func (r *Run) describeState() {
	r.State, r.Good = "unfinished", false
	if last, err := r.Config.LastStep(r.Spec); err == nil && r.Step >= last || r.Config.Steps > 0 && r.Step >= r.Config.Steps {
		r.State, r.Good = "done", true
		return
	}
	if n := len(r.Sessions); n > 0 {
		switch s := r.Sessions[n-1]; s.Reason {
		case "":
			r.State = fmt.Sprintf("step %d of %d", r.Step, s.LastStep)
		case "done", "stopped early":
			r.State, r.Good = s.Reason, true
		default:
			r.State = s.Reason
		}
	}
}

// readFigures reads the numbers that the report tells.
func (r *Run) readFigures() {
	nan := math.NaN()
	f := Figures{Train: nan, Valid: nan, Test: nan, BestValid: nan, BestTest: nan, SigmaMin: nan, SigmaMax: nan, SigmaLow: nan, SigmaHigh: nan, GradLow: nan, GradHigh: nan,
		Defect: nan, ValidLoss: nan, TestLoss: nan}
	metric := r.Spec.Metric
	err := r.Folder.Rows(func(row train.Row) error {
		if row.Split == "train" {
			f.Train, f.SigmaMin, f.SigmaMax = row.Loss, row.SigmaMin, row.SigmaMax
			f.SigmaLow, f.SigmaHigh = smaller(f.SigmaLow, row.SigmaMin), -smaller(-f.SigmaHigh, -row.SigmaMax)
			f.GradLow, f.GradHigh = smaller(f.GradLow, row.GradNorm), -smaller(-f.GradHigh, -row.GradNorm)
			r.Step = max(r.Step, row.Step)
			return nil
		}
		value := metric.Of(row.Loss, row.Accuracy)
		switch {
		case row.Best:
			f.BestTest = value
		case row.Split == "test":
			f.Test, f.TestLoss = value, row.Loss
		default:
			f.Valid, f.ValidLoss = value, row.Loss
			if metric.Better(value, f.BestValid) {
				f.BestValid, f.BestValidStep = value, row.Step
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, model.ErrCheckpoint) { // which Curves has told
		r.note("the metrics cannot be read", err)
	}
	if pts := r.Curves.Of("orthogonality_defect", "valid"); len(pts) > 0 {
		f.Defect = pts[len(pts)-1].Y
	} else if pts := r.Curves.Of("orthogonality_defect", "test"); len(pts) > 0 {
		f.Defect = pts[len(pts)-1].Y
	}
	r.Figures = f
}

// smaller returns the smaller of two numbers, of which either may be NaN.
func smaller(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

// result is the number that runs are compared by, and what it is: of the test split with the best state, else with the last one, else of the
// validation split.
func (f Figures) result() (value float64, what string) {
	switch {
	case !math.IsNaN(f.BestTest):
		return f.BestTest, "test, best validated state"
	case !math.IsNaN(f.Test):
		return f.Test, "test"
	case !math.IsNaN(f.Valid):
		return f.Valid, "validation"
	}
	return math.NaN(), "not evaluated"
}
