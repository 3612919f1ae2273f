package hh

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// SVDConfig says what an SVD weight is: W = Q(U) Σ Q(V)ᵀ, p × q.
type SVDConfig struct {
	Rows, Cols int // p and q
	// ReflectorsU = m₁ in 0 … p and ReflectorsV = m₂ in 0 … q. min(p, q) a side reach every matrix (Zhang et al. 2018, theorem 4).
	ReflectorsU, ReflectorsV int
	// Center = σ* and Radius = r of the map from s to σ: with gpu.SigmaBand σ lies in (σ*−r, σ*+r), with gpu.SigmaPositive σ = σ* exp(s).
	Center, Radius float32
	Map            gpu.SigmaMap
	// Form chooses how W and its gradient are computed; FormAuto takes the cheaper by the cost model: of the device where it is known, else by flops.
	Form Form
	// ForwardOnly leaves out what only the gradient needs.
	ForwardOnly bool
	// Unit promises that reflectors are zero or have about unit length, as Project and the initialisers leave them, and saves the
	// operations that make W and its gradient right for any finite reflectors.
	Unit bool
	// Padded promises that U and V, and their gradients likewise, are m rows each of one matrix of max(p, q) columns, V below U, whose elements
	// beyond the columns of the shorter side are 0; they stay 0. Reflectors are not changed by zeros behind them, so that most operations on the
	// two sides are one, as they are for a square W.
	Padded bool
}

// Rank returns min(p, q), the number of singular values.
func (c SVDConfig) Rank() int { return min(c.Rows, c.Cols) }

// Params returns the number of free parameters: entries of U and V that are no structural zeros, and s.
func (c SVDConfig) Params() int {
	trapezoid := func(m, n int) int { return m*n - m*(m-1)/2 }
	return trapezoid(c.ReflectorsU, c.Rows) + trapezoid(c.ReflectorsV, c.Cols) + c.Rank()
}

// Check returns gpu.ErrShape for sizes that cannot be and ErrBand for a band that cannot be.
func (c SVDConfig) Check() error {
	const op = "svd"
	switch {
	case c.Rows < 1 || c.Cols < 1:
		return shapeError(op, "W is %d×%d; both sizes must be at least 1", c.Rows, c.Cols)
	case c.ReflectorsU < 0 || c.ReflectorsU > c.Rows:
		return shapeError(op, "%d reflectors for the %d rows of W; want 0 … %d", c.ReflectorsU, c.Rows, c.Rows)
	case c.ReflectorsV < 0 || c.ReflectorsV > c.Cols:
		return shapeError(op, "%d reflectors for the %d columns of W; want 0 … %d", c.ReflectorsV, c.Cols, c.Cols)
	case c.Form > FormLowRank:
		return shapeError(op, "unknown form %d", c.Form)
	case c.Form == FormLowRank && c.Rows != c.Cols:
		return shapeError(op, "the low-rank form is for a square W only; this is %d×%d", c.Rows, c.Cols)
	case c.Form == FormDense && !c.denseFits():
		return shapeError(op, "the dense form needs a square W with reflectors on both sides; this is %d×%d with %d and %d", c.Rows, c.Cols, c.ReflectorsU, c.ReflectorsV)
	}
	return checkBand(op, c.Center, c.Radius, c.Map)
}

// checkBand verifies that σ can be made from s with this centre and radius. A centre of 0 (a residual branch) lets σ change sign and
// is allowed; any other centre must keep σ away from 0.
func checkBand(op string, center, radius float32, m gpu.SigmaMap) error {
	least := func(x float32) bool { return x == 0 || x >= 0x1p-126 || x <= -0x1p-126 } // devices take smaller numbers for 0
	finite := func(x float32) bool { return !math.IsNaN(float64(x)) && !math.IsInf(float64(x), 0) }
	switch {
	case !finite(center) || !finite(radius):
		return failure(op, ErrBand, "centre %g and radius %g must be finite", center, radius)
	case !least(center) || !least(radius):
		return failure(op, ErrBand, "centre %g and radius %g must be 0 or at least 2⁻¹²⁶, the smallest number of single precision", center, radius)
	case !finite(center + radius):
		return failure(op, ErrBand, "centre %g and radius %g add up to more than a number of single precision", center, radius)
	case m > gpu.SigmaPositive:
		return failure(op, ErrBand, "unknown map %d from s to σ", m)
	case m == gpu.SigmaPositive && !(center > 0):
		return failure(op, ErrBand, "centre %g of a positive map must be above 0", center)
	case m == gpu.SigmaBand && radius < 0:
		return failure(op, ErrBand, "radius %g is negative", radius)
	case m == gpu.SigmaBand && center != 0 && !(radius < float32(math.Abs(float64(center)))):
		return failure(op, ErrBand, "radius %g must be below the centre %g, or σ could reach 0", radius, center)
	}
	return nil
}

