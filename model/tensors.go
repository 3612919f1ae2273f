package model

import (
	"errors"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Prefixes of the optimiser's moments among the tensors of a checkpoint.
const (
	momentPrefix1 = "optim.m."
	momentPrefix2 = "optim.v."
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
	return []part{{"", m.params.P}, {momentPrefix1, m.params.M}, {momentPrefix2, m.params.V}}
}

// read returns the tensors of a part.
func (m *Network) read(p part) ([]NamedTensor, error) {
	words := make([]float32, m.params.words)
	if err := p.buf.Read(0, words); err != nil {
		return nil, err
	}
	var list []NamedTensor
	for _, t := range m.params.tensors {
		if t.Len() > 0 {
			list = append(list, NamedTensor{Name: p.prefix + t.Name, Rows: t.Rows, Cols: t.Cols, Data: words[t.Off : t.Off+t.Len()]})
		}
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
	return all, nil
}

// writeTensors replaces the network's state. Errors: errForeignTensors, the network being as it was, or those of the device.
func (m *Network) writeTensors(list []NamedTensor) error {
	given := map[string]NamedTensor{}
	for _, t := range list {
		given[t.Name] = t
	}
	parts := m.parts()
	words := make([][]float32, len(parts))
	for i, p := range parts {
		words[i] = make([]float32, m.params.words)
		for _, t := range m.params.tensors {
			if t.Len() == 0 {
				continue
			}
			name := p.prefix + t.Name
			g, ok := given[name]
			if !ok {
				return fmt.Errorf("%w: tensor %s is missing", errForeignTensors, name)
			}
			if g.Rows != t.Rows || g.Cols != t.Cols || len(g.Data) != t.Len() {
				return fmt.Errorf("%w: tensor %s is %d × %d, want %d × %d", errForeignTensors, name, g.Rows, g.Cols, t.Rows, t.Cols)
			}
			copy(words[i][t.Off:], g.Data)
			delete(given, name)
		}
	}
	for _, name := range sortedKeys(given) {
		return fmt.Errorf("%w: there is no tensor %s in it", errForeignTensors, name)
	}
	for i, p := range parts {
		if err := p.buf.Write(0, words[i]); err != nil {
			return err
		}
	}
	return nil
}

// FirstNonFinite names the first number that is not finite after a training step: of the parameters, of the optimiser's moments, then
// of the gradients; "" where all are finite.
func (m *Network) FirstNonFinite() (string, error) {
	for _, p := range append(m.parts(), part{"the gradient of ", m.params.G}) {
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
