package nn

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Config says what a Network is made of.
type Config struct {
	Layer Layer
	Loss  Loss // nil makes a network that only predicts (Forward)
	Rule  Rule // nil makes a network that is not trained

	In     Shape // of a batch; Width is 1 where Tokens is set
	Tokens bool  // the input is int32 numbers, not values
	Stream bool  // a batch goes on where the one before ended: states are carried

	Shared *Shared // In.Batch rows of a larger batch, of which other networks compute the rest; nil where this one computes all

	Seed  uint64          // of the initial parameters, and of dropout
	Decay float64         // decoupled weight decay of the tensors that have it
	Rates [Groups]float64 // factors of the learning rate of each group; all 0 stands for 1
}

// check tells what is wrong with what is not a layer's.
func (c Config) check() error {
	if absent(c.Layer) {
		return shapeError("network", "there is no Layer; want one, such as a Sequential of several")
	}
	if err := c.In.check("network"); err != nil {
		return err
	}
	for i, r := range c.Rates {
		if !inSingle(r, 0, math.MaxFloat32) {
			return settingError("network", "Rates[%d] = %g; want a factor of the learning rate, 0 or more", i, r)
		}
	}
	if !inSingle(c.Decay, 0, math.MaxFloat32) {
		return settingError("network", "Decay = %g; want a weight decay of 0 or more", c.Decay)
	}
	if absent(c.Rule) {
		return nil
	}
	return c.Rule.Check()
}

// Network is layers, a loss and a rule on a device: it owns their memory and two programs, a training step and an evaluation. The step of a batch that is
// shared is cut into several, the gradients piece by piece and the update.
//
//	net, err := nn.New(dev, nn.Config{Layer: …, Loss: nn.CrossEntropy{}, Rule: nn.Adam{…}, In: nn.Shape{Length: 1, Batch: 128, Width: 784}})
//	defer net.Close()
//	copy(net.Train.Values(), …); copy(net.Train.Labels(), …)
//	stats, err := net.TrainStep(step, rate, 128)
type Network struct {
	Params *Params
	Train  *Run // of training; nil without a Rule
	Eval   *Run // of evaluation; nil without a Loss

	cfg     Config
	dev     *gpu.Device
	mem     gpu.Arena // parameters, their gradients, the rule's slots, the work of weights
	slots   []*gpu.Buffer
	hyper   gpu.View // 1 × HyperLen
	scale   gpu.View // 1 × 1: one over the number of targets that count
	clock   gpu.View // 1 × 1, int32: the number of the step
	norm    gpu.View // 1 × 2
	groups  gpu.View
	prepare *gpu.Program
	stale   bool // what Prepare made is older than the parameters
	exchanged
}

