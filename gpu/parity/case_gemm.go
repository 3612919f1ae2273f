package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(gemmCases, Tolerance{Op: "gemm", C: 1, K: "K + 16",
		Scale: "|α|·|A||B|·|scale| + |β·C| + |bias|",
		Why:   "γ_K of a sum of products in any order (Higham 2002, §3.1); φ is a contraction"})
}

// gemmSpec is one matrix product.
type gemmSpec struct {
	m, n, k     int
	ta, tb      bool
	alpha, beta float32
	scale, bias bool
	act         gpu.Activation
	lay         layout

	batch            int
	sharedA, sharedB bool
	interleaved      bool // the products are column blocks of one wide C
	backwards        bool // A and B of the batch lie in the opposite order

	diag, trapezoid, upper bool
}

func (g gemmSpec) String() string {
	letter := func(t bool) string {
		if t {
			return "T"
		}
		return "N"
	}
	name := fmt.Sprintf("%d×%d×%d %s%s %v", g.m, g.n, g.k, letter(g.ta), letter(g.tb), g.lay)
	if g.alpha != 1 || g.beta != 0 {
		name += fmt.Sprintf(" α=%g β=%g", g.alpha, g.beta)
	}
	for _, f := range []struct {
		on   bool
		name string
	}{{g.scale, " scale"}, {g.bias, " bias"}, {g.act.Kind != gpu.Identity, " " + g.act.String()}, {g.batch > 0, fmt.Sprintf(" batch=%d", g.batch)},
		{g.sharedA, " shared A"}, {g.sharedB, " shared B"}, {g.interleaved, " interleaved"}, {g.backwards, " backwards"},
		{g.diag, " diag"}, {g.trapezoid, " trapezoid"}, {g.upper, " upper"}} {
		if f.on {
			name += f.name
		}
	}
	return name
}

func gemmCases(l *list) {
	add := func(short bool, g gemmSpec) {
		l.add("gemm", g.String(), short, func(t *trial) {
			t.lay = g.lay
			gemmTrial(t, g)
		})
	}
	gemmShapes(add)
	gemmEpilogues(add)
	gemmBatches(add)
	gemmTriangles(add)
	gemmEmpty(add)
	gemmLong(add)
}

// gemmShapes are all sizes with all transposes.
func gemmShapes(add func(bool, gemmSpec)) {
	layouts := []layout{padded, tight, wide, skewed}
	for i, s := range sizes {
		for t := range 4 {
			ta, tb := t&1 != 0, t&2 != 0
			add(i == 6, gemmSpec{m: s, n: s, k: s, ta: ta, tb: tb, alpha: 1, lay: layouts[(i+t)%4]})
			add(false, gemmSpec{m: s, n: sizes[(i+3)%10], k: sizes[(i+7)%10], ta: ta, tb: tb, alpha: 1, lay: layouts[(i+t+1)%4]})
		}
	}
	for t := range 4 {
		add(false, gemmSpec{m: 257, n: 300, k: 259, ta: t&1 != 0, tb: t&2 != 0, alpha: 1, lay: layouts[t]})
	}
	add(true, gemmSpec{m: 1, n: 1000, k: 513, tb: true, alpha: 1, lay: tight})
	add(false, gemmSpec{m: 1000, n: 1, k: 513, alpha: 1, lay: tight})
}

// gemmEpilogues are all activations with all combinations of α, β, scale and bias.
func gemmEpilogues(add func(bool, gemmSpec)) {
	for i, act := range activations {
		for j, ab := range [][2]float32{{1, 0}, {-0.75, 1.5}, {0, 1}} {
			for e := range 4 {
				lay := []layout{padded, wide, skewed}[(i+j+e)%3]
				g := gemmSpec{m: 33, n: 31, k: 32, ta: j == 1, tb: e&1 != 0, alpha: ab[0], beta: ab[1], scale: e&1 != 0, bias: e&2 != 0, act: act, lay: lay}
				if i == 0 && j == 0 && e == 0 {
					continue // the plain product
				}
				add(j == 1 && e == 3 && i > 1, g)
			}
		}
	}
	add(false, gemmSpec{m: 130, n: 129, k: 127, tb: true, alpha: 0.5, beta: -1, scale: true, bias: true, act: gpu.Activation{Kind: gpu.Tanh}, lay: padded})
}

