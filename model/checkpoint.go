package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
)

var (
	// ErrCheckpoint is a checkpoint that cannot be used; its text says why.
	ErrCheckpoint = errors.New("unusable checkpoint")
	// ErrNotFinite is a number that is infinite or none; its text says where it stands.
	ErrNotFinite = gpu.ErrNotFinite
)

// Position is how far training has come, and what is due there and not done yet.
type Position struct {
	Step  int64 `json:"step"`  // optimiser steps done
	Epoch int   `json:"epoch"` // epoch of the next batch, from 0
	Index int   `json:"index"` // its number in the epoch, from 0
	Owed  Owed  `json:"owed,omitzero"`

	History History `json:"history,omitzero"` // of the evaluations on the validation split
}

// History is what evaluations on the validation split have shown so far, as far as training depends on it.
type History struct {
	Step  int64   `json:"step"`            // of the best evaluation, 0 where there was none
	Best  float64 `json:"best"`            // the metric there
	Stale int     `json:"stale,omitempty"` // evaluations since then that were no better
	Drops int     `json:"drops,omitempty"` // how often the schedule plateau has lowered the learning rate
}

// Add takes note of an evaluation, and tells whether it is the best so far. Each time patience evaluations in a row are no better, the
// schedule plateau lowers the learning rate.
func (h *History) Add(step int64, value float64, metric data.Metric, patience int) (best bool) {
	if h.Step == 0 || metric.Better(value, h.Best) {
		h.Step, h.Best, h.Stale = step, value, 0
		return true
	}
	h.Stale++
	if h.Stale%max(patience, 1) == 0 {
		h.Drops++
	}
	return false
}

// Owed is the work that a position still asks for before the next step.
type Owed struct {
	Eval     bool `json:"eval,omitempty"`      // an evaluation
	Test     bool `json:"test,omitempty"`      // the test that ends a run whose evaluations are on the validation split
	TestBest bool `json:"test_best,omitempty"` // the same with the best state
}

// Check tells whether there can be such a position; its error is ErrConfig.
func (p Position) Check() error {
	if h := p.History; h.Step < 0 || h.Step > p.Step || h.Stale < 0 || h.Drops < 0 || math.IsNaN(h.Best) || math.IsInf(h.Best, 0) {
		return fmt.Errorf("%w: a history of %+v at step %d", ErrConfig, h, p.Step)
	}
	if p.Step < 0 || p.Epoch < 0 || p.Index < 0 || int64(p.Epoch) > p.Step || int64(p.Index) > p.Step {
		return fmt.Errorf("%w: position of step %d, epoch %d, batch %d", ErrConfig, p.Step, p.Epoch, p.Index)
	}
	return nil
}

// NamedTensor is a matrix of a checkpoint, Rows × Cols, row-major.
type NamedTensor struct {
	Name       string
	Rows, Cols int
	Data       []float32
}

// NotFinite returns the place of the first element that is not finite, "" where all are.
func (t NamedTensor) NotFinite() string {
	for i, v := range t.Data {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Sprintf("%s (row %d, column %d: %g)", t.Name, i/t.Cols, i%t.Cols, f)
		}
	}
	return ""
}

// Snapshot is what a checkpoint holds. It knows nothing of how a network is composed: tensors have names, and who restores them
// says which names there have to be. A network's are its parameters under their own names, the optimiser's moments below
// "optim.m." and "optim.v.", and below "state." what is carried from one batch to the next.
type Snapshot struct {
	Config    Config
	Optimizer Optimizer
	Position  Position
	Encoding  data.Encoding   // what turns data into the numbers that the network reads, and back; predictions need no task
	Note      json.RawMessage // the caller's own, such as the settings of the run; may be empty
	Tensors   []NamedTensor
}

