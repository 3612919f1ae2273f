package export

import (
	"fmt"
	"io"
	"math"
	"slices"
)

var onnxFormat = Format{"onnx", "the whole network for onnxruntime: data as they are in, outputs out", writeONNX}

// writeONNX writes a model with one input and one output, of which "batch" is open:
//
//	input   [batch, time, values] of the data as they are; [batch, values] where the network has no time; [batch, time] of token numbers
//	output  [batch, outputs], or [batch, time, outputs] where the task asks at every step: logits, or values in the units of the data
//
// Scaling and order of the data are part of it.
func writeONNX(w io.Writer, n *Network) error {
	g := &onnxGraph{n: n, graph: &graph{}}
	x, input := g.input()
	for i, l := range n.Layers {
		x = g.layer(i, l, x)
	}
	output := g.output(x)
	if g.err != nil {
		return g.err
	}
	text, err := n.about()
	if err != nil {
		return err
	}
	file := modelProto(g.graphProto("network", []message{input}, []message{output}), map[string]string{aboutKey: text})
	if len(file) > math.MaxInt32 {
		return fmt.Errorf("%w: a network of %d bytes; an onnx file has at most 2 GiB", ErrUnsupported, len(file))
	}
	_, err = w.Write(file)
	return err
}

// onnxGraph is the graph of a network. Activations are [time, batch, width] until only the last step is left, then [batch, width].
type onnxGraph struct {
	*graph
	n    *Network
	flat bool // the activation has no time
	err  error
}

// input records what comes before the first layer.
func (g *onnxGraph) input() (x string, info message) {
	c, e := g.n.Config, g.n.Encoding
	x = "input"
	if c.Input.IsTokens() {
		return g.node("Transpose", []string{x}, intsAttr("perm", 1, 0)), valueInfo("input", onnxInt64, "batch", "time")
	}
	width := c.Input.Width
	if !g.n.time() {
		info, g.flat = valueInfo("input", onnxFloat, "batch", width), true
	} else if len(e.Order) > 0 {
		info = valueInfo("input", onnxFloat, "batch", c.Length, width)
	} else {
		info = valueInfo("input", onnxFloat, "batch", "time", width)
	}
	switch {
	case e.PerSequence:
		x = g.standardise(x)
	case e.Inputs != nil:
		mean, deviation := make([]float64, width), make([]float64, width)
		for i := range width {
			mean[i], deviation[i] = e.Inputs[i%len(e.Inputs)].Mean, e.Inputs[i%len(e.Inputs)].Deviation
		}
		x = g.inDouble(x, [2]string{"Sub", g.doubles("input.mean", mean...)}, [2]string{"Div", g.doubles("input.deviation", deviation...)})
	}
	if len(e.Order) > 0 {
		order := make([]int64, len(e.Order))
		for i, at := range e.Order {
			order[i] = int64(at)
		}
		x = g.node("Reshape", []string{x, g.ints("sequence", -1, int64(len(order)))})
		x = g.node("Gather", []string{x, g.ints("order", order...)}, intAttr("axis", 1))
		x = g.node("Reshape", []string{x, g.ints("steps", -1, int64(c.Length), int64(width))})
	}
	if !g.flat {
		x = g.firstTwo(x)
	}
	return x, info
}

// standardise brings every sequence to mean 0 and deviation 1, and one whose values are all the same to 0.
func (g *onnxGraph) standardise(x string) string {
	axes := intsAttr("axes", 1, 2)
	if g.flat {
		axes = intsAttr("axes", 1)
	}
	x = g.cast(x, onnxDouble)
	centred := g.node("Sub", []string{x, g.node("ReduceMean", []string{x}, axes)})
	deviation := g.node("Sqrt", []string{g.node("ReduceMean", []string{g.node("Mul", []string{centred, centred})}, axes)})
	varies := g.node("Less", []string{g.node("ReduceMin", []string{x}, axes), g.node("ReduceMax", []string{x}, axes)})
	scaled := g.node("Div", []string{centred, g.node("Where", []string{varies, deviation, g.doubles("one", 1)})})
	return g.cast(g.node("Where", []string{varies, scaled, g.doubles("zero", 0)}), onnxFloat)
}

