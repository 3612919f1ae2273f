package train

import "github.com/spectral-gpu/spectral-gpu/data"

// Event is something that happened in a run: StartEvent, NoticeEvent, StepEvent, EvalEvent or EndEvent. Their JSON form is the
// program's; numbers of steps and evaluations that are not finite are null in it, and the field "not_finite" names them.
type Event interface{ event() }

// StartEvent comes once, before the first step.
type StartEvent struct {
	Event       string `json:"event"` // "start"
	Task        string `json:"task"`
	Device      string `json:"device"`
	Executor    string `json:"executor"`
	Parameters  int    `json:"parameters"`
	MemoryBytes int64  `json:"memory_bytes"` // device memory of the buffers
	FirstStep   int64  `json:"first_step"`   // after a resume, the step at which it goes on
	LastStep    int64  `json:"last_step"`
	PerEpoch    int    `json:"steps_per_epoch"`
	Ranks       int    `json:"ranks,omitempty"`   // that train together, where there are several
	Endless     bool   `json:"endless,omitempty"` // samples are generated for ever: an epoch is a number of steps that the learning rate counts by
	Version     string `json:"version"`           // of the program
}

// StepEvent is one step of training. With a number that is not finite it is the one that ends the run, and was not done.
type StepEvent struct {
	Event       string  `json:"event"` // "step"
	Step        int64   `json:"step"`  // from 1
	Epoch       int     `json:"epoch"` // from 0
	Loss        float64 `json:"loss"`  // mean over the batch
	Accuracy    float64 `json:"accuracy,omitempty"`
	SigmaMin    float64 `json:"sigma_min"`
	SigmaMax    float64 `json:"sigma_max"`
	GradNorm    float64 `json:"grad_norm"`
	StepSeconds float64 `json:"step_seconds"`
}

// EvalEvent is an evaluation on a split.
type EvalEvent struct {
	Event        string      `json:"event"` // "eval"
	Step         int64       `json:"step"`
	Split        data.Split  `json:"split"`
	Samples      int         `json:"samples"`
	Accuracy     *float64    `json:"accuracy,omitempty"`      // classification
	CrossEntropy *float64    `json:"cross_entropy,omitempty"` // classification, nats
	MSE          *float64    `json:"mse,omitempty"`           // regression
	Tail         *float64    `json:"tail,omitempty"`          // mean loss of the last steps alone, where the task asks for it
	Metric       data.Metric `json:"metric"`                  // the number by which the task's results are compared
	Value        float64     `json:"value"`                   // of the metric
	Best         bool        `json:"best,omitempty"`          // of the state with the best result on the validation split, not of the last one
	SigmaMin     float64     `json:"sigma_min"`
	SigmaMax     float64     `json:"sigma_max"`
	// SigmaQuantiles are the 5, 25, 50, 75 and 95 % quantiles of the singular values of all factored weights together; none where there are none.
	SigmaQuantiles []float64 `json:"sigma_quantiles,omitempty"`
	Defect         float64   `json:"orthogonality_defect"` // largest ‖QᵀQ−I‖_F/√n of the factors; 0 where W is not factored
	Seconds        float64   `json:"seconds"`
}

// EndEvent comes once, last.
type EndEvent struct {
	Event             string  `json:"event"` // "end"
	Device            string  `json:"device"`
	Executor          string  `json:"executor"`
	Steps             int64   `json:"steps"` // done in all, resumed ones included
	Seconds           float64 `json:"seconds"`
	FirstStepSeconds  float64 `json:"first_step_seconds"` // from Options.Start to the end of the first step; 0 where there was none
	SubmitsPerStep    int     `json:"submits_per_step"`
	DispatchesPerStep int     `json:"dispatches_per_step"`
	Parameters        int     `json:"parameters"`
	Reason            string  `json:"reason"` // "done", "interrupted", "diverged", "failed"
	Out               string  `json:"out"`
}

// NoticeEvent is something that the user should know and the run goes on with.
type NoticeEvent struct {
	Event string `json:"event"` // "notice"
	Text  string `json:"text"`
}

func (StartEvent) event()  {}
func (NoticeEvent) event() {}
func (StepEvent) event()   {}
func (EvalEvent) event()   {}
func (EndEvent) event()    {}
