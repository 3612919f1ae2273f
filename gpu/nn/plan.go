package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Plan owns the memory of one pass at one shape, for training or for evaluation, and its carried states.
type Plan struct {
	Name   string // "train", "eval": no two plans of a network have the same
	Mem    *gpu.Arena
	Train  bool
	Stream bool        // a batch goes on where the one before ended
	Seed   uint64      // of masks
	Part   gpu.Part    // which samples of a larger batch those of the pass are, for masks
	Clock  gpu.View    // 1 × 1, int32: the number of the step, for masks that change with it
	Scale  gpu.View    // 1 × 1: one over the number of targets that count
	In     *gpu.Buffer // host-visible words that go in: labels, targets
	Out    *gpu.Buffer // host-visible words that come out: losses

	scope   string
	carried *[]carried
}

// carried is a state that outlives a pass: first is set from it before the pass, last is kept after it.
type carried struct {
	name              string
	kept, first, last gpu.View
}

// NewPlan returns a plan of a pass of its own, without a loss or streams, in an arena.
func NewPlan(name string, mem *gpu.Arena, train bool) *Plan {
	return &Plan{Name: name, Mem: mem, Train: train, carried: new([]carried)}
}

// Scope returns the same plan under which names begin with name and a dot.
func (p *Plan) Scope(name string) *Plan {
	q := *p
	q.scope += name + "."
	return &q
}

// Unit adds a unit of device memory, named in this scope.
func (p *Plan) Unit(name string) *gpu.Buffer { return p.Mem.Unit(p.scope+name, gpu.DeviceOnly) }

// Carry makes last, as a pass leaves it, the first of the next pass (rows × cols each): the state of a stream. It has no effect where
// the plan is not of a stream.
func (p *Plan) Carry(name string, first, last gpu.View) {
	if !p.Stream {
		return
	}
	kept := p.Mem.Unit(p.scope+name+" between batches of "+p.Name, gpu.DeviceOnly).Reserve(first.Rows, first.Cols)
	*p.carried = append(*p.carried, carried{p.scope + name, kept, first, last})
}

// flow reserves an output of a layer, with its gradient where the plan is for training.
func (p *Plan) flow(name string, s Shape) Flow {
	unit := p.Unit(name)
	f := Flow{Shape: s, Y: unit.Reserve(s.Rows(), s.Width)}
	if p.Train {
		f.DY = unit.Reserve(s.Rows(), s.Width)
	}
	return f
}