func gemmBatches(add func(bool, gemmSpec)) {
	for i, g := range []gemmSpec{
		{m: 7, n: 5, k: 9, batch: 1, lay: padded},
		{m: 7, n: 33, k: 9, batch: 5, lay: padded},
		{m: 32, n: 32, k: 32, batch: 3, tb: true, beta: 1, bias: true, lay: wide},
		{m: 33, n: 7, k: 31, batch: 4, ta: true, sharedA: true, lay: skewed},
		{m: 64, n: 65, k: 66, batch: 2, sharedB: true, tb: true, lay: tight, act: gpu.Activation{Kind: gpu.Tanh}},
		{m: 9, n: 8, k: 17, batch: 6, interleaved: true, lay: padded, scale: true},
		{m: 16, n: 16, k: 16, batch: 4, interleaved: true, sharedB: true, ta: true, lay: tight},
		{m: 3, n: 4, k: 0, batch: 3, beta: 1, lay: tight},
		{m: 3, n: 2, k: 5, batch: 300, lay: skewed},
		{m: 4, n: 4, k: 3000, batch: 3, ta: true, lay: tight},
		{m: 33, n: 31, k: 32, batch: 3, backwards: true, lay: padded},
		{m: 32, n: 64, k: 32, batch: 2, tb: true, backwards: true, lay: tight},
	} {
		g.alpha = 1.25
		add(i == 1 || i == 3 || i == 5 || i == 10, g)
	}
}

// gemmTriangles are products that leave out what is zero or not wanted, of every shape against the diagonal, and those with a diagonal.
func gemmTriangles(add func(bool, gemmSpec)) {
	for i, g := range []gemmSpec{
		{m: 33, n: 65, k: 65, trapezoid: true, upper: true, lay: padded},
		{m: 65, n: 65, k: 33, ta: true, trapezoid: true, diag: true, lay: tight},
		{m: 129, n: 129, k: 129, tb: true, trapezoid: true, upper: true, diag: true, lay: wide},
		{m: 130, n: 31, k: 129, tb: true, upper: true, beta: 1, lay: padded},
		{m: 31, n: 130, k: 7, ta: true, trapezoid: true, upper: true, beta: -1, lay: skewed},
		{m: 300, n: 31, k: 7, trapezoid: true, lay: tight},
		{m: 7, n: 31, k: 300, ta: true, trapezoid: true, lay: tight},
		{m: 256, n: 600, k: 600, batch: 2, trapezoid: true, upper: true, lay: tight},
		{m: 600, n: 600, k: 256, batch: 2, ta: true, trapezoid: true, diag: true, lay: tight},
		{m: 600, n: 400, k: 520, tb: true, trapezoid: true, upper: true, scale: true, bias: true, lay: wide},
		{m: 33, n: 33, k: 5000, tb: true, upper: true, diag: true, lay: tight},
		{m: 40, n: 90, k: 20001, trapezoid: true, upper: true, diag: true, beta: 1, lay: tight},
		{m: 129, n: 130, k: 127, trapezoid: true, upper: true, diag: true, act: gpu.Activation{Kind: gpu.Tanh}, lay: tight},
		{m: 5, n: 6, k: 0, diag: true, upper: true, beta: 1, lay: padded},
		{m: 9, n: 8, k: 17, batch: 3, interleaved: true, diag: true, upper: true, lay: padded},
	} {
		g.alpha = -1.5
		add(i < 5 || i == 13, g)
	}
}

