package gpu

// Gemm is the matrix product with its epilogue:
//
//	C = φ( (α · op(A) · op(B)) · diag(Scale) + β · C + 1·Bias )
//
// op(A) is M × K and op(B) is K × N (op is the transpose where TransA or TransB is set), C is M × N, Scale and Bias are 1 × N
// or absent. With β = 0, C is not read (it may hold NaN). K = 0 leaves φ(β·C + Bias). Sums run over K in a fixed order.
//
// A batch of Batch products (0 and 1 mean one) advances A, B and C by StrideA, StrideB and StrideC words; a stride of 0 for A or
// B shares the operand. C must not share memory with any other operand.
type Gemm struct {
	C, A, B        View
	TransA, TransB bool
	Alpha, Beta    float32
	Scale, Bias    View
	Act            Activation

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
	if err := firstError(o.Act.check(op), o.C.check(op, "C", m, n), o.A.check(op, "A", ar, ac), o.B.check(op, "B", br, bc),
		o.Scale.checkOptional(op, "Scale", 1, n), o.Bias.checkOptional(op, "Bias", 1, n)); err != nil {
		return err
	}
	if o.Batch < 0 || o.StrideA < 0 || o.StrideB < 0 || o.StrideC < 0 {
		return shapeError(op, "batch %d with strides %d, %d, %d", o.Batch, o.StrideA, o.StrideB, o.StrideC)
	}
	if err := firstError(checkBatch(op, "A", o.A, o.Count(), o.StrideA), checkBatch(op, "B", o.B, o.Count(), o.StrideB),
		checkBatch(op, "C", o.C, o.Count(), o.StrideC), batchApart(op, "C", o.C, o.Count(), o.StrideC)); err != nil {
		return err
	}
	last := o.Count() - 1
	a, b, c := widen(o.A, last*o.StrideA), widen(o.B, last*o.StrideB), widen(o.C, last*o.StrideC)
	return firstError(disjoint(op, "C", c, named{"A", a}, named{"B", b}, named{"Scale", o.Scale}, named{"Bias", o.Bias}))
}

// Access implements Op.
func (o Gemm) Access() []Access {
	last := o.Count() - 1
	l := accessList{}.reads(widen(o.A, last*o.StrideA), widen(o.B, last*o.StrideB), o.Scale, o.Bias)
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

// checkBatch verifies that count windows v, each stride words after the one before, end within their buffer.
func checkBatch(op, name string, v View, count, stride int) error {
	if v.Extent() == 0 || stride == 0 || count-1 <= (v.Buf.words-v.Off-v.Extent())/stride {
		return nil
	}
	return shapeError(op, "%s = %v with a batch of %d, %d words apart, ends beyond its buffer of %d words", name, v, count, stride, v.Buf.words)
}

// batchApart verifies that count windows v, each stride words after the one before, share no word. They may interleave: columns of
// one wide matrix, say.
func batchApart(op, name string, v View, count, stride int) error {
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

// widen returns a one-row view that spans v and the words up to extra beyond it.
func widen(v View, extra int) View {
	if extra == 0 || v.Extent() == 0 {
		return v
	}
	e := v.Extent() + extra
	return View{Buf: v.Buf, Off: v.Off, Rows: 1, Cols: e, Stride: e}
}
