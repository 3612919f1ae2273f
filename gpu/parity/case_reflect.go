package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// reflectSpec is a product of m reflectors of length n on a batch of b rows.
type reflectSpec struct {
	m, n, b   int
	kind      string // "" or one of the kinds of reflectorsOf
	transpose bool
	inPlace   bool
	lay       layout
}

func (s reflectSpec) String() string {
	name := fmt.Sprintf("m=%d n=%d B=%d %v transpose=%t in place=%t", s.m, s.n, s.b, s.lay, s.transpose, s.inPlace)
	if s.kind != "" {
		name += " " + s.kind
	}
	return name
}

// reflectSpecs calls add with every size, m from 0 to n, and the reflectors that are hard.
func reflectSpecs(add func(short bool, s reflectSpec)) {
	layouts := []layout{padded, tight, wide, skewed}
	counter := 0
	next := func(short bool, s reflectSpec) {
		s.transpose, s.inPlace, s.lay = counter%2 == 1, counter/2%2 == 1, layouts[counter/3%4]
		counter++
		add(short, s)
	}
	for i, n := range sizes {
		for j, m := range []int{0, 1, n / 2, n - 1, n} {
			if m < 0 || m == 1 && n < 2 || j == 3 && n < 4 || j == 2 && n < 4 {
				continue
			}
			next(n == 33 || n == 7, reflectSpec{m: m, n: n, b: sizes[(3*i+j+1)%10]})
			if j%2 == 0 { // another layout and direction
				next(false, reflectSpec{m: m, n: n, b: 1 + j})
			}
		}
	}
	for _, kind := range []string{"zero", "all zero", "parallel", "large and small"} {
		for _, tr := range []bool{false, true} {
			for _, size := range [][3]int{{7, 7, 3}, {16, 33, 31}, {128, 128, 5}} {
				s := reflectSpec{m: size[0], n: size[1], b: size[2], kind: kind, transpose: tr, lay: padded}
				add(size[1] == 33, s)
			}
		}
	}
	for _, size := range [][3]int{{16, 300, 128}, {5, 512, 3}, {32, 1000, 2}, {4, 0, 0}, {3, 5, 0}, {0, 0, 4}} {
		if size[0] <= size[1] {
			next(size[2] == 0, reflectSpec{m: size[0], n: size[1], b: size[2]})
		}
	}
	next(true, reflectSpec{m: 0, n: 0, b: 3})
}

// reflectorsOf returns reflectors of a kind: some zero, all zero, nearly parallel, or of very different lengths.
func (t *trial) reflectorsOf(kind string, m, n int, structural float64) oracle.Matrix {
	u := t.reflectors("U", m, n, structural)
	src := t.source("U/" + kind)
	for j := range m {
		for i := j; i < n; i++ {
			v := u.At(j, i)
			switch {
			case kind == "all zero" || kind == "zero" && j%3 == 1:
				v = 0
			case kind == "parallel":
				v = 1 + 1e-4*src.Normal()
			case kind == "large and small":
				v *= math.Pow(10, float64(j%7-3))
			}
			u.Set(j, i, float64(float32(v)))
		}
	}
	return u
}

func reflectCases(l *list) {
	reflectSpecs(func(short bool, s reflectSpec) {
		l.add("reflect", s.String(), short, func(t *trial) {
			t.lay = s.lay
			U, X := t.reflectorsOf(s.kind, s.m, s.n, nan), t.values("X", s.b, s.n)
			u, x := t.in("U", U), t.in("X", X)
			y := x
			if !s.inPlace {
				y = t.out("Y", s.b, s.n)
			}
			t.one(func() gpu.Op { return gpu.Reflect{Y: y.view(), X: x.view(), U: u.view(), Transpose: s.transpose} })
			want, scale := apply(U, X, s.transpose), oracle.Zeros(s.b, s.n)
			for i := range s.b {
				fill(scale.Row(i), math.Sqrt(float64(s.m))*norm2(X.Row(i)))
			}
			if s.m == 0 || s.kind == "all zero" {
				t.exact(y, X)
				return
			}
			t.expect(y, want, scale, s.n+8)
		})
	})
}

func reflectBackwardCases(l *list) {
	reflectSpecs(func(short bool, s reflectSpec) {
		if s.m*s.n*s.b > 600000 { // the oracle takes a reflection at a time
			s.b = max(1, 600000/(s.m*s.n))
		}
		l.add("reflect_backward", s.String(), short, func(t *trial) {
			t.lay = s.lay
			reflectBackwardTrial(t, s)
		})
	})
}

