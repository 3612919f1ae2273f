package export_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"
	"github.com/nlpodyssey/safetensors"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/export"
)

func open(t *testing.T) *gpu.Device {
	t.Helper()
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return dev
}

// checkpoint returns the state of a network with random biases, which start as zeros, and its exported form.
func checkpoint(t *testing.T, dev *gpu.Device, c model.Config, e data.Encoding) (*model.Checkpoint, *export.Network) {
	t.Helper()
	m, err := model.New(dev, c, model.DefaultOptimizer())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s, err := m.Snapshot(model.Position{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Encoding = e
	src := philox.New(5, 1)
	for _, tensor := range s.Tensors {
		_, part, _ := strings.Cut(tensor.Name, ".")
		part = part[strings.LastIndex(part, ".")+1:]
		for i := range tensor.Data {
			switch part {
			case "b", "bh", "s", "h0", "act":
				tensor.Data[i] = float32(0.3 * src.Normal())
			}
		}
	}
	ck := &model.Checkpoint{Snapshot: *s}
	n, err := export.Read(ck)
	if err != nil {
		t.Fatal(err)
	}
	return ck, n
}

func config(cell string, layers int) model.Config {
	c := model.Config{Cell: cell, Length: 5, Batch: 4, Input: data.Values(2), Output: data.Output{Loss: data.SquaredError, Width: 3}, Hidden: 7, Layers: layers,
		Reflectors: 3, Radius: 0.4, Center: 1, Activation: "leaky-relu:0.2", Seed: 3}
	if info, _ := model.FindCell(cell); !info.Time {
		c.Length, c.Input = 1, data.Values(10)
	}
	return c
}

// The onnx file computes what the predictor predicts, from the same data.
func TestONNX(t *testing.T) {
	dev := open(t)
	for _, k := range []struct {
		name   string
		c      model.Config
		e      data.Encoding
		change func(*model.Config)
	}{
		{name: "spectral", c: config("spectral", 2)},
		{name: "tanh", c: config("rnn", 1), change: func(c *model.Config) { c.Activation = "tanh" }},
		{name: "relu", c: config("ornn", 3), change: func(c *model.Config) { c.Activation = "relu" }},
		{name: "identity", c: config("irnn", 2), change: func(c *model.Config) { c.Activation = "identity" }},
		{name: "every step", c: config("spectral", 2), change: func(c *model.Config) { c.Output.Where = data.EveryStep }},
		{name: "no reflectors", c: config("spectral", 1), change: func(c *model.Config) { c.Reflectors = 0 }},
		{name: "mlp", c: config("mlp", 3)},
		{name: "spectral mlp", c: config("spectral-mlp", 3)},
		{name: "spectral resnet", c: config("spectral-resnet", 5), change: func(c *model.Config) { c.Activation = "tanh" }},
		{name: "classes", c: config("spectral", 1), change: func(c *model.Config) { c.Output.Loss = data.CrossEntropy }},
		{name: "scaled", c: config("spectral", 1), e: data.Encoding{Channels: 2, Inputs: []data.Normal{{Mean: 1e4, Deviation: 3}, {Mean: -1, Deviation: 0.25}},
			Targets: []data.Normal{{Mean: 2, Deviation: 3}, {Mean: -100, Deviation: 7}, {Mean: 0, Deviation: 1}}}},
		{name: "one scale for all", c: config("mlp", 2), e: data.Encoding{Inputs: []data.Normal{{Mean: 3, Deviation: 255}}}},
		{name: "per sequence", c: config("spectral", 1), e: data.Encoding{PerSequence: true}},
		{name: "per sequence, no time", c: config("mlp", 2), e: data.Encoding{PerSequence: true}},
		{name: "modrelu", c: config("spectral", 2), change: func(c *model.Config) { c.Activation = "modrelu" }},
		{name: "scaled tanh", c: config("rnn", 1), change: func(c *model.Config) { c.Activation = "scaled-tanh" }},
		{name: "modrelu, every step", c: config("rnn", 1), change: func(c *model.Config) { c.Activation, c.Output.Where, c.Initial = "modrelu", data.EveryStep, "learned" }},
		{name: "scaled tanh, no time", c: config("resnet", 3), change: func(c *model.Config) { c.Activation = "scaled-tanh" }},
		{name: "first state", c: config("spectral", 2), change: func(c *model.Config) { c.Initial = "learned" }},
		{name: "no bias", c: config("spectral", 1), change: func(c *model.Config) { c.NoBias = true }},
		{name: "lstm", c: config("lstm", 2)},
		{name: "gru", c: config("gru", 2)},
		{name: "gru, every step", c: config("gru", 1), change: func(c *model.Config) { c.Output.Where = data.EveryStep }},
		{name: "mean over steps", c: config("spectral", 2), change: func(c *model.Config) { c.Output.Where = data.MeanOverSteps }},
		{name: "dropout", c: config("spectral", 2), change: func(c *model.Config) { c.Dropout = 0.5 }},
		{name: "spectral lstm, every step", c: config("spectral-lstm", 2), change: func(c *model.Config) { c.Output.Where = data.EveryStep }},
		{name: "spectral lstm, no reflectors", c: config("spectral-lstm", 1), change: func(c *model.Config) { c.Reflectors = 0 }},
		{name: "tokens", c: tokens(), change: func(c *model.Config) { c.Embedding = 3 }},
		{name: "tokens come in directly", c: tokens()},
		{name: "tied tokens", c: tokens(), change: func(c *model.Config) { c.Tied = true }},
		{name: "ordered", c: config("spectral", 1), e: data.Encoding{Inputs: []data.Normal{{Mean: 0.5, Deviation: 2}}, Order: []int32{9, 3, 1, 0, 2, 4, 8, 7, 5, 6}}},
	} {
		t.Run(k.name, func(t *testing.T) {
			if k.change != nil {
				k.change(&k.c)
			}
			ck, n := checkpoint(t, dev, k.c, k.e)
			var file bytes.Buffer
			if err := onnx(t).Write(&file, n); err != nil {
				t.Fatal(err)
			}
			m := readONNX(t, file.Bytes())
			p, err := ck.Predictor(dev)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if k.c.Input.IsTokens() {
				x := array{[]int{2, 3}, []float64{4, 0, 2, 1, 1, 3}}
				want, err := p.PredictTokenSteps([][]int32{{4, 0, 2}, {1, 1, 3}})
				if err != nil {
					t.Fatal(err)
				}
				compare(t, m.run(t, x), want)
				return
			}
			x, sequences := sequences(k.c, k.e)
			want, err := p.PredictSteps(sequences)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, m.run(t, x), want)
		})
	}
}

// tokens returns a network that predicts the next of five tokens.
func tokens() model.Config {
	c := config("spectral", 2)
	c.Input, c.Output, c.Stream = data.Tokens(5), data.Output{Loss: data.CrossEntropy, Width: 5, Where: data.EveryStep}, true
	return c
}

func onnx(t *testing.T) export.Format {
	t.Helper()
	f, err := export.FindFormat("onnx")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sequences returns some sequences, of which the last has the same value all over, as the input of a file and of a predictor.
func sequences(c model.Config, e data.Encoding) (array, [][]float32) {
	dims := []int{6, c.Length, c.Input.Width}
	if info, _ := model.FindCell(c.Cell); !info.Time {
		dims = []int{6, c.Input.Width}
	}
	x, src := newArray(dims...), philox.New(2, 2)
	var all [][]float32
	size := c.Length * c.Input.Width
	for b := range 6 {
		s := make([]float32, size)
		for i := range s {
			s[i] = float32(src.Normal())
			if b == 5 {
				s[i] = 0.7
			}
			if e.Channels > 0 {
				n := e.Inputs[i%len(e.Inputs)]
				s[i] = float32(float64(s[i])*n.Deviation + n.Mean)
			}
			x.data[b*size+i] = float64(s[i])
		}
		all = append(all, s)
	}
	return x, all
}

func compare(t *testing.T, got array, want [][]model.Prediction) {
	t.Helper()
	width := got.dims[len(got.dims)-1]
	if got.dims[0] != len(want) || len(got.data) != len(want)*len(want[0])*width {
		t.Fatalf("the file's output is %v, want %d × %d × %d", got.dims, len(want), len(want[0]), width)
	}
	for b, steps := range want {
		for s, one := range steps {
			y := got.data[(b*len(steps)+s)*width:][:width]
			values := one.Values
			if values == nil {
				values, y = one.Probabilities, softmax(y)
			}
			for i, v := range values {
				if !(math.Abs(y[i]-float64(v)) <= 1e-5*max(1, math.Abs(float64(v)))) {
					t.Fatalf("sequence %d, step %d: output %d is %g, predicted is %g", b, s, i, y[i], v)
				}
			}
		}
	}
}

func softmax(y []float64) []float64 {
	sum, out := 0.0, make([]float64, len(y))
	for i, v := range y {
		out[i] = math.Exp(v)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// Both files of tensors hold the same numbers, under the names and in the shapes of torch.nn.RNN and Linear.
func TestTensors(t *testing.T) {
	dev := open(t)
	c := config("spectral", 2)
	ck, n := checkpoint(t, dev, c, data.Encoding{Channels: 2})
	want := map[string][]int{
		"rnn.weight_ih_l0": {7, 2}, "rnn.weight_hh_l0": {7, 7}, "rnn.weight_hh_l0.U": {3, 7}, "rnn.weight_hh_l0.V": {3, 7}, "rnn.weight_hh_l0.sigma": {7},
		"rnn.bias_ih_l0": {7}, "rnn.bias_hh_l0": {7}, "rnn.weight_ih_l1": {7, 7}, "rnn.weight_hh_l1": {7, 7}, "rnn.weight_hh_l1.U": {3, 7},
		"rnn.weight_hh_l1.V": {3, 7}, "rnn.weight_hh_l1.sigma": {7}, "rnn.bias_ih_l1": {7}, "rnn.bias_hh_l1": {7}, "head.weight": {3, 7}, "head.bias": {3},
	}
	values := map[string][]float32{}
	for _, tensor := range n.Tensors() {
		if !slices.Equal(tensor.Shape, want[tensor.Name]) {
			t.Errorf("%s is %v, want %v", tensor.Name, tensor.Shape, want[tensor.Name])
		}
		values[tensor.Name] = tensor.Data
	}
	if len(values) != len(want) {
		t.Fatalf("%d tensors, want %d", len(values), len(want))
	}
	for l := range 2 {
		name := fmt.Sprintf("rnn.weight_hh_l%d", l)
		s, _ := ck.Tensor(fmt.Sprintf("layers.%d.s", l))
		sigma := oracle.Sigma(oracle.FromFloat32Vector(s.Data), 1, c.Radius)
		w := oracle.W(oracle.FromFloat32(values[name+".U"], 3, 7, 7), oracle.FromFloat32(values[name+".V"], 3, 7, 7), sigma)
		for i, v := range values[name] {
			if math.Abs(float64(v)-w.Data[i]) > 1e-7 {
				t.Fatalf("%s[%d] is %g, want %g", name, i, v, w.Data[i])
			}
		}
	}
	for _, format := range export.Formats()[:2] {
		var file bytes.Buffer
		if err := format.Write(&file, n); err != nil {
			t.Fatal(err)
		}
		got, about := readSafetensors(t, file.Bytes())
		if format.Name == "npz" {
			got, about = readNPZ(t, file.Bytes(), want)
		}
		for name, v := range values {
			if !slices.Equal(got[name], v) {
				t.Errorf("%s: %s reads back as %v, want %v", format.Name, name, got[name], v)
			}
		}
		var back struct {
			Config   model.Config
			Encoding data.Encoding
		}
		if err := json.Unmarshal([]byte(about), &back); err != nil || back.Config != c || back.Encoding.Channels != 2 {
			t.Errorf("%s: the network is described as %s, %v", format.Name, about, err)
		}
	}
}

// A GRU's tensors are those of torch.nn.GRU: computed by its equations they give what the predictor predicts.
func TestTensorsOfGRU(t *testing.T) {
	const n, k = 7, 2
	c := config("gru", 1)
	ck, network := checkpoint(t, open(t), c, data.Encoding{})
	m := map[string]oracle.Matrix{}
	for _, v := range network.Tensors() {
		rows, cols := 1, v.Shape[0]
		if len(v.Shape) == 2 {
			rows, cols = v.Shape[0], v.Shape[1]
		}
		m[v.Name] = oracle.FromFloat32(v.Data, rows, cols, cols)
	}
	for name, shape := range map[string][2]int{"gru.weight_ih_l0": {3 * n, k}, "gru.weight_hh_l0": {3 * n, n}, "gru.bias_ih_l0": {1, 3 * n},
		"gru.bias_hh_l0": {1, 3 * n}, "head.weight": {3, n}, "head.bias": {1, 3}} {
		if got := m[name]; got.Rows != shape[0] || got.Cols != shape[1] {
			t.Fatalf("%s is %d × %d, want %v", name, got.Rows, got.Cols, shape)
		}
	}
	sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	_, inputs := sequences(c, data.Encoding{})
	want := predict(t, ck, inputs)
	for i, sequence := range inputs {
		h := oracle.Zeros(1, n)
		for step := range c.Length {
			x := oracle.FromFloat32(sequence[step*k:(step+1)*k], 1, k, k)
			fromX := oracle.Add(oracle.Mul(x, m["gru.weight_ih_l0"].T()), m["gru.bias_ih_l0"])
			fromH := oracle.Add(oracle.Mul(h, m["gru.weight_hh_l0"].T()), m["gru.bias_hh_l0"])
			next := oracle.Zeros(1, n)
			for j := range n {
				r, z := sigmoid(fromX.At(0, j)+fromH.At(0, j)), sigmoid(fromX.At(0, n+j)+fromH.At(0, n+j))
				candidate := math.Tanh(fromX.At(0, 2*n+j) + r*fromH.At(0, 2*n+j))
				next.Set(0, j, (1-z)*candidate+z*h.At(0, j))
			}
			h = next
		}
		y := oracle.Add(oracle.Mul(h, m["head.weight"].T()), m["head.bias"])
		for j, v := range want[i].Values {
			if math.Abs(y.At(0, j)-float64(v)) > 1e-5 {
				t.Fatalf("sequence %d: output %d is %g by torch's equations, predicted is %g", i, j, y.At(0, j), v)
			}
		}
	}
}

func readSafetensors(t *testing.T, content []byte) (map[string][]float32, string) {
	t.Helper()
	st, err := safetensors.Deserialize(content)
	if err != nil {
		return nil, ""
	}
	_, meta, err := safetensors.ReadMetadata(content)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]float32{}
	for _, v := range st.Tensors() {
		raw := v.TensorView.Data()
		for i := 0; i < len(raw); i += 4 {
			out[v.Name] = append(out[v.Name], math.Float32frombits(uint32(raw[i])|uint32(raw[i+1])<<8|uint32(raw[i+2])<<16|uint32(raw[i+3])<<24))
		}
	}
	return out, meta.Metadata()["spectral-gpu.network"]
}

func readNPZ(t *testing.T, content []byte, shapes map[string][]int) (map[string][]float32, string) {
	t.Helper()
	z, err := npz.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]float32{}
	for name, shape := range shapes {
		var v []float32
		if err := z.Read(name+".npy", &v); err != nil {
			t.Fatal(name, err)
		}
		if h := z.Header(name + ".npy"); !slices.Equal(h.Descr.Shape, shape) || h.Descr.Fortran {
			t.Errorf("%s is %v in the archive, want %v by rows", name, h, shape)
		}
		out[name] = v
	}
	var about []byte
	if err := z.Read("spectral-gpu.network.npy", &about); err != nil {
		t.Fatal(err)
	}
	return out, string(about)
}

func TestFindFormat(t *testing.T) {
	if _, err := export.FindFormat("pickle"); !errors.Is(err, model.ErrConfig) {
		t.Errorf("format pickle: %v, want ErrConfig", err)
	}
}
