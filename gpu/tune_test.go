package gpu_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/fake"
)

// tuningExecutor is the fake executor with something to tune.
type tuningExecutor struct {
	gpu.Executor
	ops []gpu.Op
	err error
}

func (e *tuningExecutor) Tune(_ context.Context, ops []gpu.Op, report func(done, total int, t gpu.Tuned)) error {
	e.ops = ops
	report(1, 1, gpu.Tuned{Op: ops[0].Name(), Before: 3 * time.Second, After: 2 * time.Second})
	return e.err
}

func TestTune(t *testing.T) {
	e := &tuningExecutor{Executor: fake.New()}
	d := gpu.NewDevice(e)
	b := buffer(t, d, "b", 4)
	fill := func(value float32) *gpu.Program {
		p, err := d.Compile("fill", gpu.Fill{Y: b.All(), Value: value})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one, two := fill(1), fill(2)
	var got gpu.Tuned
	if err := d.Tune(context.Background(), func(_, _ int, r gpu.Tuned) { got = r }, one, two); err != nil {
		t.Fatal(err)
	}
	if len(e.ops) != 2 || got.Op != "fill" || got.Gain() != 1.5 {
		t.Errorf("%d operations, %+v", len(e.ops), got)
	}
	e.err = gpu.ErrDeviceLost
	if err := d.Tune(context.Background(), nil, one); !errors.Is(err, gpu.ErrDeviceLost) {
		t.Errorf("error %v", err)
	}
}

// TestTuneNothing: an executor without tiles reports nothing.
func TestTuneNothing(t *testing.T) {
	d, _ := open(t)
	if err := d.Tune(context.Background(), func(int, int, gpu.Tuned) { t.Error("reported") }); err != nil {
		t.Error(err)
	}
	if g := (gpu.Tuned{}).Gain(); g != 1 {
		t.Errorf("gain of nothing %v", g)
	}
}