func reflectBackwardTrial(t *trial, s reflectSpec) {
	U, Y, DY := t.reflectorsOf(s.kind, s.m, s.n, nan), t.values("Y", s.b, s.n), t.values("DY", s.b, s.n)
	u, y, dy, du := t.in("U", U), t.in("Y", Y), t.in("DY", DY), t.out("DU", s.m, s.n)
	dx := dy
	if !s.inPlace {
		dx = t.out("DX", s.b, s.n)
	}
	t.one(func() gpu.Op {
		return gpu.ReflectBackward{DX: dx.view(), DU: du.view(), DY: dy.view(), Y: y.view(), U: u.view(), Transpose: s.transpose}
	})
	t.expectReflected(s, dx, du, U, Y, DY, math.Sqrt(float64(s.m)))
}

// expectReflected says what the gradients of a product of reflectors must hold; growth is what the roundings of its steps grow to.
func (t *trial) expectReflected(s reflectSpec, dx, du *operand, U, Y, DY oracle.Matrix, growth float64) {
	X := apply(U, Y, !s.transpose) // what Y is the image of
	gradient := oracle.ApplyGradient
	if s.transpose {
		gradient = oracle.ApplyTransposedGradient
	}
	wantX, wantU := gradient(U, X, DY)
	scaleX, scaleU := oracle.Zeros(s.b, s.n), oracle.Zeros(s.m, s.n)
	products := 0.0
	for i := range s.b {
		fill(scaleX.Row(i), growth*norm2(DY.Row(i)))
		products += norm2(Y.Row(i)) * norm2(DY.Row(i))
	}
	for j := range s.m {
		if length := norm2(U.Row(j)[j:]); length > 0 {
			fill(scaleU.Row(j)[j:], growth*products/length)
		}
	}
	t.expect(dx, wantX, scaleX, s.n+8)
	t.expect(du, wantU, scaleU, s.n+s.b+8)
}

func apply(U, X oracle.Matrix, transpose bool) oracle.Matrix {
	if transpose {
		return oracle.ApplyTransposed(U, X)
	}
	return oracle.Apply(U, X)
}

func fill(x []float64, v float64) {
	for i := range x {
		x[i] = v
	}
}

// maskCases are the operations that write structural zeros.
func maskCases(l *list) {
	seen := map[string]bool{}
	reflectSpecs(func(short bool, s reflectSpec) {
		name := fmt.Sprintf("m=%d n=%d %v %s", s.m, s.n, s.lay, s.kind)
		if seen[name] {
			return // another batch, the same reflectors
		}
		seen[name] = true
		l.add("mask_reflectors", name, short, func(t *trial) {
			t.lay = s.lay
			U := t.reflectorsOf(s.kind, s.m, s.n, nan)
			u := t.in("U", U)
			t.one(func() gpu.Op { return gpu.MaskReflectors{U: u.view()} })
			t.exact(u, oracle.Mask(U))
		})
		l.add("normalize_reflectors", name, short, func(t *trial) {
			t.lay = s.lay
			U := t.reflectorsOf(s.kind, s.m, s.n, nan)
			u := t.in("U", U)
			t.one(func() gpu.Op { return gpu.NormalizeReflectors{U: u.view()} })
			want := oracle.Normalise(U)
			t.expect(u, want, abs(want), s.n+division)
		})
		l.add("mask_reflectors", "two sets "+name, short, func(t *trial) {
			t.lay = s.lay
			A, B := t.reflectorsOf(s.kind, s.m, s.n, nan), t.reflectorsOf(s.kind, s.m, s.n, nan)
			u := t.in("U", twoSets(A, B))
			t.one(func() gpu.Op { return gpu.MaskReflectors{U: u.view(), Sets: 2} })
			t.exact(u, twoSets(oracle.Mask(A), oracle.Mask(B)))
		})
		l.add("normalize_reflectors", "two sets "+name, short, func(t *trial) {
			t.lay = s.lay
			A, B := t.reflectorsOf(s.kind, s.m, s.n, nan), t.reflectorsOf(s.kind, s.m, s.n, nan)
			u := t.in("U", twoSets(A, B))
			t.one(func() gpu.Op { return gpu.NormalizeReflectors{U: u.view(), Sets: 2} })
			want := twoSets(oracle.Normalise(A), oracle.Normalise(B))
			t.expect(u, want, abs(want), s.n+division)
		})
	})
}

// twoSets returns a above b.
func twoSets(a, b oracle.Matrix) oracle.Matrix {
	data := append(append([]float64{}, a.Data...), b.Data...)
	return oracle.Matrix{Rows: a.Rows + b.Rows, Cols: a.Cols, Data: data}
}
