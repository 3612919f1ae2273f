package hh

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Factored applies a weight W = Q(U) Σ Q(V)ᵀ (p × q) and what follows from it to batches without forming W: Q(V)ᵀ, a scaling and
// Q(U), each product of reflectors by its own algorithm. That is 4B(pm₁ + qm₂) flops for a batch of B, against 2Bpq for a dense W, and
// no p × q object anywhere, forward or backward (Zhang, Lei & Dhillon 2018; Mathiasen et al. 2020).
//
// The operations of Prepare run whenever the parameters have changed, before all others. Methods append to a program in the
// order in which they are called; they share intermediates, so Backward must follow its own Forward with no other method in between.
type Factored struct {
	cfg    SVDConfig
	batch  int
	params SVDParams
	u, v   *Product
	sigma  gpu.View // 1 × k
	dsigma gpu.View // 1 × k
	recip  gpu.View // 1 × k
	right  gpu.View // B × q: Q(V)ᵀ x
	left   gpu.View // B × p: ΣQ(V)ᵀx, columns k … p−1 zero likewise
	dleft  gpu.View // B × p: also Q(U)ᵀ x
	dright gpu.View // B × q, columns k … q−1 zero, as nothing ever writes them
	mem    arena
}

// NewFactored allocates the intermediates for batches of the given size. algorithm is that of both products. Form is not used.
// Close it before the device.
func NewFactored(dev *gpu.Device, cfg SVDConfig, batch int, algorithm Algorithm, params SVDParams) (*Factored, error) {
	const op = "factored"
	cfg.Form = FormAuto
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if batch < 0 {
		return nil, shapeError(op, "batch %d", batch)
	}
	if err := checkParams(op, cfg, params); err != nil {
		return nil, err
	}
	f := &Factored{cfg: cfg, batch: batch, params: params}
	k := cfg.Rank()
	f.mem.take(&f.sigma, 1, k)
	f.mem.take(&f.dsigma, 1, k)
	f.mem.take(&f.recip, 1, k)
	f.mem.take(&f.right, batch, cfg.Cols)
	f.mem.take(&f.left, batch, cfg.Rows)
	f.mem.take(&f.dleft, batch, cfg.Rows)
	f.mem.take(&f.dright, batch, cfg.Cols)
	err := f.mem.alloc(dev, fmt.Sprintf("factored %d×%d for a batch of %d", cfg.Rows, cfg.Cols, batch))
	product := func(m, n int, u gpu.View) (p *Product) {
		if err == nil {
			p, err = NewProduct(dev, ProductConfig{Batch: batch, Dim: n, Reflectors: m, Algorithm: algorithm, ForwardOnly: cfg.ForwardOnly}, u)
		}
		return p
	}
	f.u = product(cfg.ReflectorsU, cfg.Rows, params.U)
	f.v = product(cfg.ReflectorsV, cfg.Cols, params.V)
	if err == nil && params.S.IsZero() {
		err = gpu.WriteView(f.sigma, constant(k, cfg.Center))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Sigma returns the singular values, 1 × min(p, q), valid after Prepare.
func (f *Factored) Sigma() gpu.View { return f.sigma }

// Words returns the 32-bit words of device memory that the intermediates take.
func (f *Factored) Words() int { return f.mem.words + f.u.Words() + f.v.Words() }

// Prepare returns the operations that depend on the parameters alone.
func (f *Factored) Prepare() []gpu.Op {
	var ops []gpu.Op
	if !f.params.S.IsZero() {
		ops = append(ops, gpu.Sigma{Out: f.sigma, S: f.params.S, Center: f.cfg.Center, Radius: f.cfg.Radius, Map: f.cfg.Map})
	}
	ops = append(ops, f.u.Prepare()...)
	return append(ops, f.v.Prepare()...)
}

// Forward returns the operations of y = W x for every row: x is B × q, y is B × p, apart from x.
func (f *Factored) Forward(y, x gpu.View) ([]gpu.Op, error) {
	return f.through("forward", f.v, f.u, f.right, f.left, y, x, f.sigma)
}

// Transposed returns the operations of y = Wᵀ x for every row: x is B × p, y is B × q, apart from x.
func (f *Factored) Transposed(y, x gpu.View) ([]gpu.Op, error) {
	return f.through("transposed", f.u, f.v, f.dleft, f.dright, y, x, f.sigma)
}

// Inverse returns the operations of y = W⁺ x = Q(V) Σ⁺ Q(U)ᵀ x for every row: x is B × p, y is B × q, apart from x. For a square W it is
// the solution of W y = x, otherwise the solution of least squares and least norm. σ_i = 0 gives infinities: look at the spectrum first
// where σ may be zero (Spectrum.Invertible).
func (f *Factored) Inverse(y, x gpu.View) ([]gpu.Op, error) {
	ops := []gpu.Op{gpu.Map{Y: f.recip, X: f.sigma, F: gpu.Reciprocal}}
	more, err := f.through("inverse", f.u, f.v, f.dleft, f.dright, y, x, f.recip)
	return append(ops, more...), err
}

// Scaled returns the operations of y = Q(U) D Q(V)ᵀ x for every row, with diag D = d (1 × min(p, q)) in place of σ: a truncation of
// W to rank r keeps the r largest σ and has zeros elsewhere (Spectrum.Truncate), a matrix function of σ is the same.
func (f *Factored) Scaled(y, x, d gpu.View) ([]gpu.Op, error) {
	if err := wantView("scaled", "d", d, 1, f.cfg.Rank()); err != nil {
		return nil, err
	}
	return f.through("scaled", f.v, f.u, f.right, f.left, y, x, d)
}

// Power returns the operations of y = Wᵏ x for every row, W square and k ≥ 0, in k applications: x and y are B × n, apart.
func (f *Factored) Power(y, x gpu.View, k int) ([]gpu.Op, error) {
	const op = "power"
	switch {
	case f.cfg.Rows != f.cfg.Cols:
		return nil, shapeError(op, "W is %d×%d; a power needs a square matrix", f.cfg.Rows, f.cfg.Cols)
	case k < 0:
		return nil, shapeError(op, "exponent %d; apply Inverse %d times", k, -k)
	}
	if err := f.wantEnds(op, y, x, f.cfg.Rows, f.cfg.Cols); err != nil {
		return nil, err
	}
	ops := []gpu.Op{gpu.Copy{Y: y, X: x}}
	for range k {
		// y is read into the intermediates before it is written again.
		step, err := f.pass(f.v, f.u, f.right, f.left, y, y, f.sigma)
		if err != nil {
			return nil, err
		}
		ops = append(ops, step...)
	}
	return ops, nil
}

func (f *Factored) wantEnds(op string, y, x gpu.View, rows, cols int) error {
	if err := wantView(op, "X", x, f.batch, cols); err != nil {
		return err
	}
	if err := wantView(op, "Y", y, f.batch, rows); err != nil {
		return err
	}
	if y.Overlaps(x) {
		return shapeError(op, "Y = %v overlaps X = %v; they must not share memory", y, x)
	}
	return nil
}

func (f *Factored) through(op string, first, second *Product, a, b, y, x, d gpu.View) ([]gpu.Op, error) {
	if err := f.wantEnds(op, y, x, second.cfg.Dim, first.cfg.Dim); err != nil {
		return nil, err
	}
	return f.pass(first, second, a, b, y, x, d)
}

// pass computes a = firstᵀ x, b = [a_k · d, 0], y = second b.
func (f *Factored) pass(first, second *Product, a, b, y, x, d gpu.View) ([]gpu.Op, error) {
	if f.batch == 0 {
		return nil, nil
	}
	k := f.cfg.Rank()
	ops, err := first.Apply(a, x, true)
	if err != nil {
		return nil, err
	}
	if b.Cols == k { // no columns of zeros: scale into the output and go on in place
		b = y
	}
	ops = append(ops, gpu.Scale{Y: b.ColRange(0, k), X: a.ColRange(0, k), Right: d, Alpha: 1})
	more, err := second.Apply(y, b, false)
	return append(ops, more...), err
}

// Backward returns the operations of the gradient of Forward: from its output y and dy = dL/dY (B × p each), dx = dL/dX (B × q) and
// the gradients of the parameters, summed over the batch. grad.S may be the zero View. y and dy are not changed.
func (f *Factored) Backward(dx, dy, y gpu.View, grad SVDParams) ([]gpu.Op, error) {
	const op = "factored backward"
	if f.cfg.ForwardOnly {
		return nil, shapeError(op, "the weight was made with ForwardOnly")
	}
	if err := checkParams(op, f.cfg, grad); err != nil {
		return nil, err
	}
	if err := wantView(op, "dX", dx, f.batch, f.cfg.Cols); err != nil {
		return nil, err
	}
	k := f.cfg.Rank()
	ops, err := f.u.Backward(f.dleft, grad.U, dy, y, false)
	if err != nil {
		return nil, err
	}
	if !grad.S.IsZero() && !f.params.S.IsZero() {
		ops = append(ops, f.sigmaGradient(grad.S, k)...)
	}
	if f.batch > 0 {
		ops = append(ops, gpu.Scale{Y: f.dright.ColRange(0, k), X: f.dleft.ColRange(0, k), Right: f.sigma, Alpha: 1})
	}
	more, err := f.v.Backward(dx, grad.V, f.dright, f.right, true)
	return append(ops, more...), err
}

// sigmaGradient computes ds from dσ_i = Σ over the batch of (Q(V)ᵀx)_i dL/d(ΣQ(V)ᵀx)_i.
func (f *Factored) sigmaGradient(ds gpu.View, k int) []gpu.Op {
	if f.batch == 0 {
		return []gpu.Op{gpu.Fill{Y: ds}}
	}
	return []gpu.Op{
		gpu.ColDot{Out: f.dsigma, A: f.right.ColRange(0, k), B: f.dleft.ColRange(0, k), Alpha: 1},
		gpu.SigmaBackward{DS: ds, DSigma: f.dsigma, S: f.params.S, Center: f.cfg.Center, Radius: f.cfg.Radius, Map: f.cfg.Map},
	}
}

// Close frees the intermediates. Programs that use them must be closed first.
func (f *Factored) Close() {
	if f.u != nil {
		f.u.Close()
	}
	if f.v != nil {
		f.v.Close()
	}
	f.mem.close()
}
