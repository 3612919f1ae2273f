package hh

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Operator applies a weight W = Q(U) Σ Q(V)ᵀ (p × q) and what follows from it to batches without forming W: Q(V)ᵀ, a scaling and
// Q(U), each product of reflectors by its own algorithm. That is 4B(pm₁ + qm₂) flops for a batch of B, against 2Bpq for a dense W, and
// no p × q object anywhere, forward or backward (Zhang, Lei & Dhillon 2018; Mathiasen et al. 2020).
//
// The operations of Prepare run whenever the parameters have changed, before all others. Methods append to a program in the
// order in which they are called; they share intermediates, so Backward must follow its own Forward with no other method in between.
type Operator struct {
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
	memory
}

// NewOperator allocates the intermediates for batches of the given size. algorithm is that of both products. Form is not used.
// Close it before the device.
func NewOperator(dev *gpu.Device, cfg SVDConfig, batch int, algorithm Algorithm, params SVDParams) (*Operator, error) {
	var mem gpu.Arena
	o, err := PlanOperator(&mem, dev.Info(), cfg, batch, algorithm, params, gpu.View{})
	if err != nil {
		return nil, err
	}
	return o, o.alloc(dev, &mem)
}

// PlanOperator is NewOperator with the intermediates in the caller's arena, for a device with that Info. sigma is a place for the singular
// values (1 × min(p, q)); the zero View takes one of the intermediates.
func PlanOperator(mem *gpu.Arena, info gpu.Info, cfg SVDConfig, batch int, algorithm Algorithm, params SVDParams, sigma gpu.View) (*Operator, error) {
	const op = "operator"
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
	products := cfg.products(info, batch, algorithm)
	return planOperator(mem, cfg, products, params, sigma, [2]*factors{}), nil
}

// products returns how the reflectors of U and of V are applied to batches of that size.
func (c SVDConfig) products(info gpu.Info, batch int, algorithm Algorithm) [2]ProductConfig {
	side := func(m, n int) ProductConfig {
		return ProductConfig{Batch: batch, Dim: n, Reflectors: m, Algorithm: algorithm, ForwardOnly: c.ForwardOnly, Unit: c.Unit}.resolve(info)
	}
	return [2]ProductConfig{side(c.ReflectorsU, c.Rows), side(c.ReflectorsV, c.Cols)}
}

// planOperator plans an operator whose products are chosen, with the factors of the reflectors where they are given.
func planOperator(mem *gpu.Arena, cfg SVDConfig, products [2]ProductConfig, params SVDParams, sigma gpu.View, given [2]*factors) *Operator {
	batch := products[0].Batch
	o := &Operator{cfg: cfg, batch: batch, params: params}
	k := cfg.Rank()
	o.unit = mem.Unit(fmt.Sprintf("operator %d×%d for a batch of %d", cfg.Rows, cfg.Cols, batch), gpu.DeviceOnly)
	if o.sigma = sigma; sigma.IsZero() {
		o.sigma = o.unit.Reserve(1, k)
	}
	o.dsigma = o.unit.Reserve(1, k)
	o.recip = o.unit.Reserve(1, k)
	o.right = o.unit.Reserve(batch, cfg.Cols)
	o.left = o.unit.Reserve(batch, cfg.Rows)
	o.dleft = o.unit.Reserve(batch, cfg.Rows)
	o.dright = o.unit.Reserve(batch, cfg.Cols)
	o.u = planProduct(mem, products[0], params.U, given[0])
	o.v = planProduct(mem, products[1], params.V, given[1])
	if params.S.IsZero() {
		mem.Fill(o.sigma, constant(cfg.Center))
	}
	return o
}

// Close frees the intermediates where they are not in an arena of the caller's. Programs that use them must be closed first.
func (o *Operator) Close() {
	if o != nil {
		o.memory.Close()
	}
}

// Sigma returns the singular values, 1 × min(p, q), valid after Prepare.
func (o *Operator) Sigma() gpu.View { return o.sigma }

// Words returns the 32-bit words of device memory that the intermediates take.
func (o *Operator) Words() int { return o.unit.Len() + o.u.Words() + o.v.Words() }

// Prepare returns the operations that depend on the parameters alone.
func (o *Operator) Prepare() []gpu.Op {
	var ops []gpu.Op
	if !o.params.S.IsZero() {
		ops = append(ops, gpu.Sigma{Out: o.sigma, S: o.params.S, Center: o.cfg.Center, Radius: o.cfg.Radius, Map: o.cfg.Map})
	}
	return append(append(ops, o.u.Prepare()...), o.v.Prepare()...)
}

// Forward returns the operations of y = W x for every row: x is B × q, y is B × p, apart from x.
func (o *Operator) Forward(y, x gpu.View) ([]gpu.Op, error) {
	return o.through("forward", o.v, o.u, o.right, o.left, y, x, o.sigma)
}

// Transposed returns the operations of y = Wᵀ x for every row: x is B × p, y is B × q, apart from x.
func (o *Operator) Transposed(y, x gpu.View) ([]gpu.Op, error) {
	return o.through("transposed", o.u, o.v, o.dleft, o.dright, y, x, o.sigma)
}

