package model

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// Names of files in the folder of a run: its last state and, where there is a validation split, the one that was best on it.
const (
	CheckpointFile = "checkpoint.safetensors"
	BestFile       = "best.safetensors"
)

// Predictor is a trained network that predicts: parameters on a device, W formed once, so that a prediction costs what a plain network's
// costs. It takes the data as the user has them, by the encoding that the checkpoint carries, and needs neither the task nor its files. It
// serves one goroutine at a time. Close it before the device.
type Predictor struct {
	Config   Config
	Encoding data.Encoding
	Position Position // of the training that the parameters come from
	Warning  string   // of the checkpoint

	spec  data.Spec
	net   *nn.Network
	ready []planned // the last used last
}

// planned is the network at one shape of its input.
type planned struct {
	length, batch int
	*nn.Forward
}

// Open reads the checkpoint of a run (LoadRun), given its folder or the file itself, and puts the network on a device, which stays the caller's.
// Errors: ErrCheckpoint, those of the file system, gpu.ErrOutOfMemory.
func Open(dev *gpu.Device, path string) (*Predictor, error) {
	ck, err := LoadRun(path)
	if err != nil {
		return nil, err
	}
	return ck.Predictor(dev)
}

// LoadRun reads the checkpoint of a run: the best where its folder has one, else the last; or the file itself. Errors: those of Load.
func LoadRun(path string) (*Checkpoint, error) {
	file := path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		file = filepath.Join(path, BestFile)
		if _, err := os.Stat(file); err != nil {
			file = filepath.Join(path, CheckpointFile)
		}
	}
	c, err := Load(file)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s is no run folder and no checkpoint: %w", path, err)
	}
	return c, err
}

// Predictor puts the network of a checkpoint on a device for predictions.
func (c *Checkpoint) Predictor(dev *gpu.Device) (*Predictor, error) {
	cfg, err := describe(c.Config, c.Optimizer)
	if err != nil {
		return nil, err
	}
	cfg.Loss, cfg.Rule = nil, nil
	p := &Predictor{Config: c.Config, Encoding: c.Encoding, Position: c.Position, Warning: c.Warning, spec: c.spec()}
	if err := p.spec.Check(); err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrCheckpoint, c.path, err)
	}
	if p.net, err = nn.New(dev, cfg); err != nil {
		return nil, err
	}
	if err := c.copyParameters(p.net, func(string) bool { return false }); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// spec returns what the checkpoint knows of the task: all that predictions need.
func (c *Checkpoint) spec() data.Spec {
	s := data.Spec{Name: "of the run", Length: c.Config.Length, Input: c.Config.Input, Output: c.Config.Output, Stream: c.Config.Stream,
		Metric: data.NatsPerTarget, Encoding: c.Encoding}
	if s.Output.Loss == data.SquaredError {
		s.Metric = data.MSE
	}
	return s
}

// Spec returns what the network was trained on, as far as predictions need it: sizes of the data are not part of it.
func (p *Predictor) Spec() data.Spec { return p.spec }

// copyParameters writes the parameters, and nothing of the optimiser, into a network. A tensor whose shape differs is an error, unless fresh
// takes its name: it then stays as it is.
func (c *Checkpoint) copyParameters(net *nn.Network, fresh func(name string) bool) error {
	for _, t := range net.Params.Tensors() {
		if t.Len() == 0 {
			continue
		}
		v, ok := c.Tensor(t.Name)
		if !ok || v.Rows != t.Rows || v.Cols != t.Cols {
			if fresh(t.Name) {
				continue
			}
			return fmt.Errorf("%w %s: tensor %s is %d × %d, want %d × %d", ErrCheckpoint, c.path, t.Name, v.Rows, v.Cols, t.Rows, t.Cols)
		}
		if err := gpu.WriteView(t.In(net.Params.Values()), v.Data); err != nil {
			return err
		}
	}
	net.Changed()
	return nil
}

// Start writes the parameters of the checkpoint into a network that begins to train, such as one with other outputs: a read-out of another
// shape stays as it is, and newHead tells so. Errors: ErrCheckpoint, for other layers.
func (c *Checkpoint) Start(m *Network) (newHead bool, err error) {
	err = c.copyParameters(m.net, func(name string) bool {
		newHead = newHead || strings.HasPrefix(name, "head.")
		return strings.HasPrefix(name, "head.")
	})
	return newHead, err
}

// mostPlanned is how many shapes are kept; sequences of many lengths come with a shape for each.
const mostPlanned = 4

// at returns the network at a shape; it may be one for larger batches.
func (p *Predictor) at(length, batch int) (*nn.Forward, error) {
	for i, r := range p.ready {
		if r.length == length && r.batch == batch {
			p.ready = append(append(p.ready[:i:i], p.ready[i+1:]...), r)
			return r.Forward, nil
		}
	}
	if len(p.ready) == mostPlanned {
		p.ready[0].Close()
		p.ready = p.ready[1:]
	}
	f, err := p.net.Forward(p.shape(length, batch), false)
	if err != nil {
		return nil, fmt.Errorf("network of %d layers for %d sequences of %d steps: %w", p.Config.Layers, batch, length, err)
	}
	p.ready = append(p.ready, planned{length, batch, f})
	return f, nil
}

func (p *Predictor) shape(length, batch int) nn.Shape {
	s := nn.Shape{Length: length, Batch: batch, Width: p.Config.Input.Width}
	if p.Config.Input.IsTokens() {
		s.Width = 1
	}
	return s
}

// Close frees the programs and the memory.
func (p *Predictor) Close() {
	if p == nil {
		return
	}
	for _, r := range p.ready {
		r.Close()
	}
	p.ready = nil
	p.net.Close()
}

// shows says what a time step shows.
func (c Config) shows() string {
	if c.Input.IsTokens() {
		return fmt.Sprintf("one token of %d", c.Input.Vocabulary)
	}
	return fmt.Sprintf("%d values", c.Input.Width)
}

// Network returns the layers that the settings describe, with the names under which their parameters are saved.
func (c Config) Network() (nn.Sequential, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return c.network().(nn.Sequential), nil
}
