package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// gatedSpec is a recurrence with gates of T steps of B samples with n hidden units.
type gatedSpec struct {
	t, b, n int
	form    string // forward: "Z", "in place", "X" or "no gates"; backward: "every step", "last step" or "in place"
	k       int    // inputs, where form is "X" or "no gates"
	bare    bool   // without the optional operands
	masked  bool   // with a mask of the states
	lay     layout
}

func (s gatedSpec) String() string {
	name := fmt.Sprintf("T=%d B=%d n=%d %s %v", s.t, s.b, s.n, s.form, s.lay)
	if s.k > 0 {
		name += fmt.Sprintf(" k=%d", s.k)
	}
	if s.bare {
		name += " bare"
	}
	if s.masked {
		name += " masked"
	}
	return name
}

// gatedSpecs calls add with every hidden size, with T and B of every size, with all forms, and with long sequences.
func gatedSpecs(forms []string, add func(short bool, s gatedSpec)) {
	layouts := []layout{padded, tight, wide, skewed}
	counter := 0
	next := func(short bool, t, b, n int, lay layout) {
		s := gatedSpec{t: t, b: b, n: n, form: forms[counter%len(forms)], bare: counter%3 == 1, lay: lay}
		if s.form == "X" || s.form == "no gates" {
			s.k = []int{1, 2, 28, 3, 33, 0}[counter%6]
		}
		counter++
		add(short, s)
	}
	for i, n := range sizes {
		next(n <= 3, []int{3, 1, 2}[i%3], 5, n, layouts[i%4])
		next(n == 32 || n == 33, []int{2, 7, 4}[i%3], 2, n, layouts[(i+1)%4])
	}
	for i, size := range sizes {
		next(size == 31, 2, size, 32, layouts[i%4])
		next(size == 31, size, 3, 12, layouts[(i+1)%4])
	}
	for i, size := range [][3]int{{784, 3, 32}, {400, 2, 128}, {2000, 1, 7}, {2, 129, 33}, {3, 3, 256}, {2, 34, 257}, {2, 3, 600}} {
		next(false, size[0], size[1], size[2], layouts[i%4])
	}
	for _, size := range [][3]int{{0, 3, 5}, {3, 0, 5}, {3, 4, 0}, {0, 0, 0}} {
		for range forms {
			next(true, size[0], size[1], size[2], padded)
		}
	}
}

// maskedSpecs calls add with recurrences whose states are masked.
func maskedSpecs(forms []string, add func(short bool, s gatedSpec)) {
	layouts := []layout{padded, tight, wide, skewed}
	for i, size := range [][3]int{{3, 5, 33}, {4, 3, 16}, {1, 2, 7}, {2, 3, 129}, {40, 2, 32}, {3, 2, 300}, {0, 3, 5}, {3, 0, 5}, {1, 1, 1}, {5, 1, 3}} {
		s := gatedSpec{t: size[0], b: size[1], n: size[2], form: forms[i%len(forms)], bare: i%3 == 2, masked: true, lay: layouts[i%4]}
		s.k = 2 * btoi(s.form == "X" || s.form == "no gates")
		add(i < 2 || i > 5, s)
	}
}

// gated returns the stacked recurrent matrices of gates gates, of norm about √gates/2.
func (t *trial) gated(name string, gates, n int) oracle.Matrix {
	w := oracle.Zeros(0, n)
	for g := range gates {
		w = below(w, mapped(t.recurrent(fmt.Sprintf("%s/%d", name, g), n, radius), func(v float64) float64 { return v / 2 }))
	}
	return w
}

// What rounding errors of one step grow into: four random errors of its size are carried through the derivative of all later steps, and
// carriedErrors times what they have become is allowed beside the errors of the step itself. Errors add up like that rather than like norms
// of derivatives, whose product over a long sequence says nothing.
const (
	tangents      = 4
	carriedErrors = 8
)

// carried is four errors of the rows of a batch.
type carried [tangents]oracle.Matrix

func newCarried(rows, cols int) (c carried) {
	for k := range c {
		c[k] = oracle.Zeros(rows, cols)
	}
	return c
}

// at returns what is to be expected of an error at (b, j): the largest of the four, and the root of their mean square over the row.
func (c *carried) at(b, j int) float64 {
	most, squares := 0.0, 0.0
	for k := range c {
		most = max(most, math.Abs(c[k].At(b, j)))
		for _, e := range c[k].Row(b) {
			squares += e * e
		}
	}
	return most + math.Sqrt(squares/float64(tangents*c[0].Cols))
}

// errorSource draws errors in ±size.
type errorSource func(size float64) float64

func (t *trial) errors() errorSource {
	src := t.source("errors")
	return func(size float64) float64 { return size * (2*float64(src.Uint32())/math.MaxUint32 - 1) }
}

// lstmScales says how large errors may be of everything that a step computes, per C·k·2⁻²⁴.
type lstmScales struct{ H, C, G oracle.Matrix }