// Inverse returns the operations of y = W⁺ x = Q(V) Σ⁺ Q(U)ᵀ x for every row: x is B × p, y is B × q, apart from x. For a square W it is
// the solution of W y = x, otherwise the solution of least squares and least norm. σ_i = 0 gives infinities: look at the spectrum first
// where σ may be zero (Spectrum.Invertible).
func (o *Operator) Inverse(y, x gpu.View) ([]gpu.Op, error) {
	ops := []gpu.Op{gpu.Map{Y: o.recip, X: o.sigma, F: gpu.Reciprocal}}
	more, err := o.through("inverse", o.u, o.v, o.dleft, o.dright, y, x, o.recip)
	return append(ops, more...), err
}

// Scaled returns the operations of y = Q(U) D Q(V)ᵀ x for every row, with diag D = d (1 × min(p, q)) in place of σ: a truncation of
// W to rank r keeps the r largest σ and has zeros elsewhere (Spectrum.Truncate), a matrix function of σ is the same.
func (o *Operator) Scaled(y, x, d gpu.View) ([]gpu.Op, error) {
	if err := wantView("scaled", "d", d, 1, o.cfg.Rank()); err != nil {
		return nil, err
	}
	return o.through("scaled", o.v, o.u, o.right, o.left, y, x, d)
}

// Power returns the operations of y = Wᵏ x for every row, W square and k ≥ 0, in k applications: x and y are B × n, apart.
func (o *Operator) Power(y, x gpu.View, k int) ([]gpu.Op, error) {
	const op = "power"
	switch {
	case o.cfg.Rows != o.cfg.Cols:
		return nil, shapeError(op, "W is %d×%d; a power needs a square matrix", o.cfg.Rows, o.cfg.Cols)
	case k < 0:
		return nil, shapeError(op, "exponent %d; apply Inverse %d times", k, -k)
	}
	if err := o.wantEnds(op, y, x, o.cfg.Rows, o.cfg.Cols); err != nil {
		return nil, err
	}
	ops := []gpu.Op{gpu.Copy{Y: y, X: x}}
	for range k {
		// y is read into the intermediates before it is written again.
		step, err := o.pass(o.v, o.u, o.right, o.left, y, y, o.sigma)
		if err != nil {
			return nil, err
		}
		ops = append(ops, step...)
	}
	return ops, nil
}

func (o *Operator) wantEnds(op string, y, x gpu.View, rows, cols int) error {
	if err := wantView(op, "X", x, o.batch, cols); err != nil {
		return err
	}
	if err := wantView(op, "Y", y, o.batch, rows); err != nil {
		return err
	}
	if y.Overlaps(x) {
		return shapeError(op, "Y = %v overlaps X = %v; they must not share memory", y, x)
	}
	return nil
}

func (o *Operator) through(op string, first, second *Product, a, b, y, x, d gpu.View) ([]gpu.Op, error) {
	if err := o.wantEnds(op, y, x, second.cfg.Dim, first.cfg.Dim); err != nil {
		return nil, err
	}
	return o.pass(first, second, a, b, y, x, d)
}

// pass computes a = firstᵀ x, b = [a_k · d, 0], y = second b.
func (o *Operator) pass(first, second *Product, a, b, y, x, d gpu.View) ([]gpu.Op, error) {
	if o.batch == 0 {
		return nil, nil
	}
	k := o.cfg.Rank()
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
func (o *Operator) Backward(dx, dy, y gpu.View, grad SVDParams) ([]gpu.Op, error) {
	const op = "operator backward"
	if o.cfg.ForwardOnly {
		return nil, shapeError(op, "the weight was made with ForwardOnly")
	}
	if err := checkParams(op, o.cfg, grad); err != nil {
		return nil, err
	}
	if err := wantView(op, "dX", dx, o.batch, o.cfg.Cols); err != nil {
		return nil, err
	}
	k := o.cfg.Rank()
	ops, err := o.u.Backward(o.dleft, grad.U, dy, y, false)
	if err != nil {
		return nil, err
	}
	if !grad.S.IsZero() && !o.params.S.IsZero() {
		ops = append(ops, o.sigmaGradient(grad.S, k)...)
	}
	if o.batch > 0 {
		ops = append(ops, gpu.Scale{Y: o.dright.ColRange(0, k), X: o.dleft.ColRange(0, k), Right: o.sigma, Alpha: 1})
	}
	more, err := o.v.Backward(dx, grad.V, o.dright, o.right, true)
	return append(ops, more...), err
}

// sigmaGradient computes ds from dσ_i = Σ over the batch of (Q(V)ᵀx)_i dL/d(ΣQ(V)ᵀx)_i.
func (o *Operator) sigmaGradient(ds gpu.View, k int) []gpu.Op {
	if o.batch == 0 {
		return []gpu.Op{gpu.Fill{Y: ds}}
	}
	return []gpu.Op{
		gpu.ColDot{Out: o.dsigma, A: o.right.ColRange(0, k), B: o.dleft.ColRange(0, k), Alpha: 1},
		gpu.SigmaBackward{DS: ds, DSigma: o.dsigma, S: o.params.S, Center: o.cfg.Center, Radius: o.cfg.Radius, Map: o.cfg.Map},
	}
}
