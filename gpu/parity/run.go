package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// prepare sets the case up, and computes what is expected of it.
func prepare(c Case) *trial {
	t := newTrial(c)
	c.build(t)
	return t
}

// execute runs a case on dev and returns the words of its buffer afterwards.
func (t *trial) execute(dev *gpu.Device, repeat bool) ([]float32, error) {
	image := t.image()
	buf, err := dev.NewBuffer("parity", len(image), gpu.DeviceOnly)
	if err != nil {
		return nil, err
	}
	defer buf.Close()
	t.buf = buf
	prog, err := dev.Compile(t.c.Op+" "+t.c.Name, t.ops()...)
	if err != nil {
		return nil, err
	}
	defer prog.Close()
	got, err := runOn(buf, prog, image)
	if err != nil || !repeat {
		return got, err
	}
	again, err := runOn(buf, prog, image)
	if err != nil {
		return nil, err
	}
	for i := range got {
		if a, b := math.Float32bits(got[i]), math.Float32bits(again[i]); a != b {
			return nil, fmt.Errorf("two runs differ: %s is %g (%#08x), then %g (%#08x)", t.locate(i), got[i], a, again[i], b)
		}
	}
	return got, nil
}

// runOn fills the buffer with image, runs the program and returns what the buffer holds then.
func runOn(buf *gpu.Buffer, prog *gpu.Program, image []float32) ([]float32, error) {
	if err := buf.Write(0, image); err != nil {
		return nil, err
	}
	if err := prog.Run(); err != nil {
		return nil, err
	}
	got := make([]float32, len(image))
	return got, buf.Read(0, got)
}