// lstmForwardScale takes the sum of the absolute terms of the pre-activations from outside, and what an error in a gate is beside one
// of k roundings.
func (t *trial) lstmForwardScale(W, H0, C0, M oracle.Matrix, s oracle.LSTMStates, size oracle.Matrix, k int) lstmScales {
	b, n, draw := H0.Rows, W.Cols, t.errors()
	out := lstmScales{oracle.Zeros(s.H.Rows, n), oracle.Zeros(s.H.Rows, n), oracle.Zeros(s.H.Rows, 4*n)}
	eh, ec, h, c := newCarried(b, n), newCarried(b, n), H0, C0
	absT, gateError := abs(W).T(), epilogue/float64(k)
	for lo := 0; lo < s.H.Rows; lo += b {
		sums := oracle.Add(oracle.Mul(repeated(abs(h), M), absT), size.Slice(lo, lo+b))
		var ea carried
		for q := range ea {
			ea[q] = oracle.Mul(repeated(eh[q], M), W.T())
		}
		for r := range b {
			row := lo + r
			localH, localC := make([]float64, n), make([]float64, n)
			for j := range n {
				i, f, g, o := s.G.At(row, j), s.G.At(row, n+j), s.G.At(row, 2*n+j), s.G.At(row, 3*n+j)
				cell := math.Tanh(s.C.At(row, j))
				slopes := [4]float64{i * (1 - i), f * (1 - f), 1 - g*g, o * (1 - o)}
				var local [4]float64
				for gate, slope := range slopes {
					local[gate] = slope*sums.At(r, gate*n+j) + gateError
					out.G.Set(row, gate*n+j, local[gate]+carriedErrors*slope*ea.at(r, gate*n+j))
				}
				localC[j] = math.Abs(g)*local[0] + math.Abs(c.At(r, j))*local[1] + i*local[2] + gateError*(math.Abs(f*c.At(r, j))+math.Abs(i*g))
				localH[j] = math.Abs(cell)*local[3] + gateError
				for q := range tangents {
					var e [4]float64
					for gate, slope := range slopes {
						e[gate] = slope*ea[q].At(r, gate*n+j) + draw(local[gate])
					}
					ec[q].Set(r, j, f*ec[q].At(r, j)+e[0]*g+e[1]*c.At(r, j)+e[2]*i)
					eh[q].Set(r, j, e[3]*cell+o*(1-cell*cell)*ec[q].At(r, j)+draw(gateError))
				}
			}
			for j := range n {
				out.C.Set(row, j, localC[j]+carriedErrors*ec.at(r, j))
				out.H.Set(row, j, localH[j]+localC[j]+carriedErrors*eh.at(r, j))
			}
		}
		h, c = s.H.Slice(lo, lo+b), s.C.Slice(lo, lo+b)
	}
	return out
}

// lstmBackwardScale returns the scales of δ, and of the gradients of the initial states.
func (t *trial) lstmBackwardScale(W, C0, M oracle.Matrix, s oracle.LSTMStates, d oracle.LSTMGradient, DH oracle.Matrix, k int) (DZ, DH0, DC0 oracle.Matrix) {
	b, n, draw := C0.Rows, W.Cols, t.errors()
	DZ, DH0, DC0 = oracle.Zeros(d.DZ.Rows, 4*n), oracle.Zeros(b, n), oracle.Zeros(b, n)
	ez, ec, absW, gateError := newCarried(b, 4*n), newCarried(b, n), abs(W), epilogue/float64(k)
	flushed := float64(4*n) * smallest / (float64(k) * unit) // what of a sum may be below the normal numbers, where gradients vanish
	later, sizeC := oracle.Zeros(b, n), oracle.Zeros(b, n)   // Σ|W||δ|, and |dc|
	product := func() (eh carried) {
		for q := range eh {
			eh[q] = repeated(oracle.Mul(ez[q], W), M)
		}
		return eh
	}
	for lo := d.DZ.Rows - b; lo >= 0 && b > 0; lo -= b {
		eh, before := product(), C0
		if lo > 0 {
			before = s.C.Slice(lo-b, lo)
		}
		for r := range b {
			row := lo + r
			local := make([]float64, 4*n)
			for j := range n {
				i, f, g, o := s.G.At(row, j), s.G.At(row, n+j), s.G.At(row, 2*n+j), s.G.At(row, 3*n+j)
				cell, cp := math.Tanh(s.C.At(row, j)), before.At(r, j)
				slopes := [4]float64{g * i * (1 - i), cp * f * (1 - f), i * (1 - g*g), cell * o * (1 - o)}
				through := o * (1 - cell*cell)
				sizeH := math.Abs(DH.At(row, j)) + later.At(r, j)
				size := sizeH*(through+gateError*o) + sizeC.At(r, j)
				open := [4]float64{math.Abs(g) * i, math.Abs(cp) * f, i, math.Abs(cell) * o} // 1 − i is rounded as 1 is
				for gate, of := range [4]float64{size, size, size, sizeH} {
					local[gate*n+j] = of * (math.Abs(slopes[gate]) + gateError*open[gate])
				}
				sizeC.Set(r, j, size*f)
				for q := range tangents {
					dh := eh[q].At(r, j) + draw(sizeH)
					dc := ec[q].At(r, j) + dh*through + draw(size)
					for gate, of := range [4]float64{dc, dc, dc, dh} {
						ez[q].Set(r, gate*n+j, of*slopes[gate]+draw(local[gate*n+j]))
					}
					ec[q].Set(r, j, dc*f)
				}
			}
			for j, own := range local {
				DZ.Set(row, j, own+flushed+carriedErrors*ez.at(r, j))
			}
		}
		later = repeated(oracle.Mul(abs(d.DZ.Slice(lo, lo+b)), absW), M)
	}
	eh := product()
	for r := range b {
		for j := range n {
			DH0.Set(r, j, later.At(r, j)+flushed+carriedErrors*eh.at(r, j))
			DC0.Set(r, j, sizeC.At(r, j)+flushed+carriedErrors*ec.at(r, j))
		}
	}
	return DZ, DH0, DC0
}
