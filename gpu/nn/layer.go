package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Shape is that of an activation: Length·Batch rows of Width columns, row t·Batch + b for step t of sequence b. Length is 1 where there is
// no time.
type Shape struct{ Length, Batch, Width int }

// Rows returns Length·Batch.
func (s Shape) Rows() int { return s.Length * s.Batch }

// mostWords bounds the numbers of an activation: more of them no device can address.
const mostWords = 1 << 46

// check verifies that there is at least one row and column, and that their number is one.
func (s Shape) check(op string) error {
	if s.Length < 1 || s.Batch < 1 || s.Width < 1 || s.Length > mostWords/s.Batch/s.Width {
		return shapeError(op, "%d steps of %d rows of %d values; want at least 1 of each, and no more than a device can address", s.Length, s.Batch, s.Width)
	}
	return nil
}

// Flow is an activation Y (Rows × Width), and DY of the same shape, where its one consumer writes dL/dY: the zero View where nobody wants it.
// Tokens flow as Y of one column, the int32 bits of their numbers.
type Flow struct {
	Shape
	Y, DY gpu.View
}

// Layer owns its parameters and weights: it is declared once and planned for each shape (training, evaluation, one step at a time).
type Layer interface {
	// Declare adds the layer's tensors and weights and returns the shape of its output.
	Declare(p *Params, in Shape) (Shape, error)
	// Plan reserves the memory of one pass over x, whose Width is that of Declare.
	Plan(p *Plan, x Flow) (Pass, error)
}

// Pass is a layer at one shape.
type Pass interface {
	// Out returns the output; DY is reserved where the plan is for training.
	Out() Flow
	// Forward records the operations that compute Out().Y.
	Forward(r *Record)
	// Backward records the operations that turn Out().DY into the gradients of the layer's parameters and of its input. It may overwrite DY.
	Backward(r *Record)
}

// Record owns a program's list of operations and its first error.
type Record struct {
	Train bool // what backward needs is kept

	ops     []gpu.Op
	err     error
	written map[gpu.View]bool
}

// Do appends operations.
func (r *Record) Do(ops ...gpu.Op) { r.ops = append(r.ops, ops...) }

// Take appends the operations of a call that may fail.
func (r *Record) Take(ops []gpu.Op, err error) {
	r.Fail(err)
	r.Do(ops...)
}

// Fail keeps the first error.
func (r *Record) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// Beta returns the factor of what stands in dst when a gradient is written there: 0 for the first write of the program, then 1, so that
// the gradients of what is used several times add up.
func (r *Record) Beta(dst gpu.View) float32 {
	if r.written[dst] {
		return 1
	}
	if r.written == nil {
		r.written = map[gpu.View]bool{}
	}
	r.written[dst] = true
	return 0
}

// Ops returns the operations, or the first error.
func (r *Record) Ops() ([]gpu.Op, error) { return r.ops, r.err }
