package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Use is what a layer does with a weight in one step.
type Use struct {
	Rows    int  // rows of activations that it multiplies
	LowRank bool // the layer can take W as diagonal plus low rank
	Once    bool // there is one product, so that W need not be formed
}

// Weight owns a matrix W, rows × cols, and its parametrisation. One that has to be computed from its parameters is a Banked, too.
type Weight interface {
	// Declare adds the parameters and decides how W takes part, by the use and by p.Info.
	Declare(p *Params, rows, cols int, u Use) error
	// What follows is valid after Params.Complete.

	// Matrix returns W and the place for dL/dW; zero Views where W is not formed.
	Matrix() (w, dw gpu.View)
	// LowRank returns W as diagonal plus low rank and the places for its gradients; ok is false where W is formed or applied.
	LowRank() (f, df gpu.LowRank, ok bool)
	// Product plans y = W x for that many rows.
	Product(p *Plan, rows int) (Product, error)
}

// Factored is a Weight that knows its singular value decomposition.
type Factored interface {
	Weight
	// Sigma returns the singular values (1 × min(rows, cols)) in host-visible memory, valid after the Bank's Prepare.
	Sigma() gpu.View
	// Band returns the interval in which every singular value lies.
	Band() (lo, hi float64)
	// Sides returns the reflectors of the orthogonal factors, of which one may have none.
	Sides() []gpu.View
}

// Epilogue is what comes after a product: y = φ(W x + b), or y = φ(y + W x + b) with Add.
type Epilogue struct {
	Bias gpu.View // 1 × rows of W, or the zero View
	Add  bool
	Act  gpu.Activation
}

// Product is a weight applied to a number of rows.
type Product interface {
	// Forward records y = φ(W x + b) for every row of x.
	Forward(r *Record, y, x gpu.View, e Epilogue)
	// Backward records what follows from dz = dL/dz, z the argument of φ: dx = Wᵀ dz for every row, added where something stands in dx
	// (Record.Beta; dx may be the zero View), and the gradient of W. x and dz are not changed.
	Backward(r *Record, dx, dz, x gpu.View)
}

// MatrixProduct is the Product of a matrix that is at hand with the place for its gradient.
type MatrixProduct struct{ W, DW gpu.View }

// Forward implements Product.
func (m MatrixProduct) Forward(r *Record, y, x gpu.View, e Epilogue) {
	g := gpu.Gemm{C: y, A: x, B: m.W, TransB: true, Alpha: 1, Bias: e.Bias, Act: e.Act}
	if e.Add {
		g.Beta = 1
	}
	r.Do(g)
}

// Backward implements Product.
func (m MatrixProduct) Backward(r *Record, dx, dz, x gpu.View) {
	if !dx.IsZero() {
		r.Do(gpu.Gemm{C: dx, A: dz, B: m.W, Alpha: 1, Beta: r.Beta(dx)})
	}
	r.Do(gpu.Gemm{C: m.DW, A: dz, TransA: true, B: x, Alpha: 1, Beta: r.Beta(m.DW)})
}

// Dense is a free matrix, its own parameter.
type Dense struct {
	Init Init // nil is FanIn

	param *Param
}

// Declare implements Weight.
func (d *Dense) Declare(p *Params, rows, cols int, _ Use) error {
	init := d.Init
	if init == nil {
		init = FanIn
	}
	d.param = p.Add(Tensor{Name: "W", Rows: rows, Cols: cols, Decay: true, Init: init})
	return nil
}

// Matrix implements Weight.
func (d *Dense) Matrix() (w, dw gpu.View) { return d.param.Value, d.param.Grad }

// LowRank implements Weight: there is none.
func (d *Dense) LowRank() (f, df gpu.LowRank, ok bool) { return f, df, false }

// Product implements Weight.
func (d *Dense) Product(*Plan, int) (Product, error) {
	return MatrixProduct{W: d.param.Value, DW: d.param.Grad}, nil
}
