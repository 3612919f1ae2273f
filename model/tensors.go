package model

import (
	"errors"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// errForeignTensors means that tensors are not those of the network.
var errForeignTensors = errors.New("tensors of another network")

// part is a flat buffer of the parameters' layout.
type part struct {
	prefix string // of the tensors' names
	buf    *gpu.Buffer
}

// parts lists what a checkpoint holds of the network.
func (m *Network) parts() []part {
	parts := []part{{"", m.Params().Values()}}
	for i, name := range m.net.Config().Rule.Slots() {
		parts = append(parts, part{"optim." + name + ".", m.net.Slots()[i]})
	}
	return parts
}

// read returns the tensors of a part.
func (m *Network) read(p part) ([]NamedTensor, error) {
	var list []NamedTensor
	for _, t := range m.Params().Tensors() {
		if t.Len() == 0 {
			continue
		}
		words, err := gpu.ReadView(t.In(p.buf))
		if err != nil {
			return nil, err
		}
		list = append(list, NamedTensor{Name: p.prefix + t.Name, Rows: t.Rows, Cols: t.Cols, Data: words})
	}
	return list, nil
}

// readTensors returns the network's state by name.
func (m *Network) readTensors() ([]NamedTensor, error) {
	var all []NamedTensor
	for _, p := range m.parts() {
		list, err := m.read(p)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	for _, s := range m.states() {
		words, err := gpu.ReadView(s.View)
		if err != nil {
			return nil, err
		}
		all = append(all, NamedTensor{Name: s.Name, Rows: s.View.Rows, Cols: s.View.Cols, Data: words})
	}
	return all, nil
}

// writeTensors replaces the network's state. Errors: errForeignTensors, the network being as it was, or those of the device.
func (m *Network) writeTensors(list []NamedTensor) error {
	given := map[string]NamedTensor{}
	for _, t := range list {
		given[t.Name] = t
	}
	places := m.states()
	for _, p := range m.parts() {
		for _, t := range m.Params().Tensors() {
			if t.Len() > 0 {
				places = append(places, nn.State{Name: p.prefix + t.Name, View: t.In(p.buf)})
			}
		}
	}
	values := make([][]float32, len(places))
	for i, p := range places {
		g, ok := given[p.Name]
		if !ok {
			return fmt.Errorf("%w: tensor %s is missing", errForeignTensors, p.Name)
		}
		if g.Rows != p.View.Rows || g.Cols != p.View.Cols || len(g.Data) != p.View.Len() {
			return fmt.Errorf("%w: tensor %s is %d × %d, want %d × %d", errForeignTensors, p.Name, g.Rows, g.Cols, p.View.Rows, p.View.Cols)
		}
		values[i] = g.Data
		delete(given, p.Name)
	}
	for _, name := range sortedKeys(given) {
		return fmt.Errorf("%w: there is no tensor %s in it", errForeignTensors, name)
	}
	for i, p := range places {
		if err := gpu.WriteView(p.View, values[i]); err != nil {
			return err
		}
	}
	m.net.Changed()
	return nil
}

// states lists what training carries from batch to batch. Evaluations begin anew each time.
func (m *Network) states() []nn.State {
	var list []nn.State
	for _, s := range m.net.Train.States() {
		list = append(list, nn.State{Name: "state." + s.Name, View: s.View})
	}
	return list
}

// FirstNonFinite names the first number that is not finite after a training step: of the parameters, of the optimiser's moments, then
// of the gradients; "" where all are finite.
func (m *Network) FirstNonFinite() (string, error) {
	for _, p := range append(m.parts(), part{"the gradient of ", m.Params().Grads()}) {
		list, err := m.read(p)
		if err != nil {
			return "", err
		}
		for _, t := range list {
			if where := t.NotFinite(); where != "" {
				return where, nil
			}
		}
	}
	return "", nil
}
