package main

import (
	"math"
	"os"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// TestSequentialGradient compares the loss and every gradient of the sequential cells with those of the spectral cell, on both executors.
func TestSequentialGradient(t *testing.T) {
	for _, executor := range []string{"cpu", "vulkan"} {
		t.Run(executor, func(t *testing.T) {
			dev, err := gpu.Open(executor, gpu.Options{})
			if err != nil {
				if executor == "vulkan" && os.Getenv("SPECTRAL_REQUIRE_GPU") != "1" {
					t.Skipf("no Vulkan device: %v", err)
				}
				t.Fatal(err)
			}
			defer func() {
				if err := dev.Close(); err != nil {
					t.Error(err)
				}
			}()
			for _, size := range []struct{ steps, batch, n, m int }{{1, 1, 1, 1}, {5, 3, 7, 7}, {9, 4, 33, 3}, {4, 2, 8, 0}} {
				for _, fused := range []bool{false, true} {
					testSequential(t, dev, size.steps, size.batch, size.n, size.m, fused)
				}
			}
		})
	}
}

func testSequential(t *testing.T, dev *gpu.Device, steps, batch, n, m int, fused bool) {
	t.Helper()
	cfg := model.DefaultConfig(data.Spec{Name: "bench", Length: steps, Input: data.Values(2), Output: data.Output{Loss: data.CrossEntropy, Width: 3}})
	cfg.Batch, cfg.Hidden, cfg.Reflectors, cfg.Radius, cfg.Activation = batch, n, m, 0.3, "tanh"
	net, err := model.New(dev, cfg, model.DefaultOptimizer())
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	if err := fillRandom(net); err != nil {
		t.Fatal(err)
	}
	p := net.Params()
	src := philox.New(3, philox.Stream("s"))
	for _, tensor := range p.Tensors() {
		if tensor.Name != "layers.0.s" { // zeros at first, where every singular value is the centre
			continue
		}
		values := make([]float32, tensor.Len())
		for i := range values {
			values[i] = float32(src.Normal())
		}
		if err := gpu.WriteView(tensor.In(p.Values()), values); err != nil {
			t.Fatal(err)
		}
	}
	s, err := newSequential(dev, net, fused)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.prog.Run(); err != nil { // before the network's step, which changes the parameters
		t.Fatal(err)
	}
	stats, err := net.TrainStep(model.Position{}, cfg.Batch)
	if err != nil {
		t.Fatal(err)
	}
	loss, err := gpu.ReadView(s.loss)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(float64(loss[0])-stats.LossSum) > 1e-5*stats.LossSum {
		t.Errorf("%v fused=%v: loss %g, the spectral cell's is %g", cfg, fused, loss[0], stats.LossSum)
	}
	for _, tensor := range p.Tensors() {
		want, err := gpu.ReadView(tensor.In(p.Grads()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := gpu.ReadView(s.gradient(tensor.Name))
		if err != nil {
			t.Fatal(err)
		}
		scale, worst := 0.0, 0.0
		for i := range want {
			scale = max(scale, math.Abs(float64(want[i])))
			worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
		}
		if !(worst <= 1e-5*scale+1e-7) {
			t.Errorf("T=%d B=%d n=%d m=%d fused=%v: dL/d%s is off by %g, the largest is %g", steps, batch, n, m, fused, tensor.Name, worst, scale)
		}
	}
}
