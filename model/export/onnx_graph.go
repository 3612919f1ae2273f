package export

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// graph builds a GraphProto, node by node.
type graph struct {
	nodes, constants []message
	names            int
}

// node adds an operation with one output, whose name it returns.
func (g *graph) node(op string, inputs []string, attrs ...attribute) string {
	return g.nodes2(op, inputs, 1, attrs...)[0]
}

// nodes2 adds an operation with several outputs.
func (g *graph) nodes2(op string, inputs []string, outputs int, attrs ...attribute) []string {
	g.names++
	name := fmt.Sprintf("%s_%d", op, g.names)
	out := make([]string, outputs)
	for i := range out {
		out[i] = name
		if outputs > 1 {
			out[i] = fmt.Sprintf("%s_%d", name, i)
		}
	}
	g.nodes = append(g.nodes, nodeProto(name, op, inputs, out, attrs))
	return out
}

// floats adds a constant and returns its name.
func (g *graph) floats(name string, values []float32, dims ...int) string {
	g.constants = append(g.constants, tensorProto(name, onnxFloat, dims, littleEndian(values)))
	return name
}

func (g *graph) doubles(name string, values ...float64) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	g.constants = append(g.constants, tensorProto(name, onnxDouble, []int{len(values)}, raw))
	return name
}

func (g *graph) ints(name string, values ...int64) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	g.constants = append(g.constants, tensorProto(name, onnxInt64, []int{len(values)}, raw))
	return name
}

func (g *graph) squeeze(x string, axis int64) string {
	g.names++
	return g.node("Squeeze", []string{x, g.ints(fmt.Sprintf("axis_%d", g.names), axis)})
}

// firstTwo exchanges the first two of three dimensions.
func (g *graph) firstTwo(x string) string {
	return g.node("Transpose", []string{x}, intsAttr("perm", 1, 0, 2))
}

// cast turns elements into another type.
func (g *graph) cast(x string, kind int64) string {
	return g.node("Cast", []string{x}, intAttr("to", kind))
}

// inDouble applies operations with constants, one after the other, in double precision, as the program itself does.
func (g *graph) inDouble(x string, steps ...[2]string) string {
	x = g.cast(x, onnxDouble)
	for _, s := range steps {
		x = g.node(s[0], []string{x, s[1]})
	}
	return g.cast(x, onnxFloat)
}

// activate applies φ to every element; the last dimension is the units.
func (g *graph) activate(name, x string, a Activation) string {
	if a.PerUnit() {
		return g.unit(x, a, g.floats(name+".act", a.Unit, len(a.Unit)))
	}
	switch a.Kind {
	case gpu.ReLU:
		return g.node("Relu", []string{x})
	case gpu.LeakyReLU:
		return g.node("LeakyRelu", []string{x}, floatAttr("alpha", a.Slope))
	case gpu.Tanh:
		return g.node("Tanh", []string{x})
	}
	return x
}

// leastScale is what counts as the parameter of a scaled tanh that is smaller.
const leastScale = 1.0 / (1 << 20)

// unit applies a φ with a parameter for each unit: tanh(a z)/a, or sign(z)·max(|z| + b, 0).
func (g *graph) unit(x string, a Activation, unit string) string {
	if a.Kind == gpu.ScaledTanh {
		g.names++
		scale := g.node("Max", []string{unit, g.floats(fmt.Sprintf("least_%d", g.names), []float32{leastScale}, 1)})
		return g.node("Div", []string{g.node("Tanh", []string{g.node("Mul", []string{x, scale})}), scale})
	}
	size := g.node("Relu", []string{g.node("Add", []string{g.node("Abs", []string{x}), unit})})
	return g.node("Mul", []string{g.node("Sign", []string{x}), size})
}

// recurrentActivation says what φ is to an RNN node.
func recurrentActivation(a gpu.Activation) []attribute {
	switch a.Kind {
	case gpu.ReLU:
		return []attribute{stringsAttr("activations", "Relu")}
	case gpu.LeakyReLU:
		return []attribute{stringsAttr("activations", "LeakyRelu"), floatsAttr("activation_alpha", a.Slope)}
	case gpu.Tanh:
		return []attribute{stringsAttr("activations", "Tanh")}
	}
	return []attribute{stringsAttr("activations", "Affine"), floatsAttr("activation_alpha", 1), floatsAttr("activation_beta", 0)}
}

// graphProto is the finished GraphProto.
func (g *graph) graphProto(name string, inputs, outputs []message) message {
	var m message
	for _, n := range g.nodes {
		m = m.bytes(1, n)
	}
	m = m.text(2, name)
	for _, c := range g.constants {
		m = m.bytes(5, c)
	}
	for _, i := range inputs {
		m = m.bytes(11, i)
	}
	for _, o := range outputs {
		m = m.bytes(12, o)
	}
	return m
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
