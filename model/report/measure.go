package report

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/inspect"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// Measured is what the checkpoint says of the data.
type Measured struct {
	Split   data.Split
	Targets int      // that were looked at
	Of      int      // that there are
	Classes []string // names of the classes, of a classifier
	Matrix  [][]int  // Matrix[true][said], of a classifier of at most maxClasses classes
	Pairs   [][]Pair // of a regression, for each output; at most maxPairs, evenly spread
	Errors  []float64
	Tokens  []TokenSample // of a network that predicts the next token

	Weights   []inspect.Weight  // of the checkpoint; needs neither data nor device
	Gradients []train.Gradients // of the first recurrence: at the start where it can be made again, and at the checkpoint
}

// Pair is a number and what was predicted for it, in the units of the data.
type Pair struct {
	Index      int // of the target
	True, Said float64
}

// TokenSample is a place in a text.
type TokenSample struct {
	Context, True string
	Said          []Guess // the most probable first
	TrueShare     float64 // probability of the true one
}

// Guess is a token with its probability.
type Guess struct {
	Text  string
	Share float64
}

// What is kept.
const (
	maxClasses  = 64    // classes of a confusion matrix
	maxTargets  = 50000 // targets that are looked at
	maxPairs    = 600
	maxTokens   = 10 // samples of the next token
	maxContext  = 60 // characters before it
	gradientFew = 16 // sequences over which gradients are taken
	maxOutputs  = 8  // outputs of a regression that are drawn
	sampleRows  = 12 // of a table of samples
)

// Weigh reads the weights of the checkpoint. It needs neither data nor a device.
func (r *Run) Weigh() {
	if r.Checkpoint == nil {
		return
	}
	weights, err := inspect.Weights(r.Checkpoint)
	if err != nil {
		r.note("the weights cannot be told", err)
		return
	}
	r.ensureMeasured().Weights = weights
}

func (r *Run) ensureMeasured() *Measured {
	if r.Measured == nil {
		r.Measured = &Measured{}
	}
	return r.Measured
}

// Measure runs the checkpoint over a split of its task: the test split where there is one, else the validation split. What cannot be measured is told
// in the notes; the error is that of ctx.
func (r *Run) Measure(ctx context.Context, dev *gpu.Device, task data.Task) error {
	if r.Checkpoint == nil {
		return nil
	}
	if err := r.predict(ctx, dev, task); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.note("predictions were not measured", err)
	}
	r.measureGradients(dev, task)
	return ctx.Err()
}

// predict fills in what the network says of the split.
func (r *Run) predict(ctx context.Context, dev *gpu.Device, task data.Task) error {
	m := r.ensureMeasured()
	spec := task.Spec()
	if m.Split = data.Test; spec.TestSize == 0 {
		m.Split = data.Valid
	}
	if m.Of = spec.Samples(m.Split) * spec.Output.Rows(1, spec.Length); spec.Stream {
		m.Of = spec.Samples(m.Split)
	}
	net, err := model.New(dev, r.Checkpoint.Config, r.Checkpoint.Optimizer)
	if err != nil {
		return err
	}
	defer net.Close()
	if _, err := r.Checkpoint.Start(net); err != nil {
		return err
	}
	if spec.Stream {
		if err := net.ResetStates(false); err != nil {
			return err
		}
	}
	c := newCollector(m, spec)
	for i := range spec.Batches(m.Split, net.Config.Batch, net.Config.Length) {
		if err := ctx.Err(); err != nil {
			return err
		}
		counted, err := task.Fill(m.Split, 0, i, net.EvalBatch())
		if err != nil {
			return err
		}
		if _, err := net.EvalStep(); err != nil {
			return err
		}
		out, err := net.Outputs()
		if err != nil {
			return err
		}
		c.batch(net.EvalBatch(), out, counted)
		if m.Targets += counted; m.Targets >= maxTargets {
			break
		}
	}
	c.done()
	return nil
}

// measureGradients adds those at the start, if the run drew its parameters, and at the checkpoint.
func (r *Run) measureGradients(dev *gpu.Device, task data.Task) {
	if info, err := model.FindCell(r.Config.Model.Cell); err != nil || !info.Time {
		return
	}
	m := r.ensureMeasured()
	at := func(ck *model.Checkpoint, step int64) error {
		cfg := r.Config.Model
		cfg.Batch = min(cfg.Batch, gradientFew)
		net, err := model.New(dev, cfg, r.Config.Optimizer)
		if err != nil {
			return err
		}
		defer net.Close()
		if ck != nil {
			if _, err := ck.Start(net); err != nil {
				return err
			}
		}
		norms, err := net.GradientNorms(task)
		if err == nil && len(norms) == 0 {
			return fmt.Errorf("the cell %s does not tell those of its states", r.Config.Model.Cell)
		}
		if err == nil {
			m.Gradients = append(m.Gradients, train.Gradients{Step: step, Norms: norms[0]})
		}
		return err
	}
	var err error
	if r.Config.InitFrom == "" {
		err = at(nil, 0)
	}
	if r.Checkpoint.Position.Step > 0 && err == nil {
		err = at(r.Checkpoint, r.Checkpoint.Position.Step)
	}
	if err != nil {
		r.note("gradients through time were not measured", err)
	}
}

