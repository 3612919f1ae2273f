package gpu

// Gemm is the matrix product with its epilogue:
//
//	C = φ( (α · op(A) · op(B)) · diag(Scale) + β · C + 1·Bias ) + diag(Diag)
//
// op(A) is M × K and op(B) is K × N (op is the transpose where TransA or TransB is set), C is M × N, Scale and Bias are 1 × N
// or absent, Diag is 1 × min(M, N) or absent. With β = 0, C is not read (it may hold NaN). K = 0 leaves φ(β·C + Bias) + diag(Diag). Sums run
// over K in a fixed order.
//
// TrapezoidA says that A, as it is stored, holds zeros left of its diagonal, as reflectors do; work on them may be left out. Upper writes
// zeros left of the diagonal of C, and leaves out the work on what would stand there.
//
// An activation with a parameter for each unit (column of C) goes with a single product without Diag and Upper.
//
// A batch of Batch products (0 and 1 mean one) advances A, B and C by StrideA, StrideB and StrideC words, which may be negative; a stride
// of 0 for A or B shares the operand. C must not share memory with any other operand.
type Gemm struct {
	C, A, B        View
	TransA, TransB bool
	Alpha, Beta    float32
	Scale, Bias    View
	Diag           View
	Act            Activation

	TrapezoidA, Upper bool

	Batch                     int
	StrideA, StrideB, StrideC int
}

// Dims returns M, N and K.
func (o Gemm) Dims() (m, n, k int) {
	k = o.A.Cols
	if o.TransA {
		k = o.A.Rows
	}
	return o.C.Rows, o.C.Cols, k
}

// Count returns the number of products, at least 1.
func (o Gemm) Count() int { return max(o.Batch, 1) }

// Name implements Op.
func (o Gemm) Name() string { return "gemm" }

// Check implements Op.
func (o Gemm) Check() error {
	const op = "gemm"
	m, n, k := o.Dims()
	ar, ac, br, bc := m, k, k, n
	if o.TransA {
		ar, ac = k, m
	}
	if o.TransB {
		br, bc = n, k
	}
	if err := firstError(o.Act.check(op, n), o.C.check(op, "C", m, n), o.A.check(op, "A", ar, ac), o.B.check(op, "B", br, bc),
		o.Scale.checkOptional(op, "Scale", 1, n), o.Bias.checkOptional(op, "Bias", 1, n),
		o.Diag.checkOptional(op, "Diag", 1, min(m, n))); err != nil {
		return err
	}
	if o.Batch < 0 {
		return shapeError(op, "batch %d", o.Batch)
	}
	if o.Act.PerUnit() && (o.Batch > 1 || o.Upper || !o.Diag.IsZero()) {
		return shapeError(op, "%v goes with a single product without Diag and Upper; use Activate behind others", o.Act)
	}
	if err := firstError(checkBatch(op, "A", o.A, o.Count(), o.StrideA), checkBatch(op, "B", o.B, o.Count(), o.StrideB),
		checkBatch(op, "C", o.C, o.Count(), o.StrideC), batchApart(op, "C", o.C, o.Count(), o.StrideC)); err != nil {
		return err
	}
	last := o.Count() - 1
	a, b, c := widen(o.A, last*o.StrideA), widen(o.B, last*o.StrideB), widen(o.C, last*o.StrideC)
	return firstError(disjoint(op, "C", c, named{"A", a}, named{"B", b}, named{"Scale", o.Scale}, named{"Bias", o.Bias}, named{"Diag", o.Diag}, named{"Act.Unit", o.Act.Unit}))
}

// Access implements Op.
func (o Gemm) Access() []Access {
	last := o.Count() - 1
	l := accessList{}.reads(widen(o.A, last*o.StrideA), widen(o.B, last*o.StrideB), o.Scale, o.Bias, o.Diag, o.Act.Unit)
	c := widen(o.C, last*o.StrideC)
	if o.Beta != 0 {
		l = l.reads(c)
	}
	return l.writes(c)
}

// Cost implements Op: 2·M·N·K flops a product.
func (o Gemm) Cost() Cost {
	m, n, k := o.Dims()
	b := int64(o.Count())
	c := Cost{2 * b * int64(m) * int64(n) * int64(k), b * bytesOf(o.A, o.B, o.C)}
	if o.Beta != 0 {
		c.Bytes += b * bytesOf(o.C)
	}
	return c
}

// Join returns o and p, neither of which may depend on the other, as one batch of two. It can where they are single products of one form and
// of the same shapes, with operands in the same buffers.
func (o Gemm) Join(p Gemm) (Gemm, bool) {
	a, oka := apart(o.A, p.A)
	b, okb := apart(o.B, p.B)
	c, okc := apart(o.C, p.C)
	p.A, p.B, p.C = o.A, o.B, o.C
	if !oka || !okb || !okc || o.Count() > 1 || o != p {
		return Gemm{}, false
	}
	o.Batch, o.StrideA, o.StrideB, o.StrideC = 2, a, b, c
	return o, o.Check() == nil
}

// apart returns the words from v to w when they are windows of one shape in one buffer.
func apart(v, w View) (int, bool) {
	words := w.Off - v.Off
	w.Off = v.Off
	return words, v == w
}

// checkBatch verifies that count windows v, each stride words after the one before, lie within their buffer.
func checkBatch(op, name string, v View, count, stride int) error {
	room := v.Off
	if stride >= 0 {
		room = v.Buf.words - v.Off - v.Extent()
	}
	if v.Extent() == 0 || stride == 0 || count-1 <= room/max(stride, -stride) {
		return nil
	}
	return shapeError(op, "%s = %v with a batch of %d, %d words apart, leaves its buffer of %d words", name, v, count, stride, v.Buf.words)
}

// batchApart verifies that count windows v, each stride words after the one before, share no word. They may interleave: columns of
// one wide matrix, say.
func batchApart(op, name string, v View, count, stride int) error {
	stride = max(stride, -stride)
	for d := 1; d < count && d*stride < v.Extent(); d++ {
		// Item d starts skip words after row q of item 0 starts.
		q, skip := 0, d*stride
		if v.Rows > 1 {
			q, skip = skip/v.Stride, skip%v.Stride
		}
		if q < v.Rows && skip < v.Cols || q+1 < v.Rows && v.Stride-skip < v.Cols {
			return shapeError(op, "%s = %v with a batch stride of %d: items 0 and %d of %d overlap", name, v, stride, d, count)
		}
	}
	return nil
}

// widen returns a one-row view that spans v and the words up to extra beyond it, or before it where extra is negative.
func widen(v View, extra int) View {
	if extra == 0 || v.Extent() == 0 {
		return v
	}
	if extra < 0 {
		v.Off += extra
		extra = -extra
	}
	e := v.Extent() + extra
	return View{Buf: v.Buf, Off: v.Off, Rows: 1, Cols: e, Stride: e}
}
