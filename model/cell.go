package model

import (
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// cell is a kind of network by name: how layer l of a Config is made.
type cell struct {
	name     string
	help     string
	time     bool // it steps through time
	factored bool // its weights are U diag(σ) Vᵀ
	fixed    bool // σ is σ* and not trained
	plain    bool // h_t = φ(W h_{t−1} + Wx x_t + b), whose b and h_0 are settings
	residual bool // the input goes around its layers
	// layer returns layer l, 0 … Layers−1; the input of layer 0 is that of the network. last tells that only the last state is read.
	layer func(c Config, l int, last bool) nn.Layer
}

// cells lists the cells; each has a file of its own.
func cells() []cell {
	return []cell{spectralCell, rnnCell, irnnCell, ornnCell, lstmCell, spectralLSTMCell, gruCell, mlpCell, resnetCell, spectralMLPCell, spectralResnetCell}
}

// Cells lists the names of the cells.
func Cells() []string {
	var out []string
	for _, c := range cells() {
		out = append(out, c.name)
	}
	return out
}

// CellInfo describes a cell to a user.
type CellInfo struct {
	Name, Help string
	Time       bool // it steps through time
	Factored   bool // its weights are U diag(σ) Vᵀ
	Residual   bool // the input goes around its layers
	Plain      bool // a recurrence whose bias and first state are settings
	Fixed      bool // its singular values are σ* and not trained
}

// FindCell returns what there is to know about a cell; its error is ErrConfig.
func FindCell(name string) (CellInfo, error) {
	c, err := Config{Cell: name}.cell()
	return CellInfo{c.name, c.help, c.time, c.factored, c.residual, c.plain, c.fixed}, err
}

func (c Config) cell() (cell, error) {
	list := cells()
	i := slices.IndexFunc(list, func(k cell) bool { return k.name == c.Cell })
	if i < 0 {
		return cell{}, fmt.Errorf("%w: cell %q; the cells are %s", ErrConfig, c.Cell, join(Cells()))
	}
	return list[i], nil
}

// network returns the layers that the settings, which must be checked, describe.
func (c Config) network() nn.Layer {
	k, _ := c.cell()
	var s nn.Sequential
	var table *nn.Embedding
	if c.Input.IsTokens() {
		table = &nn.Embedding{Vocabulary: c.Input.Vocabulary, Width: c.tokenWidth(), Init: c.tableInit(k)}
		s = append(s, nn.Named("embedding", table))
	}
	for l := range c.Layers {
		last := l == c.Layers-1 && c.Output.Where == data.LastStep
		layer := k.layer(c, l, last)
		if layer == nil {
			continue
		}
		if l > 0 || c.Input.IsTokens() { // values are not dropped: a pixel or a measurement is no unit of a layer
			s = c.drop(s, l)
		}
		s = append(s, nn.Named(fmt.Sprintf("layers.%d", l), layer))
	}
	if c.Output.Where == data.MeanOverSteps && k.time {
		s = append(s, nn.MeanOverTime{})
	}
	s = c.drop(s, c.Layers)
	head := &nn.Linear{Out: c.Output.Width, Weight: &nn.Dense{Init: c.headInit()}}
	if c.Tied {
		head.Weight = nn.Tied{Table: table}
	}
	return append(s, nn.Named("head", head))
}

// drop adds the dropout of the input of layer l, where there is any.
func (c Config) drop(s nn.Sequential, l int) nn.Sequential {
	if c.Dropout == 0 {
		return s
	}
	return append(s, nn.Named(fmt.Sprintf("dropout.%d", l), &nn.Dropout{Rate: c.Dropout, OverTime: c.DropoutOverTime}))
}

// spectral returns a factored weight with these settings and that radius.
func (c Config) spectral(radius float64) *hh.Weight {
	return &hh.Weight{Reflectors: c.Reflectors, Center: float32(c.Center), Radius: float32(radius), Start: c.start(), Method: c.Form.method()}
}
