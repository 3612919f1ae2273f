package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func TestRoofline(t *testing.T) {
	r := roofline{flops: 100}
	r.add(1000, 50) // a launch is much of so little work
	r.add(4000, 80)
	r.add(16000, 10)
	for bytes, want := range map[int64]float64{1: 80, 1000: 80, 3999: 80, 4000: 80, 15999: 80, 16000: 10, 1 << 40: 10} {
		if got := r.bandwidth(bytes); got != want {
			t.Errorf("%d bytes: %g a second, want %g", bytes, got, want)
		}
	}
	if got := r.seconds(gpu.Cost{Flops: 500, Bytes: 40}); got != 5 {
		t.Errorf("arithmetic takes %g s, want 5", got)
	}
	if got := r.seconds(gpu.Cost{Flops: 500, Bytes: 16000}); got != 1600 {
		t.Errorf("memory takes %g s, want 1600", got)
	}
	r.raise(gpu.Cost{Flops: 300, Bytes: 20000}, 1)
	if r.flops != 300 || r.bandwidth(20000) != 20000 || r.bandwidth(1) != 20000 {
		t.Errorf("raised to %+v", r)
	}
}

// The work of a product of triangles is what is not left out.
func TestExecuted(t *testing.T) {
	v := func(rows, cols int) gpu.View { return gpu.View{Rows: rows, Cols: cols, Stride: cols} }
	for _, k := range []struct {
		op   gpu.Gemm
		want int64
	}{
		{gpu.Gemm{C: v(3, 4), A: v(3, 5), B: v(5, 4)}, 2 * 3 * 4 * 5},
		{gpu.Gemm{C: v(3, 4), A: v(3, 5), B: v(5, 4), Upper: true}, 2 * 5 * (4 + 3 + 2)},
		{gpu.Gemm{C: v(3, 4), A: v(3, 5), B: v(5, 4), TrapezoidA: true}, 2 * 4 * (5 + 4 + 3)},
		{gpu.Gemm{C: v(5, 4), A: v(3, 5), B: v(3, 4), TransA: true, TrapezoidA: true}, 2 * 4 * (1 + 2 + 3 + 3 + 3)},
		{gpu.Gemm{C: v(3, 3), A: v(3, 3), B: v(3, 3), TrapezoidA: true, Upper: true, Batch: 2}, 2 * 2 * (9 + 4 + 1)},
	} {
		if got := executed(k.op).Flops; got != k.want {
			t.Errorf("%+v: %d flops, want %d", k.op, got, k.want)
		}
		if got := executed(gpu.Repeat{Op: k.op, Count: 3}).Flops; got != 3*k.want {
			t.Errorf("three times %+v: %d flops, want %d", k.op, got, 3*k.want)
		}
	}
}

// No operation of a step is above the roof, on a processor and on a Vulkan device.
func TestNothingIsAboveTheRoof(t *testing.T) {
	for _, device := range []string{"cpu", "vulkan"} {
		t.Run(device, func(t *testing.T) {
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			out, errs := &bytes.Buffer{}, &bytes.Buffer{}
			code := run(t.Context(), []string{"profile", "mnist", "--length", "28", "--hidden", "64", "--reflectors", "8", "--batch", "64", "--runs", "3", "--tune", "off", "--device", device, "--json"}, out, errs)
			if code == exitNoDevice && os.Getenv("SPECTRAL_REQUIRE_GPU") != "1" {
				t.Skip(errs)
			}
			if code != 0 {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			ops := 0
			for line := range bytes.Lines(out.Bytes()) {
				var l struct {
					profileLine
					Flops float64 `json:"roofline_gflops"`
					Bytes float64 `json:"roofline_gb_per_s"`
					Cache float64 `json:"roofline_cache_gb_per_s"`
				}
				if err := json.Unmarshal(line, &l); err != nil {
					t.Fatal(err)
				}
				switch l.Event {
				case "op":
					if ops++; l.RooflinePart > 1.0001 || l.RooflinePart <= 0 && l.profileLine.Bytes > 0 {
						t.Errorf("%s is at %.1f %% of the roof", l.Op, 100*l.RooflinePart)
					}
				case "profile":
					if l.Flops <= 0 || l.Bytes <= 0 || l.Cache < l.Bytes {
						t.Errorf("roof %+v", l)
					}
				}
			}
			if ops < 10 {
				t.Errorf("%d operations", ops)
			}
		})
	}
}
