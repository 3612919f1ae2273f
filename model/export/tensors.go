package export

import "fmt"

// Tensor is a named array, row-major.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
}

// Tensors lists the network's numbers under the names of the package's documentation.
func (n *Network) Tensors() []Tensor {
	var all []Tensor
	recurrences := 0
	for _, l := range n.Layers {
		switch l := l.(type) {
		case Recurrent:
			name := func(part string) string { return fmt.Sprintf("rnn.%s_l%d", part, recurrences) }
			all = append(all, matrix(name("weight_ih"), l.Wx))
			all = append(all, weight(name("weight_hh"), l.W)...)
			all = append(all, vector(name("bias_ih"), l.Bias), vector(name("bias_hh"), make([]float32, len(l.Bias))))
			if l.Initial != nil {
				all = append(all, vector(name("h0"), l.Initial))
			}
			all = append(all, unit(name("act"), l.Act)...)
			recurrences++
		case Gated:
			name := func(part string) string { return fmt.Sprintf("%s.%s_l%d", l.Cell, part, recurrences) }
			all = append(all, matrix(name("weight_ih"), l.Wx))
			all = append(all, weight(name("weight_hh"), l.W)...)
			all = append(all, vector(name("bias_ih"), l.Bias), vector(name("bias_hh"), l.StateBias))
			recurrences++
		case Linear:
			all = append(all, weight(l.Name+".weight", l.W)...)
			if l.Bias != nil {
				all = append(all, vector(l.Name+".bias", l.Bias))
			}
			all = append(all, unit(l.Name+".act", l.Act)...)
		case Embedding:
			all = append(all, matrix(l.Name+".weight", l.Table))
		case Residual:
			all = append(all, weight(l.Name+".1.weight", l.W1)...)
			all = append(all, vector(l.Name+".1.bias", l.Bias1))
			all = append(all, weight(l.Name+".2.weight", l.W2)...)
			all = append(all, vector(l.Name+".2.bias", l.Bias2))
			all = append(append(all, unit(l.Name+".1.act", l.Act1)...), unit(l.Name+".2.act", l.Act2)...)
		}
	}
	return all
}

func matrix(name string, m Matrix) Tensor { return Tensor{name, []int{m.Rows, m.Cols}, m.Data} }

func vector(name string, v []float32) Tensor { return Tensor{name, []int{len(v)}, v} }

// unit lists the parameters of an activation, if it has any.
func unit(name string, a Activation) []Tensor {
	if a.Unit == nil {
		return nil
	}
	return []Tensor{vector(name, a.Unit)}
}

// weight lists W and its factors.
func weight(name string, w Weight) []Tensor {
	all := []Tensor{matrix(name, w.Matrix)}
	if f := w.Factors; f != nil {
		if f.ReflectorsU() > 0 {
			all = append(all, Tensor{name + ".U", []int{f.ReflectorsU(), f.Rows}, f.U}, Tensor{name + ".V", []int{f.ReflectorsV(), f.Cols}, f.V})
		}
		all = append(all, vector(name+".sigma", f.Sigma))
	}
	return all
}