// SVDParams are the parameters of an SVD weight, or their gradients: U is m₁ × p, V is m₂ × q (reflector j in row j, its first j
// entries structural zeros), S is 1 × min(p, q). A side with no reflectors may be the zero View. S may be the zero View: then σ is
// Center throughout and not trained. The views belong to the caller and may lie in one flat buffer.
type SVDParams struct{ U, V, S gpu.View }

// SVD materialises W = Q(U) Σ Q(V)ᵀ and its gradient on a device: it owns the intermediates, and returns lists of operations for
// the caller to compile into programs of their own.
type SVD struct {
	cfg    SVDConfig
	params SVDParams
	form   Form
	side   [2]side // of U and of V, scaled
	scaled scaled
	sigma  gpu.View
	dsigma gpu.View
	w      gpu.View
	// one of these
	dense *denseForm
	thin  *thinForm
	low   *lowRankForm
	memory
}

// NewSVD allocates the intermediates of a weight with these parameters. Close the SVD before the device.
func NewSVD(dev *gpu.Device, cfg SVDConfig, params SVDParams) (*SVD, error) {
	var mem gpu.Arena
	chosen := cfg
	if cfg.Check() == nil {
		chosen.Form = cfg.chooseForm(dev.Info(), 1)
	}
	s, err := PlanSVD(&mem, fmt.Sprintf("svd %d×%d", cfg.Rows, cfg.Cols), chosen, params, gpu.View{})
	if err != nil {
		return nil, err
	}
	s.cfg = cfg
	return s, s.alloc(dev, &mem)
}

// PlanSVD is NewSVD with the intermediates in a unit of that name in the caller's arena: the operations can be recorded at once, and run
// when it is allocated. sigma is a place for the singular values, 1 × min(p, q), where the host can see them, say, with Padded in front of as many zeros
// as make max(p, q); the zero View takes one of the intermediates.
func PlanSVD(mem *gpu.Arena, name string, cfg SVDConfig, params SVDParams, sigma gpu.View) (*SVD, error) {
	const op = "svd"
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if err := checkParams(op, cfg, params); err != nil {
		return nil, err
	}
	s := &SVD{cfg: cfg, params: params, form: cfg.chooseForm(gpu.Info{}, 1), sigma: sigma}
	s.unit = mem.Unit(name, gpu.DeviceOnly)
	s.scaled = newScaled(s.unit, cfg.stored(params), cfg.Unit)
	for i, n := range [2]int{cfg.Rows, cfg.Cols} {
		s.side[i].u, s.side[i].stored = s.scaled.u[i], s.scaled.u[i]
		s.side[i].u.Cols = n
	}
	if s.form != FormLowRank {
		s.w = s.unit.Reserve(cfg.Rows, cfg.Cols)
	}
	if sigma.IsZero() {
		s.sigma = s.unit.Reserve(1, cfg.long()).ColRange(0, cfg.Rank())
	} else if err := wantView(op, "sigma", sigma, 1, cfg.Rank()); err != nil {
		return nil, err
	}
	s.dsigma = s.unit.Reserve(1, cfg.Rank())
	takeSides(s.unit, &s.side[0], &s.side[1])
	switch {
	case s.form == FormDense:
		s.dense = newDenseForm(s)
	case cfg.Rows == cfg.Cols || cfg.tall():
		s.low = newLowRankForm(s)
	default:
		s.thin = newThinForm(s)
	}
	if params.S.IsZero() {
		mem.Fill(s.sigma, constant(cfg.Center))
	}
	for _, v := range s.ones() {
		mem.Fill(v, constant(1))
	}
	return s, nil
}

// ones returns what is filled with ones when the memory is allocated.
func (s *SVD) ones() []gpu.View {
	if s.dense == nil {
		return nil
	}
	return []gpu.View{s.dense.ones}
}

// checkParams verifies the shapes of parameters or of their gradients.
func checkParams(op string, c SVDConfig, p SVDParams) error {
	if err := wantView(op, "U", p.U, c.ReflectorsU, c.Rows); err != nil {
		return err
	}
	if err := wantView(op, "V", p.V, c.ReflectorsV, c.Cols); err != nil {
		return err
	}
	if both := stackSets(c.stored(p)); c.Padded && c.ReflectorsU+c.ReflectorsV > 0 && both[0].count != 2 {
		return shapeError(op, "U = %v and V = %v are not rows of one matrix of %d columns, which Padded promises", p.U, p.V, max(c.Rows, c.Cols))
	}
	if p.S.IsZero() {
		return nil
	}
	return wantView(op, "S", p.S, 1, c.Rank())
}

// Close frees the intermediates where they are not in an arena of the caller's. Programs that use them must be closed first.
func (s *SVD) Close() {
	if s != nil {
		s.memory.Close()
	}
}