// New plans, allocates and records a network. The device stays the caller's. Errors: gpu.ErrShape, gpu.ErrOutOfMemory, those of layers.
func New(dev *gpu.Device, c Config) (*Network, error) {
	n, err := plan(dev, c)
	if err != nil {
		return nil, err
	}
	if err = n.agree(); err == nil {
		err = n.build()
	}
	if err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

// Memory is what a network takes on a device, in bytes, and how many launches a training step is.
type Memory struct {
	Buffers    int64 // parameters, activations and everything else that stays
	Scratch    int64 // of single operations, one piece for each program
	Dispatches int   // of a training step; 0 without a Rule, or where the executor cannot tell
}

// Measure returns the memory that New would allocate, exactly; nothing is allocated. Errors are those of New.
func Measure(dev *gpu.Device, c Config) (Memory, error) {
	n, err := plan(dev, c)
	if err != nil {
		return Memory{}, err
	}
	m := Memory{Buffers: 4 * n.mem.Words()}
	for _, r := range []*Run{n.Train, n.Eval} {
		if r != nil {
			m.Buffers += 4 * r.mem.Words()
		}
	}
	for _, p := range n.programs() {
		ops, err := p.ops()
		if err != nil {
			return m, err
		}
		takes, _, err := dev.Measure(ops...)
		if err != nil {
			return m, err
		}
		m.Scratch += takes.Scratch
		if p.step {
			m.Dispatches += takes.Dispatches
		}
	}
	return m, nil
}

// plan lays out all memory.
func plan(dev *gpu.Device, c Config) (*Network, error) {
	if dev == nil {
		return nil, &gpu.Error{Op: "network", Kind: gpu.ErrNoDevice, Msg: "the device is nil; open one with gpu.Open"}
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if err := c.Shared.check(c.In.Batch); err != nil {
		return nil, err
	}
	if c.Rates == ([Groups]float64{}) {
		c.Rates = [Groups]float64{1, 1, 1}
	}
	n := &Network{cfg: c, dev: dev, stale: true}
	train := !absent(c.Rule) && !absent(c.Loss)
	n.Params = NewParams(dev.Info(), &n.mem, c.Seed, train)
	if _, err := c.Layer.Declare(n.Params, c.In); err != nil {
		return nil, err
	}
	if err := n.Params.Complete(); err != nil {
		return nil, err
	}
	if train {
		n.planRule()
	}
	var err error
	if train {
		if n.Train, err = n.planRun("train", true); err != nil {
			return nil, err
		}
	}
	if absent(c.Loss) {
		return n, nil
	}
	if n.Eval, err = n.planRun("eval", false); err != nil {
		return nil, err
	}
	if train {
		n.Eval.mem.Share(&n.Train.mem)
	}
	if train && c.Shared != nil {
		return n, n.planPieces()
	}
	return n, nil
}

// planRule reserves what the optimiser needs.
func (n *Network) planRule() {
	words := n.Params.Words()
	for _, name := range n.cfg.Rule.Slots() {
		b := n.mem.Unit("optimiser's "+name, gpu.DeviceOnly)
		b.Reserve(1, words)
		n.slots = append(n.slots, b)
	}
	if n.cfg.Shared != nil {
		n.planExchange(words)
	}
	n.groups = n.mem.Unit("parameter groups", gpu.DeviceOnly).Reserve(n.Params.groupCount(), 2)
	settings := n.mem.Unit("settings of a step", gpu.HostToDevice)
	n.hyper, n.scale, n.clock = settings.Reserve(1, gpu.HyperLen), settings.Reserve(1, 1), settings.Reserve(1, 1)
	n.norm = n.Params.Out.Reserve(1, 2)
	n.mem.Fill(n.groups, func(dst []float32) {
		var rates [Groups]float32
		for i, r := range n.cfg.Rates {
			rates[i] = float32(r)
		}
		n.Params.groupTable(dst, rates, float32(n.cfg.Decay))
	})
}

// program is one of a network's programs: how it is recorded, and where it is kept.
type program struct {
	name string
	ops  func() ([]gpu.Op, error)
	at   **gpu.Program
	step bool // it is run in every step of training
}

// programs lists the programs that the network has.
func (n *Network) programs() []program {
	list := []program{{name: "prepare", ops: n.prepareOps, at: &n.prepare}}
	if n.Eval != nil {
		list = append(list, program{name: "eval", ops: n.evalOps, at: &n.Eval.prog})
	}
	switch {
	case n.Train == nil:
	case n.cfg.Shared == nil:
		list = append(list, program{"train", n.trainOps, &n.Train.prog, true})
	default:
		for i := range n.pieces {
			p := &n.pieces[i]
			list = append(list, program{"gradients", func() ([]gpu.Op, error) { return n.record(*p) }, &p.prog, true})
		}
		list = append(list, program{"update", n.updateOps, &n.update, true})
	}
	return list
}

// build allocates the memory and compiles the programs.
func (n *Network) build() error {
	if err := n.mem.Alloc(n.dev); err != nil {
		return err
	}
	if n.Train != nil {
		if err := n.Train.mem.Alloc(n.dev); err != nil {
			return err
		}
	}
	if n.Eval != nil {
		if err := n.Eval.mem.Alloc(n.dev); err != nil {
			return err
		}
	}
	for _, p := range n.programs() {
		ops, err := p.ops()
		if err != nil {
			return err
		}
		if len(ops) == 0 {
			continue
		}
		if *p.at, err = n.dev.Compile(p.name, ops...); err != nil {
			return err
		}
	}
	return nil
}

// prepareOps records what evaluation needs of the parameters.
func (n *Network) prepareOps() ([]gpu.Op, error) {
	r := &Record{}
	for _, b := range n.Params.banks {
		b.Prepare(r)
	}
	return r.Ops()
}

// evalOps records an evaluation.
func (n *Network) evalOps() ([]gpu.Op, error) {
	r := &Record{}
	n.Eval.begin(r)
	n.Eval.pass.Forward(r)
	n.Eval.loss.Record(r)
	n.Eval.end(r)
	return r.Ops()
}

// trainOps records a training step.
func (n *Network) trainOps() ([]gpu.Op, error) {
	r := &Record{Train: true}
	n.recordGradients(r)
	n.recordUpdate(r)
	return r.Ops()
}

// updateOps records the last part of a step on a batch that is shared, from the gradients of the whole batch.
func (n *Network) updateOps() ([]gpu.Op, error) {
	r := &Record{Train: true}
	r.Do(gpu.Copy{Y: n.gradients(), X: n.sum})
	n.recordUpdate(r)
	return r.Ops()
}

// gradients is the flat vector of all gradients.
func (n *Network) gradients() gpu.View { return n.Params.grads.View(0, 1, n.Params.Words()) }

// recordGradients records a step up to the gradients.
func (n *Network) recordGradients(r *Record) {
	for _, b := range n.Params.banks {
		b.Prepare(r)
	}
	n.Train.begin(r)
	n.Train.pass.Forward(r)
	n.Train.loss.Record(r)
	n.Train.pass.Backward(r)
	for _, b := range n.Params.banks {
		b.Finish(r)
	}
}

// recordUpdate records what follows from the gradients.
func (n *Network) recordUpdate(r *Record) {
	words := n.Params.Words()
	flat := func(b *gpu.Buffer) gpu.View { return b.View(0, 1, words) }
	var slots []gpu.View
	for _, s := range n.slots {
		slots = append(slots, flat(s))
	}
	grads := n.gradients()
	r.Do(gpu.Norm{Out: n.norm, X: grads}, n.cfg.Rule.Op(flat(n.Params.values), grads, slots, n.hyper, n.norm, n.groups))
	for _, b := range n.Params.banks {
		b.Project(r)
	}
	n.Train.end(r)
}

// Prepare computes what follows from the parameters alone, every W say, if they have changed since the last time.
func (n *Network) Prepare() error {
	if !n.stale || n.prepare == nil {
		return nil
	}
	if err := n.prepare.Run(); err != nil {
		return err
	}
	n.stale = false
	return nil
}

// Scratch returns the bytes that the programs hold beside the buffers.
func (n *Network) Scratch() int64 {
	var bytes int64
	for _, p := range n.programs() {
		if *p.at != nil {
			bytes += (*p.at).Scratch()
		}
	}
	return bytes
}

// Changed tells the network that the caller has written parameters.
func (n *Network) Changed() { n.stale = true }

// Slots returns the optimiser's vectors, laid out as the parameters, in the order of Rule.Slots.
func (n *Network) Slots() []*gpu.Buffer { return n.slots }

// Config returns the configuration.
func (n *Network) Config() Config { return n.cfg }

// Device returns the device that the network lives on.
func (n *Network) Device() *gpu.Device { return n.dev }

// Close frees the programs and the memory.
func (n *Network) Close() {
	if n == nil {
		return
	}
	n.prepare.Close()
	n.update.Close()
	for _, p := range n.pieces {
		p.prog.Close()
	}
	n.Eval.close()
	n.Train.close()
	n.mem.Close()
}
