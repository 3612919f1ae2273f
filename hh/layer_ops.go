package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Forward returns the operations of y = φ(W x + b) for every row: x is Batch × In, y is Batch × Out, apart from x. They compute what
// follows from the parameters first, so that a program of its own for each step sees every update.
func (l *Layer) Forward(y, x gpu.View) ([]gpu.Op, error) {
	const op = "layer forward"
	if err := wantView(op, "X", x, l.cfg.Batch, l.cfg.In); err != nil {
		return nil, err
	}
	if err := wantView(op, "Y", y, l.cfg.Batch, l.cfg.Out); err != nil {
		return nil, err
	}
	if l.method == Materialised {
		return append(l.svd.Materialise(),
			gpu.Gemm{C: y, A: x, B: l.svd.W(), TransB: true, Alpha: 1, Bias: l.value.bias, Act: l.cfg.Activation}), nil
	}
	ops, err := l.operator.Forward(l.pre, x)
	if err != nil {
		return nil, err
	}
	ops = append(l.operator.Prepare(), ops...)
	ops = append(ops, gpu.Copy{Y: y, X: l.pre})
	switch {
	case l.cfg.Bias: // a product over nothing is its epilogue
		none := gpu.View{Buf: l.pre.Buf, Off: l.pre.Off}
		a, b := none, none
		a.Rows, b.Cols, b.Stride = l.cfg.Batch, l.cfg.Out, l.cfg.Out
		ops = append(ops, gpu.Gemm{C: y, A: a, B: b, Alpha: 1, Beta: 1, Bias: l.value.bias, Act: l.cfg.Activation})
	case l.cfg.Activation.Kind != gpu.Identity:
		ops = append(ops, gpu.Activate{Y: y, X: y, Act: l.cfg.Activation})
	}
	return ops, nil
}

// Backward returns the operations that compute, from dy = dL/dY (Batch × Out), the output y and the input x of Forward, the
// gradients of the parameters (Gradients) and dx = dL/dX (Batch × In), which may be the zero View where nobody needs it. They
// run after those of Forward. dy, y and x are not changed.
func (l *Layer) Backward(dx, dy, y, x gpu.View) ([]gpu.Op, error) {
	const op = "layer backward"
	if l.cfg.ForwardOnly {
		return nil, shapeError(op, "the layer was made with ForwardOnly")
	}
	for _, v := range []struct {
		name string
		view gpu.View
		cols int
	}{{"dY", dy, l.cfg.Out}, {"Y", y, l.cfg.Out}, {"X", x, l.cfg.In}} {
		if err := wantView(op, v.name, v.view, l.cfg.Batch, v.cols); err != nil {
			return nil, err
		}
	}
	if !dx.IsZero() {
		if err := wantView(op, "dX", dx, l.cfg.Batch, l.cfg.In); err != nil {
			return nil, err
		}
	}
	dz, ops := dy, []gpu.Op(nil)
	if l.cfg.Activation.Kind != gpu.Identity {
		dz = l.dz
		ops = append(ops, gpu.ActivateBackward{DX: dz, DY: dy, Y: y, Act: l.cfg.Activation})
	}
	if l.cfg.Bias {
		ops = append(ops, gpu.ColDot{Out: l.gradient.bias, A: dz, Alpha: 1})
	}
	var more []gpu.Op
	var err error
	if l.method == Materialised {
		more, err = l.materialisedBackward(dx, dz, x)
	} else {
		if dx.IsZero() {
			dx = l.dx
		}
		more, err = l.operator.Backward(dx, dz, l.pre, l.gradient.SVDParams)
	}
	return append(ops, more...), err
}

func (l *Layer) materialisedBackward(dx, dz, x gpu.View) ([]gpu.Op, error) {
	ops := []gpu.Op{gpu.Gemm{C: l.dw, A: dz, TransA: true, B: x, Alpha: 1}}
	if !dx.IsZero() {
		ops = append(ops, gpu.Gemm{C: dx, A: dz, B: l.svd.W(), Alpha: 1})
	}
	more, err := l.svd.Gradient(l.dw, l.gradient.SVDParams)
	return append(ops, more...), err
}
