package export

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The messages of onnx.proto3 that a network needs. The numbers are those of its fields.

// message is an encoded protocol buffer under construction.
type message []byte

func (m message) bytes(field protowire.Number, b []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), b)
}

func (m message) text(field protowire.Number, s string) message { return m.bytes(field, []byte(s)) }

func (m message) int(field protowire.Number, v int64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}

func (m message) float(field protowire.Number, v float32) message {
	return protowire.AppendFixed32(protowire.AppendTag(m, field, protowire.Fixed32Type), math.Float32bits(v))
}

// Types of elements (TensorProto.DataType).
const (
	onnxFloat  = 1
	onnxInt64  = 7
	onnxDouble = 11
)

// tensorProto is a TensorProto whose elements are given as little-endian bytes.
func tensorProto(name string, kind int64, dims []int, raw []byte) message {
	var m message
	for _, d := range dims {
		m = m.int(1, int64(d))
	}
	return m.int(2, kind).text(8, name).bytes(9, raw)
}

// attribute is an AttributeProto.
type attribute message

// Types of attributes (AttributeProto.AttributeType).
const (
	attrFloat   = 1
	attrInt     = 2
	attrGraph   = 5
	attrFloats  = 6
	attrInts    = 7
	attrStrings = 8
)

func attr(name string) message { return message{}.text(1, name) }

func floatAttr(name string, v float32) attribute {
	return attribute(attr(name).float(2, v).int(20, attrFloat))
}

func intAttr(name string, v int64) attribute {
	return attribute(attr(name).int(3, v).int(20, attrInt))
}

func graphAttr(name string, g message) attribute {
	return attribute(attr(name).bytes(6, g).int(20, attrGraph))
}

func floatsAttr(name string, all ...float32) attribute {
	m := attr(name)
	for _, v := range all {
		m = m.float(7, v)
	}
	return attribute(m.int(20, attrFloats))
}

func intsAttr(name string, all ...int64) attribute {
	m := attr(name)
	for _, v := range all {
		m = m.int(8, v)
	}
	return attribute(m.int(20, attrInts))
}

func stringsAttr(name string, all ...string) attribute {
	m := attr(name)
	for _, v := range all {
		m = m.text(9, v)
	}
	return attribute(m.int(20, attrStrings))
}

// nodeProto is a NodeProto.
func nodeProto(name, op string, inputs, outputs []string, attrs []attribute) message {
	var m message
	for _, s := range inputs {
		m = m.text(1, s)
	}
	for _, s := range outputs {
		m = m.text(2, s)
	}
	m = m.text(3, name).text(4, op)
	for _, a := range attrs {
		m = m.bytes(5, a)
	}
	return m
}

// valueInfo is a ValueInfoProto of a tensor; dims are names of sizes that are open, or numbers.
func valueInfo(name string, kind int64, dims ...any) message {
	var shape message
	for _, d := range dims {
		var dim message
		switch d := d.(type) {
		case string:
			dim = dim.text(2, d)
		case int:
			dim = dim.int(1, int64(d))
		}
		shape = shape.bytes(1, dim)
	}
	tensor := message{}.int(1, kind).bytes(2, shape)
	return message{}.text(1, name).bytes(2, message{}.bytes(1, tensor))
}

// entry is a StringStringEntryProto.
func entry(key, value string) message { return message{}.text(1, key).text(2, value) }

// The version of the format that is written, and of its operators.
const (
	onnxIR    = 8
	onnxOpset = 17
)

// modelProto is a ModelProto of a GraphProto.
func modelProto(graph message, props map[string]string) message {
	m := message{}.int(1, onnxIR).text(2, "spectral-gpu").bytes(7, graph).bytes(8, message{}.text(1, "").int(2, onnxOpset))
	for _, key := range sortedKeys(props) {
		m = m.bytes(14, entry(key, props[key]))
	}
	return m
}
