//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// lstmCase is an LSTM to test, forward and backward.
type lstmCase struct {
	n, k, t, b int // k −1: Z is given
	lay        layout
	inPlace    bool // Z is G, DZ is G
	lastOnly   bool
	bare       bool // no bias, no DH0, no DC0, and what W was given under a mask is not kept
	masked     bool // with a mask of the states
}

func (c lstmCase) String() string {
	return fmt.Sprintf("n=%d,k=%d,T=%d,B=%d,%v,inplace=%v,last=%v,bare=%v,masked=%v", c.n, c.k, c.t, c.b, c.lay, c.inPlace, c.lastOnly, c.bare, c.masked)
}

// mask places the mask of the states, of which some are 0; its values are ones, and neither is on the device, without one.
func (c lstmCase) mask(t *testing.T, dev *gpu.Device) (mask gpu.View, values []float32, masked operand) {
	values = make([]float32, c.b*c.n)
	for i := range values {
		values[i] = 1
		if c.masked {
			values[i] = []float32{1.25, 0, 0.5, 1, 0, 0.75, 1}[i%7]
		}
	}
	if !c.masked {
		return mask, values, masked
	}
	if !c.bare {
		masked = newOperand(t, dev, "masked", c.t*c.b, c.n, c.lay)
	}
	return newFilled(t, dev, "mask", c.b, c.n, c.lay, values).View, values, masked
}

// checkMasked requires of what W was given the products of the states h and the mask, and adds it to the outputs.
func (c lstmCase) checkMasked(t *testing.T, masked operand, h, mask []float32, outputs [][]float32) [][]float32 {
	if !c.masked || c.bare {
		return outputs
	}
	want := make([]float64, c.t*c.b*c.n)
	for i := range want {
		want[i] = float64(h[i] * mask[i%len(mask)])
	}
	got := masked.get()
	near(t, "masked", got, want, constant(len(want), 0))
	return append(outputs, got)
}

// lstmTrial holds the operands of an LSTM on the device, and their values.
type lstmTrial struct {
	lstmCase
	fwd                 gpu.LSTMForward
	bwd                 gpu.LSTMBackward
	h, c, g, dz, masked operand
	dh0, dc0            operand
	w, z, x, wx, bv, dh []float32
	m                   []float32 // the mask, ones without one
}

func newLSTMTrial(t *testing.T, dev *gpu.Device, c lstmCase) *lstmTrial {
	n, rows := c.n, c.t*c.b
	s := &lstmTrial{lstmCase: c}
	seed := uint64(0)
	fill := func(name string, rows, cols int, scale float64) (operand, []float32) {
		seed++
		v := randoms(seed, rows*cols)
		for i := range v {
			v[i] *= float32(scale)
		}
		return newFilled(t, dev, name, rows, cols, c.lay, v), v
	}
	states := func(name string) operand {
		o := newOperand(t, dev, name, rows+c.b, n, c.lay)
		seed++
		o.set(append(randoms(seed, c.b*n), make([]float32, rows*n)...))
		return o
	}
	s.h, s.c = states("H"), states("C")
	w, wv := fill("W", 4*n, n, 0.7/math.Sqrt(float64(n)))
	s.w = wv
	var mask gpu.View
	mask, s.m, s.masked = c.mask(t, dev)
	s.fwd = gpu.LSTMForward{H: s.h.View, C: s.c.View, W: w.View, Mask: mask, Masked: s.masked.View, T: c.t, B: c.b}
	s.g = newOperand(t, dev, "G", rows, 4*n, c.lay)
	switch {
	case c.k < 0 && c.inPlace:
		s.g, s.z = fill("Z", rows, 4*n, 1)
		s.fwd.Z = s.g.View
	case c.k < 0:
		var z operand
		z, s.z = fill("Z", rows, 4*n, 1)
		s.fwd.Z = z.View
	default:
		var x, wx operand
		x, s.x = fill("X", rows, c.k, 1)
		wx, s.wx = fill("Wx", 4*n, c.k, 0.5)
		s.fwd.X, s.fwd.Wx, s.bv = x.View, wx.View, make([]float32, 4*n)
		if !c.bare {
			var bias operand
			bias, s.bv = fill("bias", 1, 4*n, 1)
			s.fwd.Bias = bias.View
		}
	}
	s.fwd.G = s.g.View
	s.dz = s.g
	if !c.inPlace {
		s.dz = newOperand(t, dev, "DZ", rows, 4*n, c.lay)
	}
	given := rows
	if c.lastOnly {
		given = c.b
	}
	dh, dhv := fill("DH", given, n, 1)
	s.dh = dhv
	s.bwd = gpu.LSTMBackward{DZ: s.dz.View, W: w.View, G: s.g.View, C: s.c.View, DH: dh.View, Mask: mask, T: c.t, B: c.b}
	if !c.bare {
		s.dh0, s.dc0 = newOperand(t, dev, "DH0", c.b, n, c.lay), newOperand(t, dev, "DC0", c.b, n, c.lay)
		s.bwd.DH0, s.bwd.DC0 = s.dh0.View, s.dc0.View
	}
	return s
}