// gemmEmpty are the products without rows, columns or terms.
func gemmEmpty(add func(bool, gemmSpec)) {
	for _, g := range []gemmSpec{
		{m: 0, n: 5, k: 3}, {m: 5, n: 0, k: 3}, {m: 0, n: 0, k: 0},
		{m: 5, n: 6, k: 0}, {m: 5, n: 6, k: 0, beta: 2}, {m: 5, n: 6, k: 0, bias: true, act: gpu.Activation{Kind: gpu.ReLU}},
		{m: 33, n: 33, k: 0, ta: true, tb: true, beta: -1, bias: true, scale: true, act: gpu.Activation{Kind: gpu.Tanh}},
	} {
		g.alpha, g.lay = 1, padded
		add(true, g)
	}
}

// gemmLong are products with long sums, as for the gradient of a weight over all steps and samples.
func gemmLong(add func(bool, gemmSpec)) {
	for i, g := range []gemmSpec{
		{m: 33, n: 31, k: 20000, ta: true, lay: padded},
		{m: 128, n: 128, k: 20000, ta: true, lay: tight},
		{m: 10, n: 128, k: 20001, ta: true, beta: 1, bias: true, scale: true, lay: tight, act: gpu.Activation{Kind: gpu.LeakyReLU, Slope: 0.1}},
		{m: 1, n: 1, k: 20000, tb: true, lay: skewed},
		{m: 3, n: 129, k: 4097, lay: padded},
		{m: 129, n: 3, k: 4095, tb: true, lay: wide, beta: 0.5},
		{m: 64, n: 1, k: 10007, ta: true, tb: true, lay: skewed},
		{m: 5000, n: 32, k: 3, tb: true, bias: true, lay: tight},
	} {
		g.alpha = 1
		add(i == 0, g)
	}
}

func gemmTrial(t *trial, g gemmSpec) {
	ar, ac := transposed(g.ta, g.m, g.k)
	br, bc := transposed(g.tb, g.k, g.n)
	count := max(g.batch, 1)
	a := newStack(t, "A", ar, ac, count, g, g.sharedA, g.trapezoid)
	b := newStack(t, "B", br, bc, count, g, g.sharedB, false)
	act := t.activation(g.act, g.n)
	o := oracle.GemmOptions{TransposeA: g.ta, TransposeB: g.tb, Alpha: float64(g.alpha), Beta: float64(g.beta), Activation: act.truth}
	bound := oracle.GemmOptions{TransposeA: g.ta, TransposeB: g.tb, Alpha: abs64(g.alpha), Beta: abs64(g.beta)}
	var scale, bias *operand
	if g.scale {
		m := t.values("Scale", 1, g.n)
		scale, o.ColumnScale, bound.ColumnScale = t.in("Scale", m), m.Data, abs(m).Data
	}
	if g.bias {
		m := t.values("Bias", 1, g.n)
		bias, o.Bias, bound.Bias = t.in("Bias", m), m.Data, abs(m).Data
	}
	var diag *operand
	D := oracle.Zeros(1, min(g.m, g.n))
	if g.diag {
		D = t.values("Diag", 1, min(g.m, g.n))
		diag = t.in("Diag", D)
	}
	c, cView, strideC := gemmOutput(t, g, count)
	t.one(func() gpu.Op {
		return gpu.Gemm{C: cView(), A: a.view(), B: b.view(), TransA: g.ta, TransB: g.tb, Alpha: g.alpha, Beta: g.beta, Scale: scale.view(), Bias: bias.view(), Diag: diag.view(),
			TrapezoidA: g.trapezoid, Upper: g.upper, Act: act.bind(), Batch: g.batch, StrideA: a.step(), StrideB: b.step(), StrideC: strideC}
	})
	for i := range count {
		A, B := a.items[i%len(a.items)], b.items[i%len(b.items)]
		C := c.before(i)
		c.expect(i, triangle(g, oracle.Gemm(o, A, B, C), D), triangle(g, oracle.Gemm(bound, abs(A), abs(B), abs(C)), abs(D)), g.k+epilogue)
	}
}

// triangle adds the diagonal and writes the zeros.
func triangle(g gemmSpec, c, d oracle.Matrix) oracle.Matrix {
	for i := range c.Rows {
		if i < c.Cols {
			c.Set(i, i, c.At(i, i)+d.At(0, i))
		}
		if g.upper {
			clear(c.Row(i)[:min(i, c.Cols)])
		}
	}
	return c
}

