package export_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// A reader of onnx files by the description of the format (onnx.proto3, and Operators.md for what nodes compute), in float64.

// fields are those of a message by number: numbers as uint64, everything else as bytes.
type fields map[protowire.Number][]any

func parse(t *testing.T, raw []byte) fields {
	t.Helper()
	f := fields{}
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		raw = raw[n:]
		var v any
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(raw)
		case protowire.Fixed32Type:
			var w uint32
			w, n = protowire.ConsumeFixed32(raw)
			v = uint64(w)
		case protowire.BytesType:
			v, n = protowire.ConsumeBytes(raw)
		default:
			t.Fatalf("field %d has the wire type %d", number, kind)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		f[number], raw = append(f[number], v), raw[n:]
	}
	return f
}

func (f fields) text(n protowire.Number) string {
	if len(f[n]) == 0 {
		return ""
	}
	return string(f[n][0].([]byte))
}

func (f fields) texts(n protowire.Number) (all []string) {
	for _, v := range f[n] {
		all = append(all, string(v.([]byte)))
	}
	return all
}

func (f fields) ints(n protowire.Number) (all []int) {
	for _, v := range f[n] {
		all = append(all, int(v.(uint64)))
	}
	return all
}

func (f fields) floats(n protowire.Number) (all []float64) {
	for _, v := range f[n] {
		all = append(all, float64(math.Float32frombits(uint32(v.(uint64)))))
	}
	return all
}

func (f fields) each(t *testing.T, n protowire.Number) (all []fields) {
	for _, v := range f[n] {
		all = append(all, parse(t, v.([]byte)))
	}
	return all
}

// array is a tensor; all types of elements become float64.
type array struct {
	dims []int
	data []float64
}

func newArray(dims ...int) array {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return array{dims, make([]float64, n)}
}

