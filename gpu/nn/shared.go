package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Shared is a batch that several networks of the same parameters divide, each on a device of its own. A network computes the gradients of its rows
// (Config.In.Batch of them), in units of the mean over the whole batch; Sum adds up those of all; and every network updates its parameters by the
// sum, so that they stay the same.
type Shared struct {
	Batch int // rows of the whole batch
	First int // of them, the first of this network's
	// Sum writes to dst the sum of src over all networks, the same on each, and to s the sums of its LossSum and Correct. It runs between the
	// gradients and the update of a step. dst is only to be written, in order.
	Sum func(dst, src []float32, s *Stats) error

	// Begin, which may be nil, begins to write to dst the sum of src over all networks, beside what the network goes on to compute; the next Sum, and Wait, return
	// after it. With it, gradients travel in pieces: the large ones that are final before the end of the way back do so meanwhile.
	Begin func(dst, src []float32)
	// Wait returns when what was begun has ended, well or not. Needed with Begin.
	Wait func()
	// Everywhere cuts the step also where little is computed afterwards.
	Everywhere bool
	// Agree replaces numbers by their sums over all networks. Needed with Begin: New calls it once, so that all networks are made at a time.
	Agree func(numbers []float64) error
}

// exchanged is the host's memory of the gradients that go out and of the sum that comes back, 1 × words each, the programs that make them piece by
// piece, and the one that goes on with the sum.
type exchanged struct {
	own, sum gpu.View
	pieces   []piece
	update   *gpu.Program
}

// part tells which rows of the whole batch those of this network are.
func (c Config) part() gpu.Part {
	if c.Shared == nil {
		return gpu.Part{}
	}
	return gpu.Part{Rows: c.In.Batch, Of: c.Shared.Batch, First: c.Shared.First}
}

// check refuses rows that are not in the batch.
func (s *Shared) check(rows int) error {
	if s == nil {
		return nil
	}
	if s.Begin != nil && (s.Wait == nil || s.Agree == nil) {
		return shapeError("network", "a batch that networks share has a Begin without Wait or Agree; want all three, or none")
	}
	if s.Sum == nil || s.First < 0 || s.First > s.Batch-rows {
		return shapeError("network", "rows %d … %d of a batch of %d that networks share; want rows that it has, and a Sum", s.First, s.First+rows-1, s.Batch)
	}
	return nil
}

// planExchange reserves the memory of what is exchanged.
func (n *Network) planExchange(words int) {
	n.own = n.mem.Unit("gradients that go out", gpu.DeviceToHost).Reserve(1, words)
	n.sum = n.mem.Unit("gradients that come back", gpu.HostToDevice).Reserve(1, words)
}

// sharedStep is the training step of a network that shares its batches.
func (n *Network) sharedStep() (Stats, error) {
	c, own, sum := n.cfg.Shared, Host(n.own), Host(n.sum)
	for i, p := range n.pieces {
		if err := p.prog.Run(); err != nil {
			if i > 0 {
				c.Wait() // own and sum are still in use
			}
			return Stats{}, err
		}
		if p.first > 0 {
			c.Begin(sum[p.first:p.end], own[p.first:p.end])
		}
	}
	s, end := n.Train.stats(), n.pieces[len(n.pieces)-1].end
	if err := c.Sum(sum[:end], own[:end], &s); err != nil {
		return Stats{}, err
	}
	return s, n.update.Run()
}
