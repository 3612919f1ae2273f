package export_test

import (
	"encoding/binary"
	"math"
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
