package hh

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// Method is how a weight takes part in products. All give the same numbers up to rounding.
type Method uint8

// The methods of a weight.
const (
	// MethodAuto takes what costs less for the use that a layer makes of the weight.
	MethodAuto Method = iota
	// Materialised forms W once a step: right for many products, large batches or many reflectors.
	Materialised
	// AsLowRank keeps W as diagonal plus low rank, for layers that can take that form: a recurrence with few reflectors.
	AsLowRank
	// Applied multiplies by Q(V)ᵀ, Σ and Q(U) in turn and never forms W: right for a single product with few reflectors.
	Applied
)

func (m Method) String() string {
	switch m {
	case MethodAuto:
		return "auto"
	case Materialised:
		return "matrix"
	case AsLowRank:
		return "low-rank"
	case Applied:
		return "applied"
	}
	return "unknown"
}

// Weight is W = Q(U) Σ Q(V)ᵀ as an nn.Weight, of any shape: U (m × rows), V (m × cols) and s (1 × min(rows, cols)) are its
// parameters, and every σ stays in the band of SVDConfig.
//
//	layer := &nn.Linear{Out: 300, Weight: &hh.Weight{Reflectors: 16, Center: 1, Radius: 0.1}}
type Weight struct {
	Reflectors     int     // m a side, 0 … min(rows, cols)
	Center, Radius float32 // σ* and r; both 0 stand for 1 and 0.1
	Map            gpu.SigmaMap
	Start          Start // initial values; the zero Start is Random
	Method         Method

	name  string
	cfg   SVDConfig
	use   nn.Use
	info  gpu.Info
	value SVDParams
	grad  SVDParams

	// What the bank chooses and plans, its first weight for all.
	method   Method
	products [2]ProductConfig // of U and V, where W is applied
	sigma    gpu.View         // 1 × min(rows, cols), host-visible
	w, dw    gpu.View         // rows × cols
	f, df    gpu.LowRank      // W as diagonal plus low rank
	factors  [2]factors
}

var (
	_ nn.Factored = (*Weight)(nil)
	_ nn.Banked   = (*Weight)(nil)
)

// Declare implements nn.Weight. Errors: gpu.ErrShape, ErrBand.
func (w *Weight) Declare(p *nn.Params, rows, cols int, u nn.Use) error {
	m, k := w.Reflectors, min(rows, cols)
	if w.Center == 0 && w.Radius == 0 && w.Map == gpu.SigmaBand {
		w.Center, w.Radius = 1, 0.1
	}
	w.cfg = SVDConfig{Rows: rows, Cols: cols, ReflectorsU: m, ReflectorsV: m, Center: w.Center, Radius: w.Radius, Map: w.Map, ForwardOnly: !p.Train,
		Unit: true, Padded: true}
	if m < 0 || m > k {
		return shapeError("weight", "%d reflectors a side of a %d×%d weight; want 0 … %d", m, rows, cols, k)
	}
	w.use, w.info = u, p.Info
	if w.Method > Applied {
		return shapeError("weight", "unknown method %d", w.Method)
	}
	if err := w.cfg.Check(); err != nil {
		return err
	}
	start, err := w.Start.complete(m, rows, cols)
	if err != nil {
		return err
	}
	w.name = p.Name("svd")
	w.declare(p, start)
	return nil
}

// declare adds the parameters. U and V are stored with the stride of the longer of them, so that both sides are one matrix.
func (w *Weight) declare(p *nn.Params, start Start) {
	m, c := w.Reflectors, w.cfg
	zeros, long := m*(m-1)/2, max(c.Rows, c.Cols)
	u := p.Add(nn.Tensor{Name: "U", Rows: m, Cols: c.Rows, Stride: long, Zeros: zeros, Group: nn.Reflectors, Init: start.U})
	vInit := start.V
	if start.Same {
		vInit = sameAs(p, "U", start.U)
	}
	v := p.Add(nn.Tensor{Name: "V", Rows: m, Cols: c.Cols, Stride: long, Zeros: zeros, Group: nn.Reflectors, Joined: true, Init: vInit})
	sInit := start.S
	if sInit == nil && c.Center == 0 {
		sInit = nn.Normal(1) // at s = 0 every σ would be 0, and with it every gradient
	}
	s := p.Add(nn.Tensor{Name: "s", Rows: 1, Cols: c.Rank(), Group: nn.Spectrum, Init: sInit})
	w.value, w.grad = SVDParams{u.Value, v.Value, s.Value}, SVDParams{u.Grad, v.Grad, s.Grad}
}

