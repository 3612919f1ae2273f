package model_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// reopened returns a predictor of a network with an encoding, by way of a checkpoint.
func reopened(t *testing.T, m *model.Network, e data.Encoding) *model.Predictor {
	t.Helper()
	s, err := m.Snapshot(model.Position{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Encoding = e
	var file bytes.Buffer
	if err := s.Encode(&file); err != nil {
		t.Fatal(err)
	}
	ck, err := model.Decode(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ck.Encoding, e) {
		t.Fatalf("the encoding came back as %+v, want %+v", ck.Encoding, e)
	}
	p, err := ck.Predictor(m.Device())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// rowsOf returns sequence b of a batch, value by value.
func rowsOf(c model.Config, batch data.Batch, b int) []float32 {
	var s []float32
	for t := range batch.Length {
		at := (t*batch.Size + b) * c.Input.Width
		s = append(s, batch.Values[at:at+c.Input.Width]...)
	}
	return s
}

func softmax64(y []float32) []float64 {
	sum := 0.0
	out := make([]float64, len(y))
	for i, v := range y {
		out[i] = math.Exp(float64(v))
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// What a predictor says of sequences given one by one or together is what an evaluation of the same batch computes.
func TestPredictionsAreTheEvaluations(t *testing.T) {
	type kind struct {
		cell  string
		loss  data.Loss
		where data.Where
	}
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		for _, k := range []kind{
			{"spectral", data.CrossEntropy, data.LastStep}, {"spectral", data.SquaredError, data.EveryStep}, {"rnn", data.CrossEntropy, data.EveryStep},
			{"ornn", data.SquaredError, data.LastStep}, {"spectral-mlp", data.CrossEntropy, data.LastStep}, {"spectral-resnet", data.SquaredError, data.LastStep},
		} {
			t.Run(fmt.Sprint(k), func(t *testing.T) {
				c := small(k.cell, k.loss)
				c.Output.Where, c.Layers = k.where, 3
				if info, _ := model.FindCell(k.cell); !info.Time {
					c.Length = 1
				}
				m := newNetwork(t, dev, c, model.DefaultOptimizer())
				batch := fill(m)
				for s := range 3 {
					if _, err := m.TrainStep(model.Position{Step: int64(s)}, 2); err != nil {
						t.Fatal(err)
					}
				}
				copy(m.EvalBatch().Values, batch.Values)
				if _, err := m.EvalStep(); err != nil {
					t.Fatal(err)
				}
				want, err := m.Outputs()
				if err != nil {
					t.Fatal(err)
				}
				p := reopened(t, m, data.Encoding{})
				var all [][]float32
				for b := range batch.Size {
					all = append(all, rowsOf(c, batch, b))
				}
				all = append(all, all[0]) // more than a batch
				got, err := p.PredictSteps(all)
				if err != nil {
					t.Fatal(err)
				}
				last, err := p.Predict(all[1:2])
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(last[0], got[1][len(got[1])-1]) {
					t.Errorf("one sequence alone: %v, among others %v", last[0], got[1])
				}
				for i, steps := range got {
					for s, one := range steps {
						row := (s*batch.Size + i%batch.Size) * c.Output.Width
						comparePrediction(t, one, want[row:row+c.Output.Width], k.loss)
					}
				}
			})
		}
	})
}

func comparePrediction(t *testing.T, got model.Prediction, y []float32, loss data.Loss) {
	t.Helper()
	if loss == data.SquaredError {
		for i, v := range y {
			if got.Class != -1 || math.Abs(float64(got.Values[i]-v)) > 1e-6 {
				t.Fatalf("predicted %+v, want the outputs %v", got, y)
			}
		}
		return
	}
	for i, q := range softmax64(y) {
		if math.Abs(float64(got.Probabilities[i])-q) > 1e-6 || y[i] > y[got.Class] {
			t.Fatalf("predicted %+v of the logits %v", got, y)
		}
	}
	if best := got.Best(); int(best[0]) != got.Class || got.Probabilities[best[3]] > got.Probabilities[best[2]] {
		t.Errorf("classes from the most to the least probable: %v of %v", best, got.Probabilities)
	}
}

// A stream says after each step what a sequence of the steps so far is said to be.
func TestStream(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		c := small("spectral", data.CrossEntropy)
		c.Output.Where, c.Layers = data.EveryStep, 2
		m := newNetwork(t, dev, c, model.DefaultOptimizer())
		batch := fill(m)
		p := reopened(t, m, data.Encoding{})
		sequence := rowsOf(c, batch, 0)
		want, err := p.PredictSteps([][]float32{sequence, sequence[:4]})
		if err != nil || len(want[0]) != 5 || len(want[1]) != 2 {
			t.Fatal(want, err)
		}
		s, err := p.Stream()
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for range 2 {
			for step := range c.Length {
				got, err := s.Next(sequence[2*step : 2*step+2])
				if err != nil {
					t.Fatal(err)
				}
				for i, q := range got.Probabilities {
					if math.Abs(float64(q-want[0][step].Probabilities[i])) > 1e-6 {
						t.Fatalf("step %d: %v, want %v", step, got.Probabilities, want[0][step].Probabilities)
					}
				}
			}
			if err := s.Reset(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Next(sequence); !errors.Is(err, data.ErrConfig) {
			t.Errorf("five steps as one: %v, want data.ErrConfig", err)
		}
	})
}

// W is formed once and for all: a prediction runs the operations of a plain network, and nothing else.
func TestAPredictionCostsWhatAPlainNetworksCosts(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		for cell, plain := range map[string]string{"spectral": "rnn", "spectral-mlp": "mlp", "spectral-resnet": "resnet"} {
			ops := func(name string) (names []string, dispatches int) {
				c := small(name, data.CrossEntropy)
				c.Layers, c.Hidden, c.Reflectors = 3, 40, 20
				if info, _ := model.FindCell(name); !info.Time {
					c.Length = 1
				}
				p := reopened(t, newNetwork(t, dev, c, model.DefaultOptimizer()), data.Encoding{})
				prog, err := p.Program(c.Length, 1)
				if err != nil {
					t.Fatal(err)
				}
				for _, op := range prog.Ops() {
					names = append(names, op.Name())
				}
				return names, prog.Stats().Dispatches
			}
			got, n := ops(cell)
			want, most := ops(plain)
			if !reflect.DeepEqual(got, want) || n > most {
				t.Errorf("%s: %v in %d dispatches, want those of %s: %v in %d", cell, got, n, plain, want, most)
			}
		}
	})
}

func TestPredictionsInTheUnitsOfTheData(t *testing.T) {
	dev := open(t, "cpu")
	c := small("rnn", data.SquaredError)
	m := newNetwork(t, dev, c, model.DefaultOptimizer())
	batch := fill(m)
	plain := reopened(t, m, data.Encoding{})
	scaled := reopened(t, m, data.Encoding{Channels: 2, Inputs: []data.Normal{{Mean: 3, Deviation: 2}, {Mean: -1, Deviation: 0.5}},
		Targets: []data.Normal{{Mean: 10, Deviation: 4}, {Mean: 0, Deviation: 1}, {Mean: 0, Deviation: 1}, {Mean: 0, Deviation: 1}}})
	x := rowsOf(c, batch, 0)
	raw := make([]float32, len(x))
	for i, v := range x {
		raw[i] = []float32{2*v + 3, v/2 - 1}[i%2]
	}
	want, err := plain.Predict([][]float32{x})
	if err != nil {
		t.Fatal(err)
	}
	got, err := scaled.Predict([][]float32{raw})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range want[0].Values {
		if i == 0 {
			v = 4*v + 10
		}
		if math.Abs(float64(got[0].Values[i]-v)) > 1e-5 {
			t.Errorf("value %d is %g, want %g", i, got[0].Values[i], v)
		}
	}
}

func TestPredictorErrors(t *testing.T) {
	dev := open(t, "cpu")
	m := newNetwork(t, dev, small("spectral", data.CrossEntropy), model.DefaultOptimizer())
	p := reopened(t, m, data.Encoding{Classes: []string{"a", "b", "c", "d"}})
	got, err := p.Predict([][]float32{make([]float32, 10)})
	if err != nil || got[0].Label != []string{"a", "b", "c", "d"}[got[0].Class] {
		t.Errorf("%+v, %v: want the name of the class", got, err)
	}
	nan := make([]float32, 10)
	nan[3] = float32(math.NaN())
	for name, s := range map[string][]float32{"short": make([]float32, 9), "long": make([]float32, 12), "empty": nil, "missing": nan} {
		if _, err := p.Predict([][]float32{make([]float32, 10), s}); !errors.Is(err, data.ErrConfig) {
			t.Errorf("%s: %v, want data.ErrConfig", name, err)
		} else if !bytes.Contains([]byte(err.Error()), []byte("sequence 2")) {
			t.Errorf("%s: %v does not say which sequence", name, err)
		}
	}
	if _, err := p.PredictTokens([][]int32{{1}}); !errors.Is(err, data.ErrConfig) {
		t.Errorf("tokens: %v, want data.ErrConfig", err)
	}
	if _, err := p.Generator([]int32{1}, 1); !errors.Is(err, model.ErrConfig) {
		t.Errorf("generate: %v, want ErrConfig", err)
	}
	if _, err := model.Open(dev, filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a run that is not there was opened")
	}
	path := filepath.Join(t.TempDir(), "state")
	if err := model.Save(path, m, model.Position{}); err != nil {
		t.Fatal(err)
	}
	if _, err := model.Open(nil, path); !errors.Is(err, gpu.ErrNoDevice) {
		t.Errorf("a nil device: %v, want ErrNoDevice", err)
	}
	c := small("mlp", data.CrossEntropy)
	c.Length = 1
	flat := reopened(t, newNetwork(t, dev, c, model.DefaultOptimizer()), data.Encoding{})
	if _, err := flat.Stream(); !errors.Is(err, model.ErrConfig) {
		t.Errorf("a stream without time: %v, want ErrConfig", err)
	}
}
