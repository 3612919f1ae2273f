package model

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/model/ranks"
)

// shared is what a network knows of the ranks that it divides its batches with.
type shared struct {
	group *ranks.Group // nil where it computes whole batches
	first int          // of the rows of a batch, the first that it computes
	rows  int          // how many
	tail  [3]float64   // what travels with the gradients
}

// NewShared is New for a rank of a group: of every batch of c.Batch rows the network computes this rank's, all ranks add up their gradients, and each
// updates the same parameters. NewShared, TrainStep, EvalStep, TailSum and Snapshot are then calls that all ranks make. Errors besides those of New: ErrConfig
// where there are more ranks than rows; *ranks.Error.
func NewShared(dev *gpu.Device, c Config, o Optimizer, g *ranks.Group) (*Network, error) {
	if g.Alone() {
		return New(dev, c, o)
	}
	if err := CheckShared(c, g); err != nil {
		return nil, err
	}
	s := shared{group: g}
	s.first, s.rows = g.Part(c.Batch)
	return build(dev, c, o, s)
}

// CheckShared returns ErrConfig where a batch has fewer rows than there are ranks. It exchanges nothing: every rank finds out by itself.
func CheckShared(c Config, g *ranks.Group) error {
	if c.Batch < g.Size() && !g.Alone() {
		return fmt.Errorf("%w: a batch of %d sequences for %d ranks, each of which computes at least one; start %d ranks, or raise --batch",
			ErrConfig, c.Batch, g.Size(), c.Batch)
	}
	return nil
}

// Shares tells whether the network computes a part of each batch, and other ranks the rest.
func (m *Network) Shares() bool { return m.group != nil }

// Pieces returns the words of the pieces in which the gradients of a step travel to the other ranks, in their order, each but the last beside the rest of
// the way back; none where there are no others.
func (m *Network) Pieces() []int { return m.net.Pieces() }

// share makes the description of a network that of this rank's part.
func (m *Network) share(c *nn.Config) {
	if m.group == nil {
		return
	}
	c.In.Batch = m.rows
	g := m.group
	c.Shared = &nn.Shared{Batch: m.Config.Batch, First: m.first, Sum: func(dst, src []float32, s *nn.Stats) error {
		m.tail = [...]float64{s.LossSum, s.Correct, voteOf(m.Vote)}
		err := g.Sum(dst, src, m.tail[:])
		s.LossSum, s.Correct = m.tail[0], m.tail[1]
		return err
	}}
	if !g.Whole {
		c.Shared.Begin, c.Shared.Wait = g.Begin, func() { _ = g.Wait() }
		c.Shared.Everywhere = os.Getenv("SPECTRAL_CUT") == "everywhere"
		c.Shared.Agree = func(numbers []float64) error { return g.Sum(nil, nil, numbers) }
	}
}

// voteOf is a vote as a number that can be added up.
func voteOf(vote bool) float64 {
	if vote {
		return 1
	}
	return 0
}

// add replaces numbers by their sums over all ranks.
func (m *Network) add(x ...*float64) error {
	if m.group == nil {
		return nil
	}
	sums := make([]float64, len(x))
	for i, v := range x {
		sums[i] = *v
	}
	err := m.group.Sum(nil, nil, sums)
	for i, v := range x {
		*v = sums[i]
	}
	return err
}

// Take copies what this rank computes of a whole batch, of Config.Batch rows, into the memory of Batch or EvalBatch.
func (m *Network) Take(dst, whole data.Batch) {
	takeRows(dst.Values, whole.Values, m.first, m.rows, whole.Size, max(m.Config.Input.Width, 1))
	takeRows(dst.Tokens, whole.Tokens, m.first, m.rows, whole.Size, 1)
	takeRows(dst.Labels, whole.Labels, m.first, m.rows, whole.Size, 1)
	takeRows(dst.Targets, whole.Targets, m.first, m.rows, whole.Size, m.Config.Output.Width)
}

// takeRows copies rows first … first+rows−1 of every batch rows of width elements.
func takeRows[T any](dst, src []T, first, rows, batch, width int) {
	for len(dst) > 0 {
		copy(dst[:rows*width], src[first*width:])
		dst, src = dst[rows*width:], src[batch*width:]
	}
}

// gatherStates returns on rank 0 the carried states of the whole batch, nothing on the others.
func (m *Network) gatherStates() ([]NamedTensor, error) {
	list, err := m.readStates()
	if err != nil || m.group == nil {
		return list, err
	}
	var own []byte
	for _, t := range list {
		own = appendWords(own, t.Data)
	}
	if len(list) == 0 {
		return nil, nil
	}
	all, err := m.group.Gather(own)
	if err != nil || all == nil {
		return nil, err
	}
	for i := range list {
		t := &list[i]
		t.Rows, t.Data = m.Config.Batch, nil
		for r, b := range all {
			_, rows := ranks.Part(m.Config.Batch, r, m.group.Size())
			t.Data = append(t.Data, wordsOf(b[:4*rows*t.Cols])...)
			all[r] = b[4*rows*t.Cols:]
		}
	}
	return list, nil
}

// CheckSame returns a *ranks.Error on every rank where parameters or moments of the optimiser are not the same on all.
func (m *Network) CheckSame() error {
	if m.group == nil {
		return nil
	}
	sum := sha256.New()
	for _, p := range m.parts() {
		list, err := m.read(p)
		if err != nil {
			return err
		}
		for _, t := range list {
			sum.Write(appendWords(nil, t.Data))
		}
	}
	return m.group.Same(sum.Sum(nil), "the parameters")
}

// Parameters returns the parameters alone, as NewShared or New has drawn them or Start has set them: what a rank that joins begins with.
func (m *Network) Parameters() (*Snapshot, error) {
	list, err := m.read(m.parts()[0])
	return &Snapshot{Config: m.Config, Optimizer: m.Optimizer, Tensors: list}, err
}

// Keep reads this rank's whole state; restore writes it back.
func (m *Network) Keep() (restore func() error, err error) {
	kept, err := m.ownTensors()
	if err != nil {
		return nil, err
	}
	return func() error { return m.writePlaces(m.places(), kept) }, nil
}

// Encoded returns the bytes of a snapshot.
func (s *Snapshot) Encoded() ([]byte, error) {
	var b bytes.Buffer
	err := s.Encode(&b)
	return b.Bytes(), err
}
