package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(triSolveCases, Tolerance{Op: "tri_solve", C: 1, K: "m + 8",
		Scale: "|A||S||A||B|·|scale|",
		Why:   "substitution (Higham 2002, theorem 8.5), and a division by the diagonal"})
}

// triSolveSpec is a batch of triangular systems made from m reflectors of length n, with cols right-hand sides or, for a trapezoid,
// the reflectors themselves.
type triSolveSpec struct {
	m, n, cols                  int
	transpose, trapezoid, scale bool
	batch                       int
	kind                        string
	lay                         layout
}

func (g triSolveSpec) String() string {
	name := fmt.Sprintf("m=%d n=%d cols=%d %v %s", g.m, g.n, g.cols, g.lay, g.kind)
	for _, f := range []struct {
		on   bool
		name string
	}{{g.transpose, " transposed"}, {g.trapezoid, " trapezoid"}, {g.scale, " scale"}, {g.batch > 1, fmt.Sprintf(" batch=%d", g.batch)}} {
		if f.on {
			name += f.name
		}
	}
	return name
}

func triSolveCases(l *list) {
	add := func(short bool, g triSolveSpec) {
		g.batch = max(g.batch, 1)
		if g.trapezoid {
			g.cols = g.n
		}
		l.add("tri_solve", g.String(), short, func(t *trial) {
			t.lay = g.lay
			triSolveTrial(t, g)
		})
	}
	layouts := []layout{padded, tight, wide, skewed}
	for i, m := range append([]int{0, 16, 63, 64, 65, 200, 257}, sizes...) {
		short := m == 0 || m == 7 || m == 33 || m == 129
		add(short, triSolveSpec{m: m, n: m + i, cols: 1 + 7*i, lay: layouts[i%4]})
		add(short, triSolveSpec{m: m, n: m + i, cols: 40 - i, transpose: true, scale: true, lay: layouts[(i+1)%4]})
		add(short, triSolveSpec{m: m, n: m + i, trapezoid: true, scale: i%2 == 0, lay: layouts[(i+2)%4]})
		add(short, triSolveSpec{m: m, n: 2*m + 1, cols: 33, transpose: i%2 == 0, batch: 3, kind: "zero", lay: layouts[(i+3)%4]})
	}
	for _, kind := range []string{"zero", "all zero", "parallel"} {
		add(true, triSolveSpec{m: 16, n: 33, cols: 9, kind: kind, lay: padded})
		add(false, triSolveSpec{m: 140, n: 150, trapezoid: true, batch: 2, kind: kind, lay: tight})
		add(false, triSolveSpec{m: 140, n: 150, cols: 65, transpose: true, scale: true, kind: kind, lay: wide})
	}
	add(true, triSolveSpec{m: 5, n: 5, cols: 0, lay: tight})
	add(false, triSolveSpec{m: 400, n: 512, trapezoid: true, batch: 2, scale: true, lay: padded})
	add(false, triSolveSpec{m: 400, n: 512, cols: 300, transpose: true, batch: 2, lay: padded})
}

func triSolveTrial(t *trial, g triSolveSpec) {
	m := g.m
	S, B, X := oracle.Zeros(g.batch*m, m), oracle.Zeros(g.batch*m, g.cols), oracle.Zeros(g.batch*m, g.cols)
	scale := oracle.Zeros(g.batch*m, g.cols)
	factors := filled(1, g.cols, 1)
	if g.scale {
		factors = t.values("Scale", 1, g.cols)
	}
	for k := range g.batch {
		U := round(oracle.Normalise(t.reflectorsOf(g.kind, m, g.n, 0)))
		s := round(oracle.S(U))
		b := U
		if !g.trapezoid {
			b = t.values(fmt.Sprint("B", k), m, g.cols)
		}
		a := oracle.InverseS(s)
		size := oracle.Mul(abs(a), abs(s), abs(a), abs(b))
		if g.transpose {
			a = a.T()
			size = oracle.Mul(abs(a), abs(s.T()), abs(a), abs(b))
		}
		x := oracle.Mul(a, b)
		for i := range m {
			fill(s.Row(i)[:i], nan) // must not be read
			copy(S.Row(k*m+i), s.Row(i))
			copy(B.Row(k*m+i), b.Row(i))
			for j := range g.cols {
				X.Set(k*m+i, j, x.At(i, j)*factors.At(0, j))
				scale.Set(k*m+i, j, size.At(i, j)*abs64(float32(factors.At(0, j))))
			}
		}
	}
	s, b, x := t.in("S", S), t.in("B", B), t.out("X", g.batch*m, g.cols)
	var c *operand
	if g.scale {
		c = t.in("Scale", factors)
	}
	t.one(func() gpu.Op {
		first := func(o *operand) gpu.View { return o.view().RowRange(0, m) }
		return gpu.TriSolve{X: first(x), S: first(s), B: first(b), Scale: c.view(), Transpose: g.transpose, Trapezoid: g.trapezoid,
			Batch: g.batch, StrideX: m * x.stride, StrideS: m * s.stride, StrideB: m * b.stride}
	})
	t.expect(x, X, scale, m+division)
}
