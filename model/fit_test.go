package model_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/fake"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// tight is a device with little memory left.
type tight struct {
	*fake.Executor
	left int64
}

func (t *tight) Available() (int64, bool) { return t.left, true }

func TestPlanThatDoesNotFit(t *testing.T) {
	exec := &tight{Executor: fake.New()}
	dev := gpu.NewDevice(exec)
	defer dev.Close()
	c, o := small("rnn", data.CrossEntropy), model.DefaultOptimizer()
	c.Batch, c.Length = 64, 100
	need, err := model.Measure(dev, c, o)
	if err != nil {
		t.Fatal(err)
	}
	all := need.Buffers + need.Scratch
	for _, x := range []struct {
		left int64
		says string
	}{{all - 1, "a batch of 32 would fit"}, {all / 3, "a batch of 16 would fit"}, {100, "not even a batch of 1"}} {
		exec.left = x.left
		m, err := model.New(dev, c, o)
		if !errors.Is(err, gpu.ErrOutOfMemory) || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%d bytes of %d left: %v, want %v with %q", x.left, all, err, gpu.ErrOutOfMemory, x.says)
		}
		if m != nil {
			m.Close()
		}
		if exec.Allocations() != 0 {
			t.Fatalf("%d allocations for a plan that does not fit", exec.Allocations())
		}
	}
	exec.left = all
	m, err := model.New(dev, c, o)
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
}