// collector takes notes of predictions, batch by batch.
type collector struct {
	m     *Measured
	spec  data.Spec
	every int // targets of which one is kept as a pair
	seen  int
}

func newCollector(m *Measured, spec data.Spec) *collector {
	c := &collector{m: m, spec: spec, every: max(1, min(m.Of, maxTargets)/maxPairs)}
	if spec.Output.Loss == data.SquaredError {
		m.Pairs = make([][]Pair, spec.Output.Width)
		m.Errors = make([]float64, spec.Output.Width)
		return c
	}
	m.Classes = spec.Encoding.Classes
	if m.Classes == nil && spec.Output.Width <= maxClasses {
		for i := range spec.Output.Width {
			m.Classes = append(m.Classes, c.token(int32(i)))
		}
	}
	if spec.Output.Width <= maxClasses {
		m.Matrix = make([][]int, spec.Output.Width)
		for i := range m.Matrix {
			m.Matrix[i] = make([]int, spec.Output.Width)
		}
	}
	return c
}

// token is the text of a token of the output, its number where it has none.
func (c *collector) token(t int32) string {
	e := c.spec.Encoding
	switch {
	case int(t) < len(e.Vocabulary) && len(e.Vocabulary) == c.spec.Output.Width:
		return e.Vocabulary[t]
	case e.Unit == data.Byte:
		return string(rune(t))
	}
	return fmt.Sprint(t)
}

// batch takes the outputs of a batch, a row for each target: t·B+b, or b where there is one a sequence.
func (c *collector) batch(b data.Batch, out []float32, counted int) {
	width := c.spec.Output.Width
	if c.spec.Output.Loss == data.SquaredError {
		c.values(b, out, counted)
		return
	}
	for row, label := range b.Labels {
		if label == data.NotCounted {
			continue
		}
		if c.m.Matrix != nil {
			c.m.Matrix[label][largest(out[row*width:(row+1)*width])]++
		}
	}
	if b.Tokens != nil && c.spec.Output.Where == data.EveryStep && c.spec.Stream && len(c.m.Tokens) == 0 {
		c.text(b, out)
	}
}

func largest(v []float32) int {
	best := 0
	for i := range v {
		if v[i] > v[best] {
			best = i
		}
	}
	return best
}

// values takes pairs of numbers. Targets that count come before those that fill up a last batch.
func (c *collector) values(b data.Batch, out []float32, counted int) {
	width := c.spec.Output.Width
	for row := range len(b.Targets) / width {
		if len(b.Labels) > row && b.Labels[row] == data.NotCounted {
			continue
		}
		for k := range width {
			is, said := float64(b.Targets[row*width+k]), float64(out[row*width+k])
			if n := c.spec.Encoding.Targets; n != nil {
				is, said = n[k].Undo(is), n[k].Undo(said)
			}
			c.m.Errors[k] += (said - is) * (said - is)
			if c.seen%c.every == 0 && len(c.m.Pairs[k]) < maxPairs {
				c.m.Pairs[k] = append(c.m.Pairs[k], Pair{c.seen, is, said})
			}
		}
		c.seen++
	}
}

// text takes samples of the first sequence of a batch.
func (c *collector) text(b data.Batch, out []float32) {
	width := c.spec.Output.Width
	join := ""
	if c.spec.Encoding.Unit == data.Word || c.spec.Encoding.Unit == data.Symbol {
		join = " "
	}
	context := ""
	every := max(1, b.Length/maxTokens)
	for t := range b.Length {
		row := t * b.Size
		if t > 0 {
			context += join
		}
		context += c.token(b.Tokens[row])
		label := b.Labels[row]
		if label == data.NotCounted || (t+1)%every != 0 || len(c.m.Tokens) == maxTokens {
			continue
		}
		y := out[row*width : (row+1)*width]
		share := probabilities(y)
		s := TokenSample{Context: tail(context, maxContext), True: c.token(label), TrueShare: share[label]}
		order := make([]int, width)
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int { return int(math.Copysign(1, share[j]-share[i])) })
		for _, i := range order[:min(3, width)] {
			s.Said = append(s.Said, Guess{c.token(int32(i)), share[i]})
		}
		c.m.Tokens = append(c.m.Tokens, s)
	}
}

// done turns sums into root mean squared errors.
func (c *collector) done() {
	for k := range c.m.Errors {
		c.m.Errors[k] = math.Sqrt(c.m.Errors[k] / float64(max(c.seen, 1)))
	}
}

func probabilities(y []float32) []float64 {
	top, sum := float64(slices.Max(y)), 0.0
	out := make([]float64, len(y))
	for i, v := range y {
		out[i] = math.Exp(float64(v) - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// tail is the end of a text, of so many characters at most.
func tail(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return "…" + string(r[len(r)-n:])
}