func readTensor(t *testing.T, f fields) (string, array) {
	t.Helper()
	a := newArray(f.ints(1)...)
	raw := []byte(f.text(9))
	kind := f.ints(2)[0]
	size := map[int]int{1: 4, 7: 8, 11: 8}[kind]
	if size == 0 || len(raw) != size*len(a.data) {
		t.Fatalf("tensor %s of type %d and %v has %d bytes", f.text(8), kind, a.dims, len(raw))
	}
	for i := range a.data {
		switch kind {
		case 1:
			a.data[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
		case 7:
			a.data[i] = float64(int64(binary.LittleEndian.Uint64(raw[8*i:])))
		case 11:
			a.data[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
		}
	}
	return f.text(8), a
}

// onnxModel is what a file holds.
type onnxModel struct {
	nodes         []fields
	constants     map[string]array
	input, output string
	props         map[string]string
}

func readONNX(t *testing.T, raw []byte) onnxModel {
	t.Helper()
	file := parse(t, raw)
	if opset := file.each(t, 8); file.ints(1)[0] != 8 || len(opset) != 1 || opset[0].text(1) != "" || opset[0].ints(2)[0] != 17 {
		t.Fatalf("IR version %v, operators %v", file.ints(1), opset)
	}
	graph := file.each(t, 7)[0]
	m := onnxModel{nodes: graph.each(t, 1), constants: map[string]array{}, props: map[string]string{},
		input: graph.each(t, 11)[0].text(1), output: graph.each(t, 12)[0].text(1)}
	for _, c := range graph.each(t, 5) {
		name, a := readTensor(t, c)
		if _, twice := m.constants[name]; twice {
			t.Fatalf("two constants %s", name)
		}
		m.constants[name] = a
	}
	for _, p := range file.each(t, 14) {
		m.props[p.text(1)] = p.text(2)
	}
	return m
}

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

// recurrence is the operation RNN, one direction.
func recurrence(t *testing.T, in []array, attrs map[string]fields) []array {
	t.Helper()
	x, w, r, b := in[0], in[1], in[2], in[3]
	steps, batch, k, n := x.dims[0], x.dims[1], x.dims[2], w.dims[1]
	if attrs["hidden_size"].ints(3)[0] != n || w.dims[2] != k || !slices.Equal(r.dims, []int{1, n, n}) || !slices.Equal(b.dims, []int{1, 2 * n}) {
		t.Fatalf("RNN of %v, W %v, R %v, B %v", x.dims, w.dims, r.dims, b.dims)
	}
	var phi func(float64) float64
	switch name := attrs["activations"].texts(9)[0]; name {
	case "Relu":
		phi = leaky(0)
	case "LeakyRelu":
		phi = leaky(attrs["activation_alpha"].floats(7)[0])
	case "Tanh":
		phi = math.Tanh
	case "Affine":
		phi = func(v float64) float64 {
			return attrs["activation_alpha"].floats(7)[0]*v + attrs["activation_beta"].floats(7)[0]
		}
	default:
		t.Fatalf("activation %s", name)
	}
	y, h := newArray(steps, 1, batch, n), newArray(1, batch, n)
	if len(in) > 5 {
		h = in[5]
	}
	for s := range steps {
		next := newArray(1, batch, n)
		for i := range batch {
			for j := range n {
				z := b.data[j] + b.data[n+j]
				for l := range k {
					z += w.data[j*k+l] * x.data[(s*batch+i)*k+l]
				}
				for l := range n {
					z += r.data[j*n+l] * h.data[i*n+l]
				}
				next.data[i*n+j] = phi(z)
			}
		}
		h = next
		copy(y.data[s*batch*n:], h.data)
	}
	return []array{y, h}
}

// lstm is the operation LSTM, one direction, with its default activations: gates i, o, f, c.
func lstm(t *testing.T, in []array, attrs map[string]fields) []array {
	t.Helper()
	x, w, r, b := in[0], in[1], in[2], in[3]
	steps, batch, k, n := x.dims[0], x.dims[1], x.dims[2], r.dims[2]
	if attrs["hidden_size"].ints(3)[0] != n || !slices.Equal(w.dims, []int{1, 4 * n, k}) || !slices.Equal(r.dims, []int{1, 4 * n, n}) || !slices.Equal(b.dims, []int{1, 8 * n}) {
		t.Fatalf("LSTM of %v, W %v, R %v, B %v", x.dims, w.dims, r.dims, b.dims)
	}
	sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	y, h, c := newArray(steps, 1, batch, n), newArray(1, batch, n), newArray(1, batch, n)
	for s := range steps {
		next := newArray(1, batch, n)
		for i := range batch {
			z := make([]float64, 4*n)
			for j := range z {
				z[j] = b.data[j] + b.data[4*n+j]
				for l := range k {
					z[j] += w.data[j*k+l] * x.data[(s*batch+i)*k+l]
				}
				for l := range n {
					z[j] += r.data[j*n+l] * h.data[i*n+l]
				}
			}
			for j := range n {
				c.data[i*n+j] = sigmoid(z[2*n+j])*c.data[i*n+j] + sigmoid(z[j])*math.Tanh(z[3*n+j])
				next.data[i*n+j] = sigmoid(z[n+j]) * math.Tanh(c.data[i*n+j])
			}
		}
		h = next
		copy(y.data[s*batch*n:], h.data)
	}
	return []array{y, h, c}
}

// gru is the operation GRU, one direction, with its default activations: gates z, r, h.
func gru(t *testing.T, in []array, attrs map[string]fields) []array {
	t.Helper()
	x, w, r, b := in[0], in[1], in[2], in[3]
	steps, batch, k, n := x.dims[0], x.dims[1], x.dims[2], r.dims[2]
	if attrs["hidden_size"].ints(3)[0] != n || !slices.Equal(w.dims, []int{1, 3 * n, k}) || !slices.Equal(r.dims, []int{1, 3 * n, n}) || !slices.Equal(b.dims, []int{1, 6 * n}) {
		t.Fatalf("GRU of %v, W %v, R %v, B %v", x.dims, w.dims, r.dims, b.dims)
	}
	if attrs["linear_before_reset"].ints(3)[0] != 1 {
		t.Fatal("the reset gate is applied before the product")
	}
	sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	y, h := newArray(steps, 1, batch, n), newArray(1, batch, n)
	for s := range steps {
		next := newArray(1, batch, n)
		for i := range batch {
			fromX, fromH := slices.Clone(b.data[:3*n]), slices.Clone(b.data[3*n:])
			for j := range 3 * n {
				for l := range k {
					fromX[j] += w.data[j*k+l] * x.data[(s*batch+i)*k+l]
				}
				for l := range n {
					fromH[j] += r.data[j*n+l] * h.data[i*n+l]
				}
			}
			for j := range n {
				update, reset := sigmoid(fromX[j]+fromH[j]), sigmoid(fromX[n+j]+fromH[n+j])
				candidate := math.Tanh(fromX[2*n+j] + reset*fromH[2*n+j])
				next.data[i*n+j] = (1-update)*candidate + update*h.data[i*n+j]
			}
		}
		h = next
		copy(y.data[s*batch*n:], h.data)
	}
	return []array{y, h}
}

func product(x, w array, transposed bool) array {
	if transposed {
		w = transpose(w, []int{1, 0})
	}
	k, n := w.dims[0], w.dims[1]
	y := newArray(append(slices.Clone(x.dims[:len(x.dims)-1]), n)...)
	for i := range len(x.data) / k {
		for j := range n {
			for l := range k {
				y.data[i*n+j] += x.data[i*k+l] * w.data[l*n+j]
			}
		}
	}
	return y
}

func transpose(x array, perm []int) array {
	dims := make([]int, len(perm))
	for i, p := range perm {
		dims[i] = x.dims[p]
	}
	y := newArray(dims...)
	for i := range y.data {
		rest, at := i, make([]int, len(dims))
		for d := len(dims) - 1; d >= 0; d-- {
			at[perm[d]], rest = rest%dims[d], rest/dims[d]
		}
		from := 0
		for d, v := range at {
			from = from*x.dims[d] + v
		}
		y.data[i] = x.data[from]
	}
	return y
}

// reduce keeps the reduced dimensions, with size 1.
func reduce(op string, x array, axes []int) array {
	dims := slices.Clone(x.dims)
	for _, a := range axes {
		dims[a] = 1
	}
	y := newArray(dims...)
	count := len(x.data) / len(y.data)
	seen := make([]bool, len(y.data))
	for i, v := range x.data {
		to := broadcastIndex(i, x.dims, dims)
		switch {
		case op == "ReduceMean":
			y.data[to] += v / float64(count)
		case !seen[to], op == "ReduceMin" && v < y.data[to], op == "ReduceMax" && v > y.data[to]:
			y.data[to] = v
		}
		seen[to] = true
	}
	return y
}

// broadcastIndex returns the element of an array of dims that meets element i of one of full.
func broadcastIndex(i int, full, dims []int) int {
	at, stride := 0, 1
	for d := len(full) - 1; d >= 0; d-- {
		v := i % full[d]
		i /= full[d]
		if own := d - len(full) + len(dims); own >= 0 {
			if dims[own] > 1 {
				at += v * stride
			}
			stride *= dims[own]
		}
	}
	return at
}

func broadcast(f func(a, b float64) float64, a, b array) array {
	dims := slices.Clone(a.dims)
	if len(b.dims) > len(dims) {
		dims = slices.Clone(b.dims)
	}
	for d := range dims {
		for _, x := range []array{a, b} {
			if own := d - len(dims) + len(x.dims); own >= 0 {
				dims[d] = max(dims[d], x.dims[own])
			}
		}
	}
	y := newArray(dims...)
	for i := range y.data {
		y.data[i] = f(a.data[broadcastIndex(i, dims, a.dims)], b.data[broadcastIndex(i, dims, b.dims)])
	}
	return y
}

func (a array) String() string { return fmt.Sprint(a.dims, a.data) }
