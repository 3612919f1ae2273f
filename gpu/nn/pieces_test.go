package nn_test

import (
	"errors"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// TestFaultBesideAPiece: where the device is lost after a piece was begun, the step returns that error, and only after what was begun has ended.
func TestFaultBesideAPiece(t *testing.T) {
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	lost, begun, waited := false, 0, 0
	shared := &nn.Shared{Batch: 4, Everywhere: true, Agree: func([]float64) error { return nil }, Wait: func() { waited++ },
		Sum: func(dst, src []float32, _ *nn.Stats) error {
			if begun != 1 || waited != 0 {
				t.Errorf("the last piece is summed after %d were begun and %d waited for", begun, waited)
			}
			copy(dst, src)
			return nil
		}}
	shared.Begin = func(dst, src []float32) {
		copy(dst, src)
		begun++
		if lost {
			_ = dev.Close()
		}
	}
	const hidden = 97
	net, err := nn.New(dev, nn.Config{Layer: nn.Sequential{&nn.Recurrent{Hidden: hidden}, &nn.Recurrent{Hidden: hidden, Last: true}, &nn.Linear{Out: 3}}, Loss: nn.CrossEntropy{},
		Rule: nn.SGD{}, In: nn.Shape{Length: 3, Batch: 4, Width: 2}, Shared: shared})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	if p := net.Pieces(); len(p) != 2 || p[0] < 2*hidden*hidden || p[0]+p[1] != net.Params.Words() {
		t.Fatalf("pieces of %d words among %d", p, net.Params.Words())
	}
	if _, err := net.TrainStep(1, 0.1, 4); err != nil {
		t.Fatal(err)
	}
	lost, begun = true, 0
	if _, err := net.TrainStep(2, 0.1, 4); !errors.Is(err, gpu.ErrClosed) || begun != 1 || waited != 1 {
		t.Errorf("%v after %d begun and %d waited for, want ErrClosed after one of each", err, begun, waited)
	}
	shared.Wait = nil
	if _, err := nn.New(dev, net.Config()); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("Begin without Wait: %v", err)
	}
}
