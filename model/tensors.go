package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

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

// ownTensors returns the network's state by name, of carried states this rank's rows.
func (m *Network) ownTensors() ([]NamedTensor, error) {
	all, err := m.readParts()
	if err != nil {
		return nil, err
	}
	states, err := m.readStates()
	return append(all, states...), err
}

// readParts returns the parameters and the optimiser's moments.
func (m *Network) readParts() ([]NamedTensor, error) {
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

// readStates returns this rank's carried states.
func (m *Network) readStates() ([]NamedTensor, error) {
	var all []NamedTensor
	for _, s := range m.states() {
		words, err := gpu.ReadView(s.View)
		if err != nil {
			return nil, err
		}
		all = append(all, NamedTensor{Name: s.Name, Rows: s.View.Rows, Cols: s.View.Cols, Data: words})
	}
	return all, nil
}

// places lists where a network's state is kept.
func (m *Network) places() []nn.State {
	places := m.states()
	for _, p := range m.parts() {
		for _, t := range m.Params().Tensors() {
			if t.Len() > 0 {
				places = append(places, nn.State{Name: p.prefix + t.Name, View: t.In(p.buf)})
			}
		}
	}
	return places
}

// writeTensors replaces the network's state, of carried states, which are those of the whole batch, by this rank's rows. Errors: errForeignTensors, the
// network being as it was, or those of the device.
func (m *Network) writeTensors(list []NamedTensor) error {
	if m.group != nil {
		list = slices.Clone(list)
		for i, t := range list {
			if strings.HasPrefix(t.Name, statePrefix) && t.Rows == m.Config.Batch && len(t.Data) == t.Rows*t.Cols {
				list[i].Rows, list[i].Data = m.rows, t.Data[m.first*t.Cols:(m.first+m.rows)*t.Cols]
			}
		}
	}
	return m.writePlaces(m.places(), list)
}

// statePrefix begins the names of carried states.
const statePrefix = "state."

// writePlaces writes tensors to the places of their names, every one.
func (m *Network) writePlaces(places []nn.State, list []NamedTensor) error {
	given := map[string]NamedTensor{}
	for _, t := range list {
		given[t.Name] = t
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
		list = append(list, nn.State{Name: statePrefix + s.Name, View: s.View})
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

// appendWords appends words as bytes; wordsOf is the way back.
func appendWords(b []byte, words []float32) []byte {
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(w))
	}
	return b
}

func wordsOf(b []byte) []float32 {
	words := make([]float32, len(b)/4)
	for i := range words {
		words[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return words
}
