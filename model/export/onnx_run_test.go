package export_test

import (
	"maps"
	"math"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// run computes the output of an input.
func (m onnxModel) run(t *testing.T, x array) array {
	t.Helper()
	values := map[string]array{m.input: x, "": {}}
	for name, a := range m.constants {
		values[name] = a
	}
	runNodes(t, m.nodes, values)
	return values[m.output]
}

// runNodes adds the outputs of nodes to the values.
func runNodes(t *testing.T, nodes []fields, values map[string]array) {
	t.Helper()
	for _, n := range nodes {
		attrs := map[string]fields{}
		for _, a := range n.each(t, 5) {
			attrs[a.text(1)] = a
		}
		var in []array
		for _, name := range n.texts(1) {
			v, ok := values[name]
			if !ok {
				t.Fatalf("node %s reads %q, which nothing wrote before", n.text(3), name)
			}
			in = append(in, v)
		}
		var outputs []array
		if n.text(4) == "Scan" {
			outputs = scan(t, in, attrs, values)
		} else {
			outputs = compute(t, n.text(4), in, attrs)
		}
		for i, out := range outputs {
			if i < len(n.texts(2)) {
				values[n.texts(2)[i]] = out
			}
		}
	}
}

// scan is the operation Scan with one state and one scanned input; its body sees the values around it.
func scan(t *testing.T, in []array, attrs map[string]fields, around map[string]array) []array {
	t.Helper()
	if attrs["num_scan_inputs"].ints(3)[0] != 1 || len(in) != 2 {
		t.Fatal("a Scan of other inputs than one state and one sequence")
	}
	body := parse(t, []byte(attrs["body"].text(6)))
	names := func(n protowire.Number) (all []string) {
		for _, v := range body.each(t, n) {
			all = append(all, v.text(1))
		}
		return all
	}
	inputs, outputs := names(11), names(12)
	state, x := in[0], in[1]
	all := newArray(x.dims[0], state.dims[0], state.dims[1])
	size := len(x.data) / x.dims[0]
	for s := range x.dims[0] {
		values := maps.Clone(around)
		for _, c := range body.each(t, 5) {
			name, a := readTensor(t, c)
			values[name] = a
		}
		values[inputs[0]], values[inputs[1]] = state, array{x.dims[1:], x.data[s*size : (s+1)*size]}
		runNodes(t, body.each(t, 1), values)
		state = values[outputs[0]]
		copy(all.data[s*len(state.data):], values[outputs[1]].data)
	}
	return []array{state, all}
}

func compute(t *testing.T, op string, in []array, attrs map[string]fields) []array {
	t.Helper()
	x := in[0]
	each := func(f func(float64) float64) []array {
		y := newArray(x.dims...)
		for i, v := range x.data {
			y.data[i] = f(v)
		}
		return []array{y}
	}
	switch op {
	case "Identity", "Cast":
		return []array{x}
	case "Relu":
		return each(func(v float64) float64 { return math.Max(v, 0) })
	case "Tanh":
		return each(math.Tanh)
	case "Sqrt":
		return each(math.Sqrt)
	case "LeakyRelu":
		return each(leaky(attrs["alpha"].floats(2)[0]))
	case "Add", "Sub", "Mul", "Div", "Less", "Max":
		return []array{broadcast(map[string]func(a, b float64) float64{
			"Add": func(a, b float64) float64 { return a + b }, "Sub": func(a, b float64) float64 { return a - b },
			"Mul": func(a, b float64) float64 { return a * b }, "Div": func(a, b float64) float64 { return a / b },
			"Max":  math.Max,
			"Less": func(a, b float64) float64 { return map[bool]float64{true: 1}[a < b] },
		}[op], x, in[1])}
	case "Where":
		a, b := broadcast(func(c, v float64) float64 { return v }, x, in[1]), broadcast(func(c, v float64) float64 { return v }, x, in[2])
		y := broadcast(func(a, _ float64) float64 { return a }, a, b)
		for i := range y.data {
			if x.data[broadcastIndex(i, y.dims, x.dims)] == 0 {
				y.data[i] = b.data[broadcastIndex(i, y.dims, b.dims)]
			}
		}
		return []array{y}
	case "Transpose":
		return []array{transpose(x, attrs["perm"].ints(8))}
	case "Squeeze":
		return []array{{slices.Delete(slices.Clone(x.dims), int(in[1].data[0]), int(in[1].data[0])+1), x.data}}
	case "Reshape":
		dims, known := []int{}, 1
		for _, d := range in[1].data {
			dims = append(dims, int(d))
			if d > 0 {
				known *= int(d)
			}
		}
		if dims[0] == -1 {
			dims[0] = len(x.data) / known
		}
		return []array{{dims, x.data}}
	case "Abs":
		return each(math.Abs)
	case "Sign":
		return each(func(v float64) float64 { return map[bool]float64{true: 1}[v > 0] - map[bool]float64{true: 1}[v < 0] })
	case "Shape":
		y := newArray(len(x.dims))
		for i, d := range x.dims {
			y.data[i] = float64(d)
		}
		return []array{y}
	case "Concat":
		y := array{}
		for _, a := range in {
			y.data = append(y.data, a.data...)
		}
		return []array{{[]int{len(y.data)}, y.data}}
	case "Expand":
		var dims []int
		for _, d := range in[1].data {
			dims = append(dims, int(d))
		}
		return []array{broadcast(func(a, _ float64) float64 { return a }, x, newArray(dims...))}
	case "Unsqueeze":
		return []array{{slices.Insert(slices.Clone(x.dims), int(in[1].data[0]), 1), x.data}}
	case "Gather":
		if attrs["axis"].ints(3)[0] == 0 {
			row := len(x.data) / x.dims[0]
			y := newArray(append(slices.Clone(in[1].dims), x.dims[1:]...)...)
			for i, at := range in[1].data {
				copy(y.data[i*row:], x.data[int(at)*row:int(at+1)*row])
			}
			return []array{y}
		}
		y := newArray(x.dims[0], len(in[1].data))
		for i := range y.data {
			y.data[i] = x.data[i/y.dims[1]*x.dims[1]+int(in[1].data[i%y.dims[1]])]
		}
		return []array{y}
	case "ReduceMean", "ReduceMin", "ReduceMax":
		y := reduce(op, x, attrs["axes"].ints(8))
		if keep, ok := attrs["keepdims"]; ok && keep.ints(3)[0] == 0 {
			y.dims = y.dims[1:] // time is all that is reduced this way
		}
		return []array{y}
	case "MatMul":
		return []array{product(x, in[1], false)}
	case "Gemm":
		y := product(x, in[1], attrs["transB"].ints(3)[0] == 1)
		if len(in) > 2 {
			y = broadcast(func(a, b float64) float64 { return a + b }, y, in[2])
		}
		return []array{y}
	case "RNN":
		return recurrence(t, in, attrs)
	case "LSTM":
		return lstm(t, in, attrs)
	case "GRU":
		return gru(t, in, attrs)
	}
	t.Fatalf("operation %s", op)
	return nil
}

func leaky(slope float64) func(float64) float64 {
	return func(v float64) float64 {
		if v < 0 {
			return slope * v
		}
		return v
	}
}