// testLSTM runs forward and backward, compares each step with one of float64 from what the device left before it, which bounds the error
// of each step by itself, and returns what was written.
func testLSTM(t *testing.T, dev *gpu.Device, c lstmCase) (outputs [][]float32) {
	t.Run(c.String(), func(t *testing.T) {
		s := newLSTMTrial(t, dev, c)
		runOps(t, dev, s.fwd)
		gates := s.g.get()
		s.checkForward(t, gates)
		runOps(t, dev, s.bwd)
		s.checkBackward(t, gates)
		outputs = [][]float32{s.h.get(), s.c.get(), gates, s.dz.get()}
		if !c.bare {
			outputs = append(outputs, s.dh0.get(), s.dc0.get())
		}
		outputs = c.checkMasked(t, s.masked, outputs[0], s.m, outputs)
	})
	return outputs
}

// preActivation returns a of a row and a gate's unit, and the sum of its absolute terms.
func (s *lstmTrial) preActivation(h []float32, row, i int) (sum, size float64) {
	add := func(v float64) { sum, size = sum+v, size+math.Abs(v) }
	for j := range s.n {
		add(float64(s.w[i*s.n+j]) * float64(h[row*s.n+j]) * float64(s.m[row%s.b*s.n+j]))
	}
	if s.k < 0 {
		add(float64(s.z[row*4*s.n+i]))
		return sum, size
	}
	for q := range s.k {
		add(float64(s.wx[i*s.k+q]) * float64(s.x[row*s.k+q]))
	}
	add(float64(s.bv[i]))
	return sum, size
}

func (s *lstmTrial) checkForward(t *testing.T, gates []float32) {
	n, rows := s.n, s.t*s.b
	h, c := s.h.get(), s.c.get()
	wantG, tolG := make([]float64, rows*4*n), make([]float64, rows*4*n)
	wantC, wantH, tol := make([]float64, rows*n), make([]float64, rows*n), make([]float64, rows*n)
	for row := range rows {
		for j := range n {
			var g [4]float64
			for k := range g {
				sum, size := s.preActivation(h, row, k*n+j)
				g[k] = 1 / (1 + math.Exp(-sum))
				if k == 2 {
					g[k] = math.Tanh(sum)
				}
				wantG[(row*4+k)*n+j], tolG[(row*4+k)*n+j] = g[k], unit*(size*(8+2*math.Sqrt(float64(n)))+16)
			}
			at := row*n + j
			of := func(k int) float64 { return float64(gates[(row*4+k)*n+j]) }
			wantC[at] = of(1)*float64(c[at]) + of(0)*of(2)
			wantH[at] = of(3) * math.Tanh(float64(c[at+s.b*n]))
			tol[at] = 16 * unit * (1 + math.Abs(float64(c[at])))
		}
	}
	near(t, "G", gates, wantG, tolG)
	near(t, "C", c[s.b*n:], wantC, tol)
	near(t, "H", h[s.b*n:], wantH, tol)
}

func (s *lstmTrial) checkBackward(t *testing.T, gates []float32) {
	n, rows := s.n, s.t*s.b
	c, dz := s.c.get(), s.dz.get()
	want, tol := make([]float64, rows*4*n), make([]float64, rows*4*n)
	carried, sizeC := make([]float64, s.b*n), make([]float64, s.b*n)
	product := func(row, j int) (sum, size float64) { // row of δ times column j of W, under the mask
		for i := range 4 * n {
			v := float64(dz[row*4*n+i]) * float64(s.w[i*n+j]) * float64(s.m[row%s.b*n+j])
			sum, size = sum+v, size+math.Abs(v)
		}
		return sum, size
	}
	bound := unit * (16 + 2*math.Sqrt(float64(4*n)))
	for row := rows - 1; row >= 0; row-- {
		for j := range n {
			var dh, size float64
			if row+s.b < rows {
				dh, size = product(row+s.b, j)
			}
			outer := 0.0
			switch {
			case !s.lastOnly || s.t == 1:
				outer = float64(s.dh[row*n+j])
			case row+s.b >= rows:
				outer = float64(s.dh[(row-(rows-s.b))*n+j])
			}
			dh, size = dh+outer, size+math.Abs(outer)
			g := func(k int) float64 { return float64(gates[(row*4+k)*n+j]) }
			at, b := row*n+j, row%s.b*n+j
			cell, before := math.Tanh(float64(c[at+s.b*n])), float64(c[at])
			carried[b] += dh * g(3) * (1 - cell*cell)
			sizeC[b] += size * g(3)
			for k, d := range [4]float64{carried[b] * g(2) * g(0) * (1 - g(0)), carried[b] * before * g(1) * (1 - g(1)), carried[b] * g(0) * (1 - g(2)*g(2)), dh * cell * g(3) * (1 - g(3))} {
				want[(row*4+k)*n+j] = d
				// What is carried has the rounding errors of as many steps as f lets through.
				tol[(row*4+k)*n+j] = bound * (size + 4*sizeC[b]*(1+math.Abs(before)))
			}
			carried[b] *= g(1)
			sizeC[b] *= g(1)
		}
	}
	near(t, "DZ", dz, want, tol)
	if s.bare {
		return
	}
	wantH, tolH, tolC := make([]float64, s.b*n), make([]float64, s.b*n), make([]float64, s.b*n)
	for at := range wantH {
		if s.t > 0 {
			var size float64
			wantH[at], size = product(at/n, at%n)
			tolH[at], tolC[at] = bound*size, 4*bound*sizeC[at]
		}
	}
	near(t, "DH0", s.dh0.get(), wantH, tolH)
	near(t, "DC0", s.dc0.get(), carried, tolC)
}
