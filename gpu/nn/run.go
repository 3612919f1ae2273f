package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Run is one planned pass of a network with the batch that goes in, the losses that come out, and its program.
type Run struct {
	mem     gpu.Arena
	in      Flow
	host    *gpu.Buffer // values or tokens
	pass    Pass
	loss    LossPass
	carried []carried
	prog    *gpu.Program
}

func (n *Network) planRun(name string, train bool) (*Run, error) {
	c := n.cfg
	r := &Run{in: Flow{Shape: c.In}}
	p := &Plan{Name: name, Mem: &r.mem, Train: train, Stream: c.Stream, Seed: c.Seed, Part: c.part(), Scale: n.scale, Clock: n.clock, carried: &r.carried}
	r.host = r.mem.Unit("inputs", gpu.HostToDevice)
	r.in.Y = r.host.Reserve(c.In.Rows(), c.In.Width)
	p.In, p.Out = r.mem.Unit("targets", gpu.HostToDevice), r.mem.Unit("losses", gpu.DeviceToHost)
	var err error
	if r.pass, err = c.Layer.Plan(p, r.in); err != nil {
		return nil, err
	}
	r.loss, err = c.Loss.Plan(p, r.pass.Out())
	return r, err
}

// begin records what comes before a pass: carried states are put in place.
func (r *Run) begin(rec *Record) {
	for _, c := range r.carried {
		rec.Do(gpu.Copy{Y: c.first, X: c.kept})
	}
}

// end records what comes after it: states are kept for the next batch.
func (r *Run) end(rec *Record) {
	for _, c := range r.carried {
		rec.Do(gpu.Copy{Y: c.kept, X: c.last})
	}
}

func (r *Run) stats() Stats {
	loss, correct := r.loss.Sum()
	return Stats{LossSum: loss, Correct: correct}
}

// Values is the host's slice of the input, Rows × Width; Tokens is the same words as numbers. Like Labels and Targets it is nil for a Run that the
// network does not have.
func (r *Run) Values() []float32 {
	if r == nil {
		return nil
	}
	return Host(r.in.Y)
}

// Tokens is the host's slice of the input where it is tokens, one a row.
func (r *Run) Tokens() []int32 { return gpu.AsInts(r.Values()) }

// Labels is the host's slice of the label of every row of the output, −1 where it does not count.
func (r *Run) Labels() []int32 {
	if r == nil {
		return nil
	}
	return r.loss.Labels()
}

// Targets is the host's slice of the values to predict; nil for a loss over classes.
func (r *Run) Targets() []float32 {
	if r == nil {
		return nil
	}
	return r.loss.Targets()
}

// TailSum returns the sums of losses and right answers of the last run over the last steps alone.
func (r *Run) TailSum(steps int) (loss, correct float64, err error) { return r.loss.Tail(steps) }

// Outputs returns the outputs of the last run, rows × width. After a training step they may have been overwritten.
func (r *Run) Outputs() ([]float32, error) { return gpu.ReadView(r.pass.Out().Y) }

// Pass returns the planned pass, for what its layers tell.
func (r *Run) Pass() Pass { return r.pass }

// Program returns the recorded program.
func (r *Run) Program() *gpu.Program { return r.prog }

// State is a carried state by name.
type State struct {
	Name string
	View gpu.View
}

// States returns the states that are carried from batch to batch.
func (r *Run) States() []State {
	var out []State
	for _, c := range r.carried {
		out = append(out, State{c.name, c.kept})
	}
	return out
}

// ResetStates makes the next batch the beginning of a stream.
func (r *Run) ResetStates() error {
	for _, c := range r.carried {
		if err := gpu.WriteView(c.kept, make([]float32, c.kept.Len())); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) close() {
	if r == nil {
		return
	}
	r.prog.Close()
	r.mem.Close()
}
