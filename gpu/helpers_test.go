package gpu_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/fake"
)

// open returns a fake device that the test closes, and the executor behind it.
func open(t testing.TB) (*gpu.Device, *fake.Executor) {
	t.Helper()
	dev, x := fake.Open()
	t.Cleanup(func() {
		if err := dev.Close(); err != nil && !errors.Is(err, gpu.ErrLeak) {
			t.Error(err)
		}
	})
	return dev, x
}

// buffer allocates or fails the test.
func buffer(t testing.TB, dev *gpu.Device, name string, words int) *gpu.Buffer {
	t.Helper()
	b, err := dev.NewBuffer(name, words, gpu.DeviceOnly)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantShapeError requires an ErrShape that says numbers.
func wantShapeError(t testing.TB, what string, err error) {
	t.Helper()
	if !errors.Is(err, gpu.ErrShape) {
		t.Errorf("%s: error %v, want %v", what, err, gpu.ErrShape)
		return
	}
	if strings.Contains(err.Error(), "fake") {
		t.Errorf("%s: it took the executor to notice: %v", what, err)
	}
	if !strings.ContainsAny(err.Error(), "0123456789") && !strings.Contains(err.Error(), "missing") && !strings.Contains(err.Error(), "none") {
		t.Errorf("%s: %q names no number", what, err)
	}
}