// stack is the operand of a batch: its items below each other with a row of NaN between them, or one item for all.
type stack struct {
	operand   *operand
	items     []oracle.Matrix
	rows      int
	backwards bool // the last item lies first
}

func newStack(t *trial, name string, rows, cols, count int, g gemmSpec, shared, trapezoid bool) stack {
	if shared {
		count = 1
	}
	s := stack{rows: rows, backwards: g.backwards}
	gap := 0
	if count > 1 {
		gap = 1
	}
	all := filled((rows+gap)*count, cols, nan)
	for i := range count {
		item := t.values(fmt.Sprintf("%s/%d", name, i), rows, cols)
		for r := 0; trapezoid && r < rows; r++ {
			clear(item.Row(r)[:min(r, cols)])
		}
		at := i * (rows + gap)
		if s.backwards {
			at = (count - 1 - i) * (rows + gap)
		}
		copy(all.Slice(at, at+rows).Data, item.Data)
		s.items = append(s.items, item)
	}
	s.operand = t.in(name, all)
	return s
}

func (s stack) view() gpu.View {
	first := 0
	if s.backwards {
		first = (len(s.items) - 1) * (s.rows + 1)
	}
	return s.operand.view().RowRange(first, first+s.rows)
}

// step returns the words from one item to the next, 0 for a shared one.
func (s stack) step() int {
	if len(s.items) < 2 {
		return 0
	}
	step := (s.rows + 1) * s.operand.stride
	if s.backwards {
		return -step
	}
	return step
}

// products is the output of a batch.
type products struct {
	t       *trial
	g       gemmSpec
	operand *operand
	initial oracle.Matrix // all rows of operand before the run; no Data where it is not read
	wants   []oracle.Matrix
	scales  []oracle.Matrix
	count   int
}

// gemmOutput places C, and returns it with its first window and batch stride.
func gemmOutput(t *trial, g gemmSpec, count int) (*products, func() gpu.View, int) {
	rows, cols := g.m*count, g.n
	if g.interleaved {
		rows, cols = g.m, g.n*count
	}
	p := &products{t: t, g: g, count: count}
	if g.beta != 0 {
		p.initial = t.values("C", rows, cols)
		p.operand = t.in("C", p.initial)
	} else {
		p.operand = t.out("C", rows, cols)
	}
	stride := g.m * p.operand.stride
	if g.interleaved {
		stride = g.n
	}
	return p, func() gpu.View { return p.operand.view().RowRange(0, g.m).ColRange(0, g.n) }, stride
}

// before returns item i of C before the run.
func (p *products) before(i int) oracle.Matrix {
	if p.initial.Data == nil {
		return oracle.Matrix{}
	}
	if !p.g.interleaved {
		return p.initial.Slice(i*p.g.m, (i+1)*p.g.m)
	}
	c := oracle.Zeros(p.g.m, p.g.n)
	for r := range c.Rows {
		copy(c.Row(r), p.initial.Row(r)[i*p.g.n:])
	}
	return c
}

// expect says what item i is to hold; interleaved items are put together first.
func (p *products) expect(i int, want, scale oracle.Matrix, k int) {
	if !p.g.interleaved {
		p.t.expectRows(p.operand, i*p.g.m, want, scale, k)
		return
	}
	p.wants, p.scales = append(p.wants, want), append(p.scales, scale)
	if len(p.wants) == p.count {
		p.t.expect(p.operand, beside(p.wants), beside(p.scales), k)
	}
}

// beside returns the matrices one beside the other.
func beside(list []oracle.Matrix) oracle.Matrix {
	n := list[0].Cols
	all := oracle.Zeros(list[0].Rows, n*len(list))
	for i, m := range list {
		for r := range m.Rows {
			copy(all.Row(r)[i*n:], m.Row(r))
		}
	}
	return all
}

func transposed(t bool, rows, cols int) (int, int) {
	if t {
		return cols, rows
	}
	return rows, cols
}
