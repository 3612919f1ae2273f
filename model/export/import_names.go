package export

import (
	"fmt"
	"slices"
	"strings"
)

// dense finds the layers of a file by the names and shapes of its tensors.
func (f *File) dense() (*dense, error) {
	byName := map[string]Tensor{}
	for _, t := range f.Tensors {
		byName[t.Name] = t
	}
	prefix, recurrent, err := f.recurrentPrefix()
	if err != nil {
		return nil, err
	}
	d := &dense{recurrent: recurrent}
	if recurrent {
		if err := d.recurrences(byName, prefix); err != nil {
			return nil, err
		}
	}
	var maps []denseLayer
	for _, t := range f.Tensors { // in the order of their names
		stem, ok := strings.CutSuffix(t.Name, "weight")
		if !ok || len(t.Shape) != 2 {
			continue
		}
		l := denseLayer{name: stem, w: t, biasA: byName[stem+"bias"].Data}
		if l.biasA != nil && len(l.biasA) != t.Shape[0] {
			return nil, fmt.Errorf("%w: %sbias has %d elements and %s is %v", ErrUnsupported, stem, len(l.biasA), t.Name, t.Shape)
		}
		maps = append(maps, l)
	}
	if len(maps) == 0 || recurrent && len(maps) != 1 || !recurrent && len(maps) < 2 {
		return nil, fmt.Errorf("%w: the file has %d matrices named …weight (%s); want one read-out behind weight_ih_l0, weight_hh_l0 …, or a chain of at least two linear layers",
			ErrUnsupported, len(maps), strings.Join(f.names(), ", "))
	}
	slices.SortStableFunc(maps, func(a, b denseLayer) int { return isHead(a.name) - isHead(b.name) })
	d.head = maps[len(maps)-1]
	if !recurrent {
		d.layers = maps[:len(maps)-1]
	}
	return d, d.check()
}

// isHead is 1 for the name of a read-out, which goes last wherever it is among the names.
func isHead(stem string) int {
	parts := strings.Split(strings.TrimSuffix(stem, "."), ".")
	if slices.Contains([]string{"head", "fc", "out", "output", "readout", "classifier", "decoder"}, parts[len(parts)-1]) {
		return 1
	}
	return 0
}

func (f *File) names() []string {
	var all []string
	for _, t := range f.Tensors {
		all = append(all, fmt.Sprintf("%s %v", t.Name, t.Shape))
	}
	return all
}

// recurrentPrefix returns what stands before weight_ih_l0.
func (f *File) recurrentPrefix() (prefix string, found bool, err error) {
	for _, t := range f.Tensors {
		if strings.HasSuffix(t.Name, "_reverse") {
			return "", false, fmt.Errorf("%w: %s is of a recurrence backward in time", ErrUnsupported, t.Name)
		}
		p, ok := strings.CutSuffix(t.Name, "weight_ih_l0")
		if !ok {
			continue
		}
		if found {
			return "", false, fmt.Errorf("%w: two recurrences, %sweight_ih_l0 and %s", ErrUnsupported, prefix, t.Name)
		}
		prefix, found = p, true
	}
	return prefix, found, nil
}

// recurrences reads the layers of torch.nn.RNN or LSTM.
func (d *dense) recurrences(byName map[string]Tensor, prefix string) error {
	for l := 0; ; l++ {
		name := func(part string) string { return fmt.Sprintf("%s%s_l%d", prefix, part, l) }
		x, ok := byName[name("weight_ih")]
		if !ok {
			return nil
		}
		w, ok := byName[name("weight_hh")]
		switch {
		case !ok || len(w.Shape) != 2 || len(x.Shape) != 2 || x.Shape[0] != w.Shape[0]:
			return fmt.Errorf("%w: %s is %v and %s is %v", ErrUnsupported, x.Name, x.Shape, name("weight_hh"), w.Shape)
		case w.Shape[0] != w.Shape[1] && w.Shape[0] != 4*w.Shape[1] || l > 0 && d.gates != (w.Shape[0] != w.Shape[1]):
			return fmt.Errorf("%w: %s is %v; import reads the recurrences of torch.nn.RNN and LSTM", ErrUnsupported, w.Name, w.Shape)
		}
		d.gates = w.Shape[0] != w.Shape[1]
		layer := denseLayer{name: name(""), w: w, x: x, biasA: byName[name("bias_ih")].Data, biasB: byName[name("bias_hh")].Data}
		for _, b := range [][]float32{layer.biasA, layer.biasB} {
			if b != nil && len(b) != w.Shape[0] {
				return fmt.Errorf("%w: a bias of layer %d has %d elements, want %d", ErrUnsupported, l, len(b), w.Shape[0])
			}
		}
		d.layers = append(d.layers, layer)
	}
}

// units returns how many units a layer has.
func (d *dense) units(l denseLayer) int {
	if d.recurrent {
		return l.w.Shape[1]
	}
	return l.w.Shape[0]
}

// check requires that each layer takes what the one before gives, and that all have as many units.
func (d *dense) check() error {
	n := d.units(d.layers[0])
	for i, l := range append(d.layers[1:len(d.layers):len(d.layers)], d.head) {
		in := l.w
		if l.x.Data != nil {
			in = l.x
		}
		last := i == len(d.layers)-1
		if in.Shape[1] != n || !last && d.units(l) != n {
			return fmt.Errorf("%w: %s is %v behind a layer of %d units; all layers but the read-out have as many units", ErrUnsupported, in.Name, in.Shape, n)
		}
	}
	return nil
}
