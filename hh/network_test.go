package hh_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

func cpu(t *testing.T) *gpu.Device {
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

// What is left out of a network's settings has a sensible value or is an error, never a panic.
func TestZeroSettings(t *testing.T) {
	dev := cpu(t)
	in := nn.Shape{Length: 1, Batch: 2, Width: 3}
	for name, c := range map[string]nn.Config{"nothing": {}, "no layer": {In: in}, "no input": {Layer: nn.Sequential{}}} {
		if _, err := nn.New(dev, c); !errors.Is(err, gpu.ErrShape) {
			t.Errorf("%s: %v, want ErrShape", name, err)
		}
	}
	w := &hh.Weight{Reflectors: 2}
	layers := nn.Sequential{&nn.Linear{Out: 4, Weight: w}}
	if _, err := nn.New(nil, nn.Config{Layer: layers, In: in}); !errors.Is(err, gpu.ErrNoDevice) {
		t.Errorf("no device: %v, want ErrNoDevice", err)
	}
	for name, rule := range map[string]nn.Rule{"adam": nn.Adam{}, "rmsprop": nn.RMSprop{}, "sgd": nn.SGD{}} {
		t.Run(name, func(t *testing.T) {
			net, err := nn.New(dev, nn.Config{Layer: nn.Sequential{&nn.Linear{Out: 4, Weight: &hh.Weight{Reflectors: 2}}}, Loss: nn.SquaredError{}, Rule: rule, In: in})
			if err != nil {
				t.Fatal(err)
			}
			defer net.Close()
			copy(net.Train.Values(), []float32{1, 2, 3, 4, 5, 6})
			copy(net.Train.Targets(), []float32{1, 0, 0, 0, 0, 1, 0, 0})
			first, last := 0.0, 0.0
			for step := int64(1); step <= 50; step++ {
				s, err := net.TrainStep(step, 0.01, 2)
				if err != nil || !s.Finite {
					t.Fatal(s, err)
				}
				if last = s.LossSum; step == 1 {
					first = s.LossSum
				}
			}
			if !(last < first) {
				t.Errorf("the loss went from %g to %g", first, last)
			}
		})
	}
	plain, err := nn.New(dev, nn.Config{Layer: layers, In: in})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if lo, hi := w.Band(); math.Abs(lo-0.9) > 1e-6 || math.Abs(hi-1.1) > 1e-6 {
		t.Errorf("the band is %g … %g where none was given, want 0.9 … 1.1", lo, hi)
	}
	if _, err := plain.TrainStep(1, 1, 1); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("a step without a rule: %v, want ErrShape", err)
	}
	if _, err := plain.EvalStep(); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("an evaluation without a loss: %v, want ErrShape", err)
	}
}

// Predictions take and give slices or matrices, and are those of W x + b.
func TestPredict(t *testing.T) {
	dev := cpu(t)
	w := &hh.Weight{Reflectors: 3}
	net, err := nn.New(dev, nn.Config{Layer: &nn.Linear{Out: 4, Weight: w}, In: nn.Shape{Length: 2, Batch: 1, Width: 3}, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	x := random("x", 5, 6)
	samples := make([][]float64, 5)
	for i := range samples {
		samples[i] = x.Row(i)
	}
	got, err := net.Predict(samples)
	if err != nil {
		t.Fatal(err)
	}
	params, _ := w.Params()
	read := func(v gpu.View) []float32 {
		words, err := gpu.ReadView(v)
		if err != nil {
			t.Fatal(err)
		}
		return words
	}
	f := &hh.Factorization{Rows: 4, Cols: 3, U: read(params.U), V: read(params.V), Sigma: read(w.Sigma())}
	m, err := f.Mat()
	if err != nil {
		t.Fatal(err)
	}
	asMat, err := net.PredictMat(mat.NewDense(5, 6, x.Data))
	if err != nil {
		t.Fatal(err)
	}
	for b := range 5 {
		for s := range 2 {
			var y mat.VecDense
			y.MulVec(m, mat.NewVecDense(3, samples[b][3*s:3*s+3]))
			for i := range 4 {
				if math.Abs(got[b][4*s+i]-y.AtVec(i)) > 1e-5 || asMat.At(b, 4*s+i) != got[b][4*s+i] {
					t.Fatalf("sample %d, step %d: %v and %v, want %v", b, s, got[b], mat.Row(nil, b, asMat), y.RawVector().Data)
				}
			}
		}
	}
	if _, err := net.Predict([][]float64{{1}}); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("a short sample: %v, want ErrShape", err)
	}
	if out, err := net.Predict(nil); err != nil || out != nil {
		t.Errorf("no samples: %v, %v", out, err)
	}
}