// stored returns both sides with the columns of the longer where they are stored so, each with its own otherwise.
func (c SVDConfig) stored(p SVDParams) [2]gpu.View {
	both := [2]gpu.View{p.U, p.V}
	if c.Padded {
		both[0].Cols, both[1].Cols = c.long(), c.long()
	}
	return both
}

// long returns the columns that the sides are padded to: without Padded as many as there are singular values.
func (c SVDConfig) long() int {
	if c.Padded {
		return max(c.Rows, c.Cols)
	}
	return c.Rank()
}

// Config returns the configuration.
func (s *SVD) Config() SVDConfig { return s.cfg }

// Form returns the form that was chosen.
func (s *SVD) Form() Form { return s.form }

// W returns the weight, p × q, valid after the operations of Materialise; the zero View where it is not formed (FormLowRank).
func (s *SVD) W() gpu.View { return s.w }

// Sigma returns the singular values, 1 × min(p, q), valid after the operations of Materialise.
func (s *SVD) Sigma() gpu.View { return s.sigma }

// Bounds returns the operation that writes (min σ, max σ) to out (1 × 2).
func (s *SVD) Bounds(out gpu.View) gpu.Op { return gpu.MinMax{Out: out, X: s.sigma} }

// Materialise returns the operations that compute σ and W, or its low-rank form, from the parameters, with the intermediates that Gradient uses.
func (s *SVD) Materialise() []gpu.Op {
	var ops []gpu.Op
	if !s.params.S.IsZero() {
		ops = append(ops, gpu.Sigma{Out: s.sigma, S: s.params.S, Center: s.cfg.Center, Radius: s.cfg.Radius, Map: s.cfg.Map})
	}
	ops = append(ops, s.scaled.prepare()...)
	ops = append(ops, triangles(s.side[:]...)...)
	switch {
	case s.form == FormDense:
		return append(ops, s.dense.materialise(s)...)
	case s.form == FormLowRank:
		return append(ops, s.low.factorise(s)...)
	case s.low != nil:
		return append(ops, s.low.materialise(s)...)
	}
	return append(ops, s.thin.materialise(s)...)
}

// Gradient returns the operations that turn dw = dL/dW (p × q) into the gradients of the parameters. They run after those of
// Materialise, with the parameters unchanged in between; dw is not changed. Gradients of structural zeros are 0. The views of grad
// must not share memory with the parameters or dw. grad.S may be the zero View.
func (s *SVD) Gradient(dw gpu.View, grad SVDParams) ([]gpu.Op, error) {
	const op = "svd gradient"
	switch {
	case s.cfg.ForwardOnly:
		return nil, shapeError(op, "the weight was made with ForwardOnly")
	case s.form == FormLowRank:
		return nil, shapeError(op, "W is not formed; use LowRankGradient")
	}
	if err := wantView(op, "dW", dw, s.cfg.Rows, s.cfg.Cols); err != nil {
		return nil, err
	}
	if err := checkParams(op, s.cfg, grad); err != nil {
		return nil, err
	}
	if s.params.S.IsZero() {
		grad.S = gpu.View{}
	}
	var ops []gpu.Op
	switch {
	case s.dense != nil:
		ops = s.dense.gradient(s, dw, grad)
	case s.low != nil:
		ops = s.low.denseGradient(s, dw, grad)
	default:
		ops = s.thin.gradient(s, dw, grad)
	}
	return append(ops, s.scaled.restore(s.cfg.stored(grad))...), nil
}

// paddedSigma is σ with zeros up to the columns that the sides are padded to.
func (s *SVD) paddedSigma() gpu.View {
	v := s.sigma
	v.Cols = s.cfg.long()
	return v
}

// sigmaBackward turns dσ, a vector and α times the column sums of a ∘ b, into the gradient of s.
func (s *SVD) sigmaBackward(ds, dsigma, a, b gpu.View, alpha float32) gpu.Op {
	return gpu.SigmaBackward{DS: ds, DSigma: dsigma, A: a, B: b, Alpha: alpha, S: s.params.S, Center: s.cfg.Center, Radius: s.cfg.Radius, Map: s.cfg.Map}
}

// Project returns the operations that restore the invariants of the parameters after an update: reflectors of unit length with
// their structural zeros written. Q does not depend on the lengths, but the gradient of a reflector is orthogonal to it, so that
// without this the lengths only grow.
func (s *SVD) Project() []gpu.Op { return project(s.cfg, s.params) }

func project(c SVDConfig, p SVDParams) []gpu.Op {
	var ops []gpu.Op
	for _, set := range stackSets(c.stored(p)) {
		ops = append(ops, gpu.NormalizeReflectors{U: set.view, Sets: set.count})
	}
	return ops
}
