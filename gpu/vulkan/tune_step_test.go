//go:build cgo

package vulkan

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// TestTuneOneProductAStep lets tuning find that one product a step is the faster, forward and backward: programs take it then, with the results of
// a launch for all steps but for rounding, and the same bits every time.
func TestTuneOneProductAStep(t *testing.T) {
	d := testExecutor(t, gpu.Options{Tuning: gpu.TuningStored})
	d.limits.Software, d.limits.RNNStreamed = false, 128
	d.limits.RNNTiles, d.limits.GemmTiles = shaders.RNNHardware[:1], shaders.GemmHardware[3:4]
	steps := rnnPlan{steps: 1}
	d.tuner.took = func(id string) time.Duration {
		if id == steps.id() {
			return time.Millisecond
		}
		return 2 * time.Millisecond
	}
	dev := gpu.NewDevice(d)
	const n, batch, length = 128, 256, 16
	w, z := randoms(1, n*n), randoms(2, (length+1)*batch*n)
	for i := range w {
		w[i] *= 0.5 / 12
	}
	wo, h, dh := newFilled(t, dev, "w", n, n, vectors, w), newFilled(t, dev, "h", (length+1)*batch, n, vectors, z), newFilled(t, dev, "dh", length*batch, n, vectors, z[:length*batch*n])
	delta := newOperand(t, dev, "delta", length*batch, n, vectors)
	act := gpu.Activation{Kind: gpu.Tanh}
	ops := []gpu.Op{
		gpu.RNNForward{H: h.View, Z: h.View.RowRange(batch, (length+1)*batch), W: wo.View, T: length, B: batch, Act: act},
		gpu.RNNBackward{Delta: delta.View, DH: dh.View, H: h.View, W: wo.View, T: length, B: batch, Act: act},
	}
	run := func() (states, gradients []float32, plan string) {
		h.set(z)
		p, err := dev.Compile("recurrence", ops...)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return h.get(), delta.get(), strings.Join(p.Plan(), "\n")
	}
	const chosen = "one product a step"
	states, gradients, plan := run()
	if strings.Contains(plan, chosen) {
		t.Fatalf("before tuning: %s", plan)
	}
	found, tuned := tunings{}, 0
	for _, u := range d.tunables(ops) {
		result, choice, err := d.measure(context.Background(), u, effort{flops: 1e6, rounds: 3, drop: 3, warm: time.Millisecond, span: time.Microsecond})
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(u.op.Name(), "rnn_") {
			if tuned++; result.Choice != chosen || choice.Tile != steps.id() || result.Before <= result.After {
				t.Errorf("%s: %+v, %+v", u.op.Name(), result, choice)
			}
			found[u.key] = choice
		}
	}
	if tuned != 2 {
		t.Fatalf("%d recurrences tuned, want 2", tuned)
	}
	d.setTunings(found)
	s1, g1, plan := run()
	if strings.Count(plan, chosen) != 2 {
		t.Errorf("after tuning: %s", plan)
	}
	near(t, "H", s1, wide(states), constant(len(states), 1e-5))
	near(t, "Delta", g1, wide(gradients), constant(len(gradients), 1e-4))
	if s2, g2, _ := run(); !sameBits(s1, s2) || !sameBits(g1, g2) {
		t.Error("other bits the second time")
	}
}