func (g *onnxGraph) layer(i int, l Layer, x string) string {
	name := fmt.Sprintf("layer%d", i)
	switch l := l.(type) {
	case Recurrent:
		return g.recurrent(name, l, x)
	case Gated:
		if node, known := onnxGated[l.Cell]; known {
			return g.gated(name, l, node, x)
		}
	case Mean:
		g.flat = true
		return g.node("ReduceMean", []string{x}, intsAttr("axes", 0), intAttr("keepdims", 0))
	case Linear:
		return g.activate(name, g.product(name, x, l.W.Matrix, l.Bias), l.Act)
	case Embedding:
		return g.node("Gather", []string{g.floats(name+".table", l.Table.Data, l.Table.Rows, l.Table.Cols), x}, intAttr("axis", 0))
	case Residual:
		inner := g.activate(name+".1", g.product(name+".1", x, l.W1.Matrix, l.Bias1), l.Act1)
		return g.activate(name+".2", g.node("Add", []string{g.product(name+".2", inner, l.W2.Matrix, l.Bias2), x}), l.Act2)
	}
	if g.err == nil {
		g.err = fmt.Errorf("%w: ONNX has no operation for layer %d, a %T", ErrUnsupported, i, l)
	}
	return x
}

// recurrent adds a recurrence: an RNN node where its activations have one for φ, else a Scan.
func (g *onnxGraph) recurrent(name string, l Recurrent, x string) string {
	states, last := "", ""
	if l.Act.PerUnit() {
		states, last = g.scan(name, l, x)
	} else {
		states, last = g.rnn(name, l, x)
	}
	if l.Last {
		g.flat = true
		return last
	}
	return states
}

// initial returns h_0 for every sequence of the batch ([batch, n]), from an input [time, batch, width].
func (g *onnxGraph) initial(name, x string, h0 []float32, n int) string {
	if h0 == nil {
		h0 = make([]float32, n)
	}
	batch := g.node("Gather", []string{g.node("Shape", []string{x}), g.ints(name+".batch", 1)}, intAttr("axis", 0))
	shape := g.node("Concat", []string{batch, g.ints(name+".units", int64(n))}, intAttr("axis", 0))
	return g.node("Expand", []string{g.floats(name+".h0", h0, 1, n), shape})
}

// scan steps through time by a graph of its own: h ← φ(W h + z_t), z = Wx x + b for all steps before.
func (g *onnxGraph) scan(name string, l Recurrent, x string) (states, last string) {
	n := l.W.Rows
	z := g.product(name+".input", x, l.Wx, l.Bias)
	wt := g.node("Transpose", []string{g.floats(name+".R", l.W.Data, n, n)}, intsAttr("perm", 1, 0))
	unit := g.floats(name+".act", l.Act.Unit, n)
	step := &graph{names: g.names + 1000}
	h := step.unit(step.node("Add", []string{step.node("MatMul", []string{name + ".h", wt}), name + ".z"}), l.Act, unit)
	step.nodes = append(step.nodes, nodeProto("", "Identity", []string{h}, []string{name + ".next"}, nil), nodeProto("", "Identity", []string{h}, []string{name + ".state"}, nil))
	one := func(part string) message { return valueInfo(name+part, onnxFloat, "batch", n) }
	body := step.graphProto(name+".step", []message{one(".h"), one(".z")}, []message{one(".next"), one(".state")})
	out := g.nodes2("Scan", []string{g.initial(name, x, l.Initial, n), z}, 2, graphAttr("body", body), intAttr("num_scan_inputs", 1))
	return out[1], out[0]
}

