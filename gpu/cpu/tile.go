package cpu

// tile is one call of the micro-kernel: a register tile of rows × cols elements of
//
//	c[r][j] = d[r][j] = epilogue( scale[j] · Σ_p a[r][p] · b[p][j] + mul[j] · with[r][j] + add[r][j] ),   p = 0 … depth−1 in this order
//
// with a[r][p] = a[r·aRow + p·aCol] and x[r][j] = x[r·xRow + j] for the others. scale, mul and with, add, d and, unless the epilogue
// reads it, e may be nil; with, add and e may be c or d. Rows of b must hold a whole vector panel (kernels.panel(cols) elements), of
// which those beyond cols do not matter. A call makes several such tiles side by side, one after another, if panels says so: each has
// a b of its own, bNext words further, and the columns of everything else follow those of the tile before.
//
// The assembly reads this struct by offset (tools/asmgen); a test compares the offsets.
type tile struct {
	depth      int
	a          []float32
	aRow, aCol int
	b          []float32
	bRow       int
	add        []float32
	addRow     int
	e          []float32
	eRow       int
	c          []float32
	cRow       int
	d          []float32
	dRow       int
	cols       int
	epilogue   epilogue
	slope      float32
	ahead      []float32 // memory that will be needed soon: the kernel prefetches a line from it and goes on by aheadStep bytes
	aheadStep  int       // for every element of the depth of every panel; 0 where nothing is to be prefetched
	scale      []float32
	mul        []float32
	with       []float32
	withRow    int
	panels     int // more than 1 only where cols is a whole panel
	bNext      int

	edge [6 * 16]float32 // sums of a tile that ends within a vector, where the assembly cannot mask

	worker int // whose tile it is, in a recurrence
}

// epilogue is what the micro-kernel does to a sum v before it stores it.
type epilogue uint32

const (
	store     epilogue = iota // v
	relu                      // max(v, 0)
	leaky                     // v, or slope·v where v < 0
	gateLeaky                 // v, or slope·v where not e > 0: the gradient of relu (slope 0) and leaky
	gateTanh                  // v·(1 − e²): the gradient of tanh
	epilogues                 // their number
)

// prefetch spreads the prefetching of x over the next call, which has the given number of panels.
func (t *tile) prefetch(x []float32, panels int) {
	if len(x) == 0 || t.depth == 0 {
		t.ahead, t.aheadStep = nil, 0
		return
	}
	t.ahead, t.aheadStep = x, ceilDiv(4*len(x), t.depth*panels)
}

// advance moves the tile by columns, and b by words.
func (t *tile) advance(columns, words int) {
	t.b, t.c = t.b[words:], t.c[columns:]
	for _, x := range []*[]float32{&t.add, &t.e, &t.d, &t.scale, &t.mul, &t.with} {
		if *x != nil {
			*x = (*x)[columns:]
		}
	}
}

// apply is the epilogue in Go, for the portable kernel.
func (e epilogue) apply(v, at, slope float32) float32 {
	switch e {
	case relu:
		if v < 0 {
			return 0
		}
	case leaky:
		if v < 0 {
			return slope * v
		}
	case gateLeaky:
		if !(at > 0) {
			return slope * v
		}
	case gateTanh:
		return v * (1 - float32(at*at))
	}
	return v
}
