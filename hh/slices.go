package hh

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// The methods of this file take slices and return slices: each call moves the factors and the batch to the device, computes, and
// frees everything again. They are for programs that have no device buffers; a training loop uses Weight, SVD or Operator, which move
// nothing. Batches are row-major with a sample in each row, and their number of rows follows from the length. An operand that is not
// finite, and a result that exceeds single precision, is ErrNotFinite.

// Apply returns W x for every row of x (B × Cols): B × Rows.
func (f *Factorization) Apply(dev *gpu.Device, x []float32) ([]float32, error) {
	return f.call(dev, "apply", x, false, (*Operator).Forward)
}

// ApplyTransposed returns Wᵀ x for every row of x (B × Rows): B × Cols.
func (f *Factorization) ApplyTransposed(dev *gpu.Device, x []float32) ([]float32, error) {
	return f.call(dev, "apply transposed", x, true, (*Operator).Transposed)
}

// Solve returns the solution y of W y = x for every row of x (B × n), W square: as matrices, Y Wᵀ = X. Samples are rows here as everywhere; for
// the columns of a matrix B, W Y = B, give and take transposes. A singular W, one whose smallest |σ| is not above
// rcond times the largest, is ErrSingular; rcond = 0 accepts whatever can be divided by.
func (f *Factorization) Solve(dev *gpu.Device, x []float32, rcond float64) ([]float32, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	if f.Rows != f.Cols {
		return nil, shapeError("solve", "W is %d×%d; use PseudoInverse for a solution of least squares", f.Rows, f.Cols)
	}
	if err := f.Sigma.Invertible(rcond); err != nil {
		return nil, err
	}
	return f.call(dev, "solve", x, true, (*Operator).Inverse)
}

// PseudoInverse returns W⁺ x for every row of x (B × Rows): B × Cols, the solution of least squares and least norm. Singular values
// with |σ| ≤ rcond · max |σ| count as zero.
func (f *Factorization) PseudoInverse(dev *gpu.Device, x []float32, rcond float64) ([]float32, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	if math.IsNaN(rcond) {
		return nil, failure("pseudo-inverse", ErrNotFinite, "rcond is NaN; want a share of the largest singular value, or 0")
	}
	inverse := &Factorization{Rows: f.Cols, Cols: f.Rows, U: f.V, V: f.U, Sigma: make(Spectrum, len(f.Sigma))}
	limit := rcond * f.Sigma.Norm()
	for i, v := range f.Sigma {
		if float64(v) > limit || float64(v) < -limit {
			inverse.Sigma[i] = 1 / v
		}
	}
	if err := wantResult("pseudo-inverse", "1/sigma", inverse.Sigma); err != nil {
		return nil, err
	}
	return inverse.Apply(dev, x)
}

// Power returns Wᵏ x for every row of x (B × n), W square, k ≥ 0.
func (f *Factorization) Power(dev *gpu.Device, x []float32, k int) ([]float32, error) {
	return f.call(dev, "power", x, false, func(w *Operator, y, x gpu.View) ([]gpu.Op, error) { return w.Power(y, x, k) })
}

// Truncate returns the factors of the matrix of rank at most k nearest to W.
func (f *Factorization) Truncate(k int) *Factorization {
	if f == nil {
		return nil
	}
	g := *f
	g.Sigma = f.Sigma.Truncate(k)
	return &g
}

// Dense returns W (Rows × Cols).
func (f *Factorization) Dense(dev *gpu.Device) ([]float32, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	r := run{dev: dev}
	defer r.close()
	params := f.upload(&r)
	if r.err != nil {
		return nil, r.err
	}
	cfg := f.config()
	cfg.ForwardOnly = true
	s, err := NewSVD(dev, cfg, params)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if err := gpu.WriteView(s.sigma, f.Sigma); err != nil {
		return nil, err
	}
	r.run("dense", s.Materialise(), nil)
	return r.read("dense", "W", s.W())
}

// Gradient is the gradient of a loss with respect to the input and the factors of W, in the shapes of those.
type Gradient struct {
	X, U, V, Sigma []float32
}