// Snapshot reads the state of the network from its device: the reflectors and s themselves, not W, and the moments. Where ranks share batches, it is that of
// all on rank 0, and nil on the others. With it a network is copied in memory: (&Checkpoint{Snapshot: *s}).Network(dev).
func (m *Network) Snapshot(pos Position, note json.RawMessage) (*Snapshot, error) {
	if m == nil {
		return nil, fmt.Errorf("%w: the network is nil", ErrConfig)
	}
	states, err := m.gatherStates()
	if err == nil && m.group.Rank() != 0 {
		return nil, nil
	}
	var tensors []NamedTensor
	if err == nil {
		tensors, err = m.readParts()
	}
	if err != nil {
		return nil, fmt.Errorf("read the state of the network: %w", err)
	}
	tensors = append(tensors, states...)
	return &Snapshot{Config: m.Config, Optimizer: m.Optimizer, Position: pos, Note: note, Tensors: tensors}, nil
}

// check refuses what Decode refuses. Errors: ErrConfig, ErrNotFinite.
func (s *Snapshot) check() error {
	if err := firstError(s.Config.Check(), s.Optimizer.Check(), s.Position.Check()); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, t := range s.Tensors {
		if t.Name == "" || seen[t.Name] || t.Rows < 0 || t.Cols < 0 || len(t.Data) != t.Rows*t.Cols {
			return fmt.Errorf("%w: tensor %q of %d × %d with %d elements, or two of that name", ErrConfig, t.Name, t.Rows, t.Cols, len(t.Data))
		}
		seen[t.Name] = true
		if where := t.NotFinite(); where != "" {
			return fmt.Errorf("%w: tensor %s", ErrNotFinite, where)
		}
	}
	return nil
}

// Tensor returns a tensor by its name.
func (s *Snapshot) Tensor(name string) (NamedTensor, bool) {
	for _, t := range s.Tensors {
		if t.Name == name {
			return t, true
		}
	}
	return NamedTensor{}, false
}

// Save writes the state of a network, which is not one of several ranks, to a safetensors file. On any error, a full disk and a number that is not finite included, an
// earlier file of that name is intact: it is replaced only when the new one has been read back from disk and found right. The bytes
// depend on the state alone.
func Save(path string, m *Network, pos Position) error {
	s, err := m.Snapshot(pos, nil)
	if err != nil {
		return err
	}
	return atomicfile.Write(atomicfile.OS{}, path, s.Encode, Readable)
}

// Readable tells whether Decode takes what a file holds.
func Readable(content []byte) error {
	_, err := Decode(content)
	return err
}

// Checkpoint is a snapshot that was read from a file.
type Checkpoint struct {
	Snapshot
	Version string // of the program that wrote the file; "" in earlier ones
	Warning string // what its user should know: a file of an earlier version has no checksums, for one

	path string
}

// Load reads a checkpoint. Errors: ErrCheckpoint, or those of the file system.
func Load(path string) (*Checkpoint, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := Decode(content)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrCheckpoint, path, err)
	}
	c.path = path
	return c, nil
}

// Network puts the network of the checkpoint on a device as it was when it was saved, to be evaluated or trained on. Errors: those of New and Restore.
func (c *Checkpoint) Network(dev *gpu.Device) (*Network, error) {
	m, err := New(dev, c.Config, c.Optimizer)
	if err != nil {
		return nil, err
	}
	if err := c.Restore(m); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// WithBatch returns the checkpoint for batches of so many sequences, and leaves c as it is. States that are carried from batch to batch are those of the
// sequences of one batch: with another size they begin at zero.
func (c *Checkpoint) WithBatch(sequences int) *Checkpoint {
	other := *c
	if sequences == c.Config.Batch {
		return &other
	}
	other.Config.Batch, other.Tensors = sequences, slices.Clone(c.Tensors)
	for i, t := range other.Tensors {
		if strings.HasPrefix(t.Name, statePrefix) && t.Rows == c.Config.Batch {
			other.Tensors[i].Rows, other.Tensors[i].Data = sequences, make([]float32, max(sequences, 0)*t.Cols)
		}
	}
	return &other
}

// Restore writes the checkpoint's state into a network of the same tensors. Errors: ErrCheckpoint when a tensor is missing, has
// another shape or is none of the network's; the network is then as it was.
func (c *Checkpoint) Restore(m *Network) error {
	if err := m.writeTensors(c.Tensors); err != nil {
		if errors.Is(err, errForeignTensors) {
			return fmt.Errorf("%w %s: %w", ErrCheckpoint, c.path, err)
		}
		return err
	}
	return nil
}
