package hh

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// run is one call of a slice-in slice-out method: buffers that live as long as the call, and the first error.
type run struct {
	dev     *gpu.Device
	closers []func()
	err     error
}

// in returns a new rows × cols view that holds the values, or zeros where there are none.
func (r *run) in(values []float32, rows, cols int) gpu.View {
	if r.err != nil {
		return gpu.View{}
	}
	b, err := r.dev.NewBuffer("hh call", rows*cols, gpu.DeviceOnly)
	if err != nil {
		r.err = err
		return gpu.View{}
	}
	r.closers = append(r.closers, b.Close)
	if len(values) > 0 {
		r.err = b.Write(0, values)
	}
	return b.View(0, rows, cols)
}

// run compiles and runs the operations once, unless something has failed before.
func (r *run) run(name string, ops []gpu.Op, err error) {
	if r.err = firstOf(r.err, err); r.err != nil {
		return
	}
	p, err := r.dev.Compile(name, ops...)
	if err != nil {
		r.err = err
		return
	}
	r.err = p.Run()
	p.Close()
}

// read returns the values of a result, or the first error: ErrNotFinite where one exceeds fp32.
func (r *run) read(op, name string, v gpu.View) ([]float32, error) {
	if r.err != nil {
		return nil, r.err
	}
	values, err := gpu.ReadView(v)
	if err != nil {
		return nil, err
	}
	return values, wantResult(op, name, values)
}

// wantResult tells which result is not a number of single precision.
func wantResult(op, name string, values []float32) error {
	for i, v := range values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return failure(op, ErrNotFinite, "the result %s[%d] = %g: it, or a number on the way to it, exceeds single precision, the largest of which is 3.4e38; scale the operands", name, i, v)
		}
	}
	return nil
}

func (r *run) close() {
	for i := len(r.closers) - 1; i >= 0; i-- {
		r.closers[i]()
	}
}

// firstOf returns the first error that is not nil.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