// ApplyGradient returns the gradient of a loss L through y = W x for every row, from x (B × Cols) and dy = dL/dY (B × Rows), summed over the
// batch for U, V and σ.
func (f *Factorization) ApplyGradient(dev *gpu.Device, x, dy []float32) (*Gradient, error) {
	const op = "apply gradient"
	batch, err := f.batch(op, x, false)
	if err != nil {
		return nil, err
	}
	if len(dy) != batch*f.Rows {
		return nil, shapeError(op, "dY has %d values, want %d×%d", len(dy), batch, f.Rows)
	}
	if err := wantFinite(op, "dY", dy); err != nil {
		return nil, err
	}
	r := run{dev: dev}
	defer r.close()
	w, err := f.operator(&r, batch)
	if err != nil {
		return nil, err
	}
	vx, vdy := r.in(x, batch, f.Cols), r.in(dy, batch, f.Rows)
	vy, vdx := r.in(nil, batch, f.Rows), r.in(nil, batch, f.Cols)
	grad := SVDParams{U: r.in(nil, f.ReflectorsU(), f.Rows), V: r.in(nil, f.ReflectorsV(), f.Cols)}
	if r.err != nil {
		return nil, r.err
	}
	ops, err := w.Forward(vy, vx)
	back, err2 := w.Backward(vdx, vdy, vy, grad)
	k := len(f.Sigma)
	dsigma := gpu.ColDot{Out: w.dsigma, A: w.right.ColRange(0, k), B: w.dleft.ColRange(0, k), Alpha: 1}
	r.run(op, append(append(append(w.Prepare(), ops...), back...), dsigma), firstOf(err, err2))
	g := &Gradient{}
	for _, part := range []struct {
		dst  *[]float32
		name string
		view gpu.View
	}{{&g.X, "dX", vdx}, {&g.U, "dU", grad.U}, {&g.V, "dV", grad.V}, {&g.Sigma, "dsigma", w.dsigma}} {
		if *part.dst, err = r.read(op, part.name, part.view); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// config describes the factors; σ is written directly.
func (f *Factorization) config() SVDConfig {
	return SVDConfig{Rows: f.Rows, Cols: f.Cols, ReflectorsU: f.ReflectorsU(), ReflectorsV: f.ReflectorsV(), Center: 1}
}

// batch returns how many samples x has, each as wide as W, or as Wᵀ.
func (f *Factorization) batch(op string, x []float32, transposed bool) (int, error) {
	if err := f.Check(); err != nil {
		return 0, err
	}
	cols := f.Cols
	if transposed {
		cols = f.Rows
	}
	if len(x) == 0 || len(x)%cols != 0 {
		return 0, shapeError(op, "%d values; want a positive multiple of %d", len(x), cols)
	}
	return len(x) / cols, wantFinite(op, "x", x)
}

func (f *Factorization) upload(r *run) SVDParams {
	return SVDParams{U: r.in(f.U, f.ReflectorsU(), f.Rows), V: r.in(f.V, f.ReflectorsV(), f.Cols)}
}

// operator brings the weight to the device.
func (f *Factorization) operator(r *run, batch int) (*Operator, error) {
	params := f.upload(r)
	if r.err != nil {
		return nil, r.err
	}
	w, err := NewOperator(r.dev, f.config(), batch, AlgorithmAuto, params)
	if err != nil {
		return nil, err
	}
	r.closers = append(r.closers, w.Close)
	return w, gpu.WriteView(w.sigma, f.Sigma)
}

func (f *Factorization) call(dev *gpu.Device, op string, x []float32, transposed bool, method func(w *Operator, y, x gpu.View) ([]gpu.Op, error)) ([]float32, error) {
	batch, err := f.batch(op, x, transposed)
	if err != nil {
		return nil, err
	}
	in, out := f.Cols, f.Rows
	if transposed {
		in, out = out, in
	}
	r := run{dev: dev}
	defer r.close()
	w, err := f.operator(&r, batch)
	if err != nil {
		return nil, err
	}
	vx, vy := r.in(x, batch, in), r.in(nil, batch, out)
	if r.err != nil {
		return nil, r.err
	}
	ops, err := method(w, vy, vx)
	r.run(op, append(w.Prepare(), ops...), err)
	return r.read(op, "y", vy)
}
