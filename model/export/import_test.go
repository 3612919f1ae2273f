package export_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/hh"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/export"
)

// roundTrip writes a network as safetensors and imports it.
func roundTrip(t *testing.T, n *export.Network, c model.Config) (*model.Checkpoint, []export.Moved) {
	t.Helper()
	var file bytes.Buffer
	if err := export.Formats()[0].Write(&file, n); err != nil {
		t.Fatal(err)
	}
	f, err := export.ReadFile(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	ck, moved, err := export.Import(f, c)
	if err != nil {
		t.Fatal(err)
	}
	return ck, moved
}

// A dense network that is exported and imported as a spectral one predicts the same.
func TestImportOfDenseNetworksPredictsTheSame(t *testing.T) {
	dev := open(t)
	for name, c := range map[string]model.Config{"rnn": config("rnn", 2), "irnn": config("irnn", 1), "lstm": config("lstm", 2), "spectral-lstm": config("spectral-lstm", 1), "spectral": config("spectral", 3), "mlp": config("mlp", 4)} {
		t.Run(name, func(t *testing.T) {
			ck, n := checkpoint(t, dev, c, data.Encoding{Inputs: []data.Normal{{Mean: 1, Deviation: 2}}})
			imported, moved := roundTrip(t, n, model.Config{})
			for _, m := range moved {
				// The smallest σ of a random matrix may be below what a band that is nearly 0 … 2σ* can hold.
				if m.Sigma > 2e-3*m.SigmaMax || m.Frobenius > 1e-2 {
					t.Errorf("the narrowest band moves %+v", m)
				}
			}
			_, sequences := sequences(c, data.Encoding{})
			want := predict(t, ck, sequences)
			for i, got := range predict(t, imported, sequences) {
				for j, v := range got.Values {
					if math.Abs(float64(v-want[i].Values[j])) > 1e-2 {
						t.Fatalf("sequence %d: %v, want %v", i, got.Values, want[i].Values)
					}
				}
			}
		})
	}
}

func predict(t *testing.T, ck *model.Checkpoint, sequences [][]float32) []model.Prediction {
	t.Helper()
	p, err := ck.Predictor(open(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	out, err := p.Predict(sequences)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// σ outside of a given band is moved to it, and the distance is told.
func TestImportTellsHowFarItMoves(t *testing.T) {
	f := torchFile(t, map[string][]int{"rnn.weight_ih_l0": {3, 1}, "rnn.weight_hh_l0": {3, 3}, "rnn.bias_ih_l0": {3}, "fc.weight": {2, 3}, "fc.bias": {2}}, func(name string, dst []float32) {
		if name == "rnn.weight_hh_l0" {
			copy(dst, []float32{2, 0, 0, 0, -1, 0, 0, 0, 0.5}) // σ = 2, 1, ½
		}
	})
	ck, moved, err := export.Import(f, model.Config{Length: 4, Center: 1, Radius: 0.1, Activation: "relu"})
	if err != nil {
		t.Fatal(err)
	}
	want := math.Sqrt(0.9001*0.9001+0.4001*0.4001) / math.Sqrt(4+1+0.25) // to 1 ± 0.0999
	if len(moved) != 1 || moved[0].SigmaMin != 0.5 || moved[0].SigmaMax != 2 || math.Abs(moved[0].Sigma-0.9001) > 1e-6 || math.Abs(moved[0].Frobenius-want) > 1e-6 {
		t.Errorf("moved %+v, want 0.9001 and %g", moved, want)
	}
	if c := ck.Config; c.Cell != "spectral" || c.Hidden != 3 || c.Reflectors != 3 || c.Layers != 1 || c.Input.Width != 1 || c.Output.Width != 2 || c.Length != 4 || c.Activation != "relu" {
		t.Errorf("settings %+v", c)
	}
	if got := predict(t, ck, [][]float32{{1, 2, 3, 4}}); len(got[0].Probabilities) != 2 {
		t.Errorf("predicted %+v", got)
	}
}

// torchFile makes a file of tensors of these shapes, random where fill leaves zeros.
func torchFile(t *testing.T, shapes map[string][]int, fill func(string, []float32)) *export.File {
	t.Helper()
	views := map[string]safetensors.TensorView{}
	src := philox.New(3, 3)
	for name, shape := range shapes {
		n := 1
		var dims []uint64
		for _, d := range shape {
			n *= d
			dims = append(dims, uint64(d))
		}
		values := make([]float32, n)
		fill(name, values)
		raw := make([]byte, 8*n) // F64
		for i, v := range values {
			if v == 0 && !strings.Contains(name, "weight_hh") {
				v = float32(src.Normal())
			}
			bits := math.Float64bits(float64(v))
			for k := range 8 {
				raw[8*i+k] = byte(bits >> (8 * k))
			}
		}
		v, err := safetensors.NewTensorView(safetensors.F64, dims, raw)
		if err != nil {
			t.Fatal(err)
		}
		views[name] = v
	}
	var file bytes.Buffer
	if err := safetensors.SerializeToWriter(views, nil, &file); err != nil {
		t.Fatal(err)
	}
	f, err := export.ReadFile(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestImportRefuses(t *testing.T) {
	rnn := map[string][]int{"a.weight_ih_l0": {3, 1}, "a.weight_hh_l0": {3, 3}, "b.weight": {2, 3}}
	with := func(name string, shape ...int) map[string][]int {
		out := map[string][]int{name: shape}
		for k, v := range rnn {
			if _, ok := out[k]; !ok {
				out[k] = v
			}
		}
		return out
	}
	for name, shapes := range map[string]map[string][]int{
		"three gates": {"weight_ih_l0": {9, 1}, "weight_hh_l0": {9, 3}, "h.weight": {2, 3}}, "backward": with("a.weight_ih_l0_reverse", 3, 1),
		"two recurrences": with("c.weight_ih_l0", 3, 1), "two read-outs": with("c.weight", 2, 3), "no read-out": {"weight_ih_l0": {3, 1}, "weight_hh_l0": {3, 3}},
		"another width": with("b.weight", 2, 4), "bias": with("b.bias", 3), "recurrent bias": with("a.bias_hh_l0", 2), "one layer": {"weight": {3, 3}},
		"a chain that narrows": {"0.weight": {8, 3}, "2.weight": {4, 8}, "4.weight": {2, 4}}, "nothing": {"x": {1}},
	} {
		if _, _, err := export.Import(torchFile(t, shapes, func(string, []float32) {}), model.Config{Length: 2}); !errors.Is(err, export.ErrUnsupported) {
			t.Errorf("%s: %v, want ErrUnsupported", name, err)
		}
	}
	if _, err := export.ReadFile([]byte("no file")); !errors.Is(err, model.ErrCheckpoint) {
		t.Errorf("no safetensors: %v, want ErrCheckpoint", err)
	}
	for i := range rnn {
		f := torchFile(t, rnn, func(string, []float32) {})
		for _, tensor := range f.Tensors {
			if tensor.Name == i {
				tensor.Data[0] = float32(math.NaN())
			}
		}
		if _, _, err := export.Import(f, model.Config{Length: 2}); !errors.Is(err, model.ErrNotFinite) && !errors.Is(err, hh.ErrNotFinite) {
			t.Errorf("%s with NaN: %v, want ErrNotFinite", i, err)
		}
	}
}

// Layers are taken in the order of the numbers in their names.
func TestImportOfAChain(t *testing.T) {
	shapes := map[string][]int{"net.0.weight": {4, 3}, "net.0.bias": {4}, "net.2.weight": {4, 4}, "net.10.weight": {4, 4}, "net.12.weight": {2, 4}, "net.12.bias": {2}}
	ck, moved, err := export.Import(torchFile(t, shapes, func(string, []float32) {}), model.Config{Activation: "relu"})
	if err != nil || len(moved) != 2 || ck.Config.Cell != "spectral-mlp" || ck.Config.Layers != 3 || ck.Config.Length != 1 || ck.Config.Input.Width != 3 {
		t.Fatalf("%+v, %+v, %v", ck, moved, err)
	}
	if got := predict(t, ck, [][]float32{{1, 2, 3}}); len(got[0].Probabilities) != 2 {
		t.Errorf("predicted %+v", got)
	}
}