// rnn adds an RNN node: W is its input map and R the recurrent one, and a bias of each, of which one is 0.
func (g *onnxGraph) rnn(name string, l Recurrent, x string) (states, last string) {
	n := l.W.Rows
	bias := append(append([]float32(nil), l.Bias...), make([]float32, n)...)
	inputs := []string{x, g.floats(name+".W", l.Wx.Data, 1, n, l.Wx.Cols), g.floats(name+".R", l.W.Data, 1, n, n), g.floats(name+".B", bias, 1, 2*n)}
	if l.Initial != nil {
		h0 := g.node("Unsqueeze", []string{g.initial(name, x, l.Initial, n), g.ints(name+".axis", 0)})
		inputs = append(inputs, "", h0) // the lengths of sequences are left out
	}
	out := g.nodes2("RNN", inputs, 2, append(recurrentActivation(l.Act.Activation), intAttr("hidden_size", int64(n)))...)
	return g.squeeze(out[0], 1), g.squeeze(out[1], 0)
}

// onnxGate is the operation of a recurrence with gates: its name, in which of our gates its first, second … one is found, and its attributes.
type onnxGate struct {
	op    string
	order []int
	more  []attribute
}

// onnxGated has the operation of a cell.
var onnxGated = map[string]onnxGate{
	"lstm": {op: "LSTM", order: []int{0, 3, 1, 2}}, // i, o, f, g
	"gru":  {op: "GRU", order: []int{1, 0, 2}, more: []attribute{intAttr("linear_before_reset", 1)}},
}

// gated adds the node of a recurrence with gates.
func (g *onnxGraph) gated(name string, l Gated, node onnxGate, x string) string {
	n := l.W.Cols
	ordered := func(v []float32) []float32 {
		block := len(v) / len(node.order)
		var out []float32
		for _, gate := range node.order {
			out = append(out, v[gate*block:(gate+1)*block]...)
		}
		return out
	}
	bias := append(ordered(l.Bias), ordered(l.StateBias)...)
	inputs := []string{x, g.floats(name+".W", ordered(l.Wx.Data), 1, l.Wx.Rows, l.Wx.Cols), g.floats(name+".R", ordered(l.W.Data), 1, l.W.Rows, n),
		g.floats(name+".B", bias, 1, len(bias))}
	out := g.nodes2(node.op, inputs, 2, append(slices.Clone(node.more), intAttr("hidden_size", int64(n)))...)
	if l.Last {
		g.flat = true
		return g.squeeze(out[1], 0)
	}
	return g.squeeze(out[0], 1)
}

// product computes x Wᵀ + b.
func (g *onnxGraph) product(name, x string, w Matrix, bias []float32) string {
	matrix := g.floats(name+".weight", w.Data, w.Rows, w.Cols)
	inputs := []string{x, matrix}
	if bias != nil {
		inputs = append(inputs, g.floats(name+".bias", bias, len(bias)))
	}
	if g.flat {
		return g.node("Gemm", inputs, intAttr("transB", 1))
	}
	y := g.node("MatMul", []string{x, g.node("Transpose", []string{matrix}, intsAttr("perm", 1, 0))})
	if bias == nil {
		return y
	}
	return g.node("Add", []string{y, inputs[2]})
}

// output records what comes after the last layer.
func (g *onnxGraph) output(x string) message {
	c, e := g.n.Config, g.n.Encoding
	dims := []any{"batch", c.Output.Width}
	if !g.flat {
		x, dims = g.firstTwo(x), []any{"batch", "time", c.Output.Width}
	}
	if e.Targets != nil {
		var mean, deviation []float64
		for _, t := range e.Targets {
			mean, deviation = append(mean, t.Mean), append(deviation, t.Deviation)
		}
		x = g.inDouble(x, [2]string{"Mul", g.doubles("output.deviation", deviation...)}, [2]string{"Add", g.doubles("output.mean", mean...)})
	}
	g.nodes = append(g.nodes, nodeProto("output", "Identity", []string{x}, []string{"output"}, nil))
	return valueInfo("output", onnxFloat, dims...)
}
