package model

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/nlpodyssey/safetensors"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model/internal/atomicfile"
)

// ErrCheckpoint is a checkpoint that cannot be used; its text says why.
var ErrCheckpoint = errors.New("unusable checkpoint")

// Position is how far training has come.
type Position struct {
	Step  int64 `json:"step"`  // optimiser steps done
	Epoch int   `json:"epoch"` // epoch of the next batch, from 0
	Index int   `json:"index"` // its number in the epoch, from 0
}

// checkpointFormat changes when old files can no longer be read.
const checkpointFormat = "spectral-gpu/1"

const (
	momentPrefix1 = "optim.m."
	momentPrefix2 = "optim.v."
)

// Save writes the parameters (the reflectors and s themselves, not W), the optimiser's moments and the position to a safetensors
// file, atomically: on any error, a full disk included, an earlier file of that name is intact. The bytes depend on the state alone.
func Save(path string, m *Network, pos Position) error {
	tensors := map[string]safetensors.TensorView{}
	for _, part := range m.parts() {
		words := make([]float32, m.params.words)
		if err := part.buf.Read(0, words); err != nil {
			return fmt.Errorf("save %s: %w", path, err)
		}
		for _, t := range m.params.tensors {
			if t.Len() == 0 {
				continue
			}
			v, err := safetensors.NewTensorView(safetensors.F32, []uint64{uint64(t.Rows), uint64(t.Cols)}, encode(words[t.Off:t.Off+t.Len()]))
			if err != nil {
				return fmt.Errorf("save %s: tensor %s: %w", path, t.Name, err)
			}
			tensors[part.prefix+t.Name] = v
		}
	}
	meta, err := json.Marshal(header{Config: m.Config, Kind: int(m.Config.Kind), Optimizer: m.Optimizer, Position: pos})
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	info := map[string]string{"format": checkpointFormat, "spectral-gpu": string(meta)}
	return atomicfile.Write(path, func(w io.Writer) error { return safetensors.SerializeToWriter(tensors, info, w) })
}

// header is what a checkpoint says beside its tensors.
type header struct {
	Config    Config    `json:"config"`
	Kind      int       `json:"kind"`
	Optimizer Optimizer `json:"optimizer"`
	Position  Position  `json:"position"`
}

type part struct {
	prefix string
	buf    *gpu.Buffer
}

func (m *Network) parts() []part {
	return []part{{"", m.params.P}, {momentPrefix1, m.params.M}, {momentPrefix2, m.params.V}}
}

// Checkpoint is a file that Save wrote.
type Checkpoint struct {
	Config    Config
	Optimizer Optimizer
	Position  Position

	path    string
	tensors safetensors.SafeTensors
}

// Load reads a checkpoint. Errors: ErrCheckpoint, or those of the file system.
func Load(path string) (*Checkpoint, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w %s: %w", ErrCheckpoint, path, fmt.Errorf(format, args...))
	}
	st, err := safetensors.Deserialize(raw)
	if err != nil {
		return nil, bad("%d bytes that are no whole safetensors file: %w", len(raw), err)
	}
	_, meta, err := safetensors.ReadMetadata(raw)
	if err != nil {
		return nil, bad("%w", err)
	}
	if f := meta.Metadata()["format"]; f != checkpointFormat {
		return nil, bad("its format is %q, this program reads %q", f, checkpointFormat)
	}
	var h header
	if err := json.Unmarshal([]byte(meta.Metadata()["spectral-gpu"]), &h); err != nil {
		return nil, bad("its settings cannot be read: %w", err)
	}
	c := &Checkpoint{Config: h.Config, Optimizer: h.Optimizer, Position: h.Position, path: path, tensors: st}
	c.Config.Kind = lossOf(h.Kind)
	if err := firstError(c.Config.Check(), c.Optimizer.Check()); err != nil {
		return nil, bad("%w", err)
	}
	return c, nil
}

// Restore writes the checkpoint's state into a network of the same shape. Errors: ErrCheckpoint when a tensor is missing, has
// another shape or holds a number that is not finite; the network is then as it was.
func (c *Checkpoint) Restore(m *Network) error {
	parts := m.parts()
	words := make([][]float32, len(parts))
	for i, part := range parts {
		words[i] = make([]float32, m.params.words)
		for _, t := range m.params.tensors {
			if err := c.read(part.prefix+t.Name, t, words[i][t.Off:t.Off+t.Len()]); err != nil {
				return fmt.Errorf("%w %s: %w", ErrCheckpoint, c.path, err)
			}
		}
	}
	for i, part := range parts {
		if err := part.buf.Write(0, words[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Checkpoint) read(name string, t Tensor, dst []float32) error {
	if t.Len() == 0 {
		return nil
	}
	v, ok := c.tensors.Tensor(name)
	if !ok {
		return fmt.Errorf("tensor %s is missing", name)
	}
	shape := v.Shape()
	if v.DType() != safetensors.F32 || len(shape) != 2 || shape[0] != uint64(t.Rows) || shape[1] != uint64(t.Cols) {
		return fmt.Errorf("tensor %s is %v %v, want F32 [%d %d]", name, v.DType(), shape, t.Rows, t.Cols)
	}
	for i, raw := 0, v.Data(); i < len(dst); i++ {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		if f := float64(dst[i]); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("tensor %s holds %g at element %d", name, f, i)
		}
	}
	return nil
}

func encode(words []float32) []byte {
	raw := make([]byte, 0, 4*len(words))
	for _, w := range words {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(w))
	}
	return raw
}
