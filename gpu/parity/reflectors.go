package parity

import (
	"fmt"
	"math"

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

// unscaled are the kinds of reflectors whose squares are no fp32 numbers.
var unscaled = []string{"tiny", "huge", "extreme"}

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
	for _, kind := range append([]string{"zero", "all zero", "parallel", "large and small"}, unscaled...) {
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

// reflectorsOf returns reflectors of a kind: some zero, all zero, nearly parallel, or of very different lengths. The squares of tiny ones
// vanish in fp32, those of huge ones overflow, extreme ones are both in turn, and the entries of denormal ones are denormal numbers.
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
			case kind == "tiny" || kind == "extreme" && j%3 == 0:
				v *= 1e-30
			case kind == "huge" || kind == "extreme" && j%3 == 1:
				v *= 1e30
			case kind == "denormal":
				v *= 1e-40
			}
			u.Set(j, i, float64(float32(v)))
		}
	}
	return u
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

// reflectorSets calls add with every set of reflectors of reflectSpecs, whatever it is applied to.
func reflectorSets(add func(short bool, name string, s reflectSpec)) {
	seen := map[string]bool{}
	reflectSpecs(func(short bool, s reflectSpec) {
		name := fmt.Sprintf("m=%d n=%d %v %s", s.m, s.n, s.lay, s.kind)
		if !seen[name] {
			seen[name] = true
			add(short, name, s)
		}
	})
}

// denormalSets calls add with sets of reflectors whose entries are denormal numbers, for the operations that take them.
func denormalSets(add func(short bool, name string, s reflectSpec)) {
	for i, size := range [][2]int{{1, 1}, {7, 7}, {16, 33}, {128, 128}, {5, 512}} {
		s := reflectSpec{m: size[0], n: size[1], kind: "denormal", inPlace: i%2 == 1, lay: []layout{padded, tight}[i%2]}
		add(size[1] == 33, fmt.Sprintf("m=%d n=%d %v %s", s.m, s.n, s.lay, s.kind), s)
	}
}

// twoSets returns a above b.
func twoSets(a, b oracle.Matrix) oracle.Matrix {
	data := append(append([]float64{}, a.Data...), b.Data...)
	return oracle.Matrix{Rows: a.Rows + b.Rows, Cols: a.Cols, Data: data}
}
