package hh

import (
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Algorithm is a way to apply a product of reflectors to a batch. All give the same numbers up to rounding.
type Algorithm uint8

// The algorithms, with their flops for a batch of B and m reflectors of length n, forward.
const (
	// AlgorithmAuto takes the cheapest by the cost model; Tune measures instead.
	AlgorithmAuto Algorithm = iota
	// Sequential applies one reflection after the other (Mhammedi et al. 2017; Zhang et al. 2018): 4Bnm flops in m dependent steps
	// and one launch, no preparation. Right for few reflectors or a single use.
	Sequential
	// CompactWY applies I − Uᵀ S⁻¹ U (Schreiber & Van Loan 1989; Likhosherstov et al. 2021): 4Bnm + 2Bm² flops in three products, after
	// nm² + m³/3 of preparation. Right for a moderate m and large batches.
	CompactWY
	// BlockedWY is compact WY on blocks of b reflectors (Mathiasen et al. 2020): 4Bnm flops less the structural zeros, and Bmb, in
	// 3m/b dependent products and one launch, after nmb + mb²/3 of preparation in another; no inverse is larger than b × b, b ≤ 32.
	BlockedWY
)

func (a Algorithm) String() string {
	switch a {
	case AlgorithmAuto:
		return "auto"
	case Sequential:
		return "sequential"
	case CompactWY:
		return "compact-wy"
	case BlockedWY:
		return "blocked-wy"
	}
	return fmt.Sprintf("algorithm(%d)", uint8(a))
}

// Algorithms lists the algorithms that can be chosen.
func Algorithms() []Algorithm { return []Algorithm{Sequential, CompactWY, BlockedWY} }

// ProductConfig says which product of reflectors is applied to what.
type ProductConfig struct {
	Batch      int // B, rows of a batch
	Dim        int // n
	Reflectors int // m in 0 … n
	Algorithm  Algorithm
	Block      int // b of BlockedWY, one of Blocks(); 0 takes what the cost model says
	// ForwardOnly leaves out what only Backward needs.
	ForwardOnly bool
	// Unit promises that reflectors are zero or have about unit length, as gpu.NormalizeReflectors and the initialisers leave them,
	// and saves the operations that make results right for any finite ones.
	Unit bool
}

// Check returns gpu.ErrShape for sizes that cannot be.
func (c ProductConfig) Check() error {
	const op = "product"
	switch {
	case c.Batch < 0 || c.Dim < 1:
		return shapeError(op, "batch %d of vectors of length %d", c.Batch, c.Dim)
	case c.Reflectors < 0 || c.Reflectors > c.Dim:
		return shapeError(op, "%d reflectors of length %d; want 0 … %d of them", c.Reflectors, c.Dim, c.Dim)
	case c.Algorithm > BlockedWY:
		return shapeError(op, "unknown algorithm %d", c.Algorithm)
	case c.Block != 0 && !slices.Contains(blockSizes, c.Block):
		return shapeError(op, "blocks of %d reflectors; want one of %v, or 0", c.Block, blockSizes)
	}
	return nil
}

// wy is a product in compact WY form. apply and backward are for batches with samples.
type wy interface {
	apply(y, x gpu.View, transpose bool) []gpu.Op
	backward(dx, du, dy, y gpu.View, transpose bool) []gpu.Op
}

// Product applies Q = H_0 H_1 … H_{m−1} or Qᵀ to batches and computes gradients. It owns the intermediates and returns lists of
// operations for the caller to compile. Batches hold samples in rows: y = Q x for every row means Y = X Qᵀ (B × n).
type Product struct {
	cfg     ProductConfig
	u       gpu.View // scaled
	scaled  scaled
	factors factors
	own     bool // the factors are prepared by this product, not by who gave them
	wy      wy   // nil for Sequential, and where there are no reflectors or samples
	memory
}

// NewProduct allocates the intermediates for the reflectors u (m × n; the structural zeros must hold zeros, see
// gpu.NormalizeReflectors). Close it before the device.
func NewProduct(dev *gpu.Device, cfg ProductConfig, u gpu.View) (*Product, error) {
	var mem gpu.Arena
	p, err := PlanProduct(&mem, dev.Info(), cfg, u)
	if err != nil {
		return nil, err
	}
	return p, p.alloc(dev, &mem)
}

// PlanProduct is NewProduct with the intermediates in the caller's arena, for a device with that Info.
func PlanProduct(mem *gpu.Arena, info gpu.Info, cfg ProductConfig, u gpu.View) (*Product, error) {
	const op = "product"
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if err := wantView(op, "U", u, cfg.Reflectors, cfg.Dim); err != nil {
		return nil, err
	}
	return planProduct(mem, cfg.resolve(info), u, nil), nil
}

// planProduct plans a product whose algorithm is chosen, with the factors of those reflectors where they are given.
func planProduct(mem *gpu.Arena, cfg ProductConfig, u gpu.View, given *factors) *Product {
	p := &Product{cfg: cfg, u: u}
	if cfg.Algorithm == Sequential && cfg.Unit || cfg.Reflectors == 0 || cfg.Batch == 0 {
		return p
	}
	p.unit = mem.Unit(fmt.Sprintf("product of %d reflectors for %d×%d", cfg.Reflectors, cfg.Batch, cfg.Dim), gpu.DeviceOnly)
	p.scaled = newScaled(p.unit, [2]gpu.View{u}, cfg.Unit)
	p.u = p.scaled.u[0]
	if p.own = given == nil; p.own {
		p.factors = planFactors(p.unit, cfg, p.u)
	} else {
		p.factors = *given
	}
	switch cfg.Algorithm {
	case CompactWY:
		p.wy = newCompactWY(p)
	case BlockedWY:
		p.wy = &blockedWY{u: p.u, factors: p.factors.blocks}
	}
	return p
}

// Close frees the intermediates where they are not in an arena of the caller's. Programs that use them must be closed first.
func (p *Product) Close() {
	if p != nil {
		p.memory.Close()
	}
}

// Config returns the configuration with the algorithm and the block that were chosen.
func (p *Product) Config() ProductConfig { return p.cfg }

// Prepare returns the operations that depend on the reflectors alone. They run whenever the reflectors have changed, before the
// operations of Apply and Backward.
func (p *Product) Prepare() []gpu.Op {
	ops := p.scaled.prepare()
	if p.own {
		ops = append(ops, p.factors.prepare()...)
	}
	return ops
}

// Apply returns the operations that compute y = Q x or, with transpose, y = Qᵀ x for every row (B × n each). y may be x.
func (p *Product) Apply(y, x gpu.View, transpose bool) ([]gpu.Op, error) {
	const op = "apply"
	if err := p.wantBatch(op, "X", x); err != nil {
		return nil, err
	}
	if err := p.wantBatch(op, "Y", y); err != nil {
		return nil, err
	}
	switch {
	case p.cfg.Batch == 0 || p.cfg.Reflectors == 0 && y.Same(x):
		return nil, nil
	case p.cfg.Reflectors == 0:
		return []gpu.Op{gpu.Copy{Y: y, X: x}}, nil
	case p.wy == nil:
		return []gpu.Op{gpu.Reflect{Y: y, X: x, U: p.u, Transpose: transpose}}, nil
	}
	return p.wy.apply(y, x, transpose), nil
}

// Backward returns the operations that compute the gradients of Apply: from its output y and dy = dL/dY (B × n each), dx = dL/dX
// (B × n) and du = dL/dU (m × n, summed over the batch; structural zeros 0). A product of reflections is its own inverse transposed,
// so the input is recovered from y. dx may be dy; y is not changed.
func (p *Product) Backward(dx, du, dy, y gpu.View, transpose bool) ([]gpu.Op, error) {
	const op = "apply backward"
	if p.cfg.ForwardOnly {
		return nil, shapeError(op, "the product was made with ForwardOnly")
	}
	for _, v := range []struct {
		name string
		view gpu.View
	}{{"dX", dx}, {"dY", dy}, {"Y", y}} {
		if err := p.wantBatch(op, v.name, v.view); err != nil {
			return nil, err
		}
	}
	if err := wantView(op, "dU", du, p.cfg.Reflectors, p.cfg.Dim); err != nil {
		return nil, err
	}
	switch {
	case p.cfg.Batch == 0 && p.cfg.Reflectors == 0:
		return nil, nil
	case p.cfg.Batch == 0:
		return []gpu.Op{gpu.Fill{Y: du}}, nil
	case p.cfg.Reflectors == 0 && dx.Same(dy):
		return nil, nil
	case p.cfg.Reflectors == 0:
		return []gpu.Op{gpu.Copy{Y: dx, X: dy}}, nil
	}
	var ops []gpu.Op
	if p.wy == nil {
		ops = []gpu.Op{gpu.ReflectBackward{DX: dx, DU: du, DY: dy, Y: y, U: p.u, Transpose: transpose}}
	} else {
		ops = p.wy.backward(dx, du, dy, y, transpose)
	}
	return append(ops, p.scaled.restore([2]gpu.View{du})...), nil
}

func (p *Product) wantBatch(op, name string, v gpu.View) error {
	return wantView(op, name, v, p.cfg.Batch, p.cfg.Dim)
}