// choose resolves MethodAuto for as many weights side by side.
func (w *Weight) choose(count int) Method {
	u, square := w.use, w.cfg.Rows == w.cfg.Cols
	switch {
	case w.Method == Applied && u.Once, w.Method == AsLowRank && u.LowRank && square, w.Method == Materialised:
		return w.Method
	case w.Method != MethodAuto: // not possible here
		return Materialised
	case u.LowRank && square && w.cfg.lowRankPays(w.info):
		return AsLowRank
	case u.Once && w.cfg.applyPays(u.Rows, w.info, count):
		return Applied
	}
	return Materialised
}

// lowRankPays tells whether the time steps of a recurrence cost less with W as diagonal plus low rank. The bounds are measured: on the CPU
// executor both take the same time at 2m = 3n/8 (n from 128 to 1,024), and the low-rank form is the faster on lavapipe too. On a graphics
// processor it is taken from n = 256 on: below, W stays in the registers of a work group, and in the low-rank form a time step has two
// dependent products, of which each waits for the other.
func (c SVDConfig) lowRankPays(info gpu.Info) bool {
	onProcessor := info.Kind == gpu.CPU || info.Kind == gpu.SoftwareGPU
	return 8*(c.ReflectorsU+c.ReflectorsV) <= 3*c.Rows && (onProcessor || c.Rows >= 256)
}

// applyPays compares a step with one product of the given number of rows: on a graphics processor by what it records (applyPaysByLaunches),
// elsewhere the flops of it, and the operations where there are several weights:
// the products of the applied form are 12 for each of them, against 5, and what is done for all at once is 11 less. Where nothing is
// trained, W is formed once for all the products to come.
func (c SVDConfig) applyPays(rows int, info gpu.Info, count int) bool {
	switch {
	case c.ForwardOnly:
		return false
	case graphics(info):
		return c.applyPaysByLaunches(info, rows, count)
	}
	const passes = 3.0 // forward, input gradient, weight gradient
	formed := c.thinFlops()
	if c.denseFits() {
		formed = min(formed, c.denseFlops())
	}
	formed += passes * 2 * float64(rows) * float64(c.Rows*c.Cols)
	// The products of the applied form are thin and run in dependent steps: they reach about half the rate of the large ones.
	applied := 2 * (1 + 1.5*(passes-1)) * 2 * float64(rows) * float64(c.Cols+c.Rows) * float64(c.ReflectorsU+c.ReflectorsV)
	r := deviceRates(info)
	launches := max(0, 7-11/float64(count))
	return applied+launches*r.launch*r.flops < formed
}

// Chosen returns how the weight takes part, after nn.Params.Complete.
func (w *Weight) Chosen() Method { return w.method }

// Params returns the views of the parameters and of their gradients, after Declare.
func (w *Weight) Params() (value, grad SVDParams) { return w.value, w.grad }

// Sigma implements nn.Factored.
func (w *Weight) Sigma() gpu.View { return w.sigma }

// Band implements nn.Factored; a positive map has no upper end.
func (w *Weight) Band() (lo, hi float64) {
	if w.Map == gpu.SigmaPositive {
		return 0, math.Inf(1)
	}
	return float64(w.Center) - float64(w.Radius), float64(w.Center) + float64(w.Radius)
}

// Sides implements nn.Factored.
func (w *Weight) Sides() []gpu.View { return []gpu.View{w.value.U, w.value.V} }

// Matrix implements nn.Weight.
func (w *Weight) Matrix() (m, dm gpu.View) { return w.w, w.dw }

// LowRank implements nn.Weight.
func (w *Weight) LowRank() (f, df gpu.LowRank, ok bool) { return w.f, w.df, w.method == AsLowRank }

// Product implements nn.Weight.
func (w *Weight) Product(p *nn.Plan, rows int) (nn.Product, error) {
	switch {
	case w.sigma.IsZero():
		return nil, shapeError("weight", "the memory of the weight is not planned; call nn.Params.Complete after the last Declare")
	case w.method == Materialised:
		return nn.MatrixProduct{W: w.w, DW: w.dw}, nil
	case w.method == Applied:
		return planApplied(w, p, rows), nil
	}
	return nil, shapeError("weight", "W is kept as diagonal plus low rank, which this layer cannot take")
}
