package parity

import (
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// rnnSpec is a recurrence of T steps of B samples with n hidden units.
type rnnSpec struct {
	t, b, n int
	act     gpu.Activation
	form    string // forward: "Z", "in place" or "X"; backward: "every step", "last step" or "in place"
	k       int    // inputs, where form is "X"
	bare    bool   // without the optional outputs
	masked  bool   // with a mask of the states
	inH     bool   // what W is given stands in H; backward: under a mask of zeros and ones, with form "last step"
	lay     layout
}

func (s rnnSpec) String() string {
	name := fmt.Sprintf("T=%d B=%d n=%d %v %s %v", s.t, s.b, s.n, s.act, s.form, s.lay)
	if s.k > 0 {
		name += fmt.Sprintf(" k=%d", s.k)
	}
	if s.bare {
		name += " bare"
	}
	if s.masked {
		name += " masked"
	}
	if s.inH {
		name += " in H"
	}
	return name
}

// radius is r of the recurrent matrices: their norm is at most 1 + radius but for rounding.
const radius = 0.01

// rnnSpecs calls add with every hidden size, with T and B of every size, with all activations and forms, and with long sequences.
// Executors may make code for each hidden size, activation and form, which takes longer than to run it: what varies T or B keeps
// the rest.
func rnnSpecs(forms []string, add func(short bool, s rnnSpec)) {
	layouts := []layout{padded, tight, wide, skewed}
	counter := 0
	next := func(short bool, t, b, n int, lay layout) {
		s := rnnSpec{t: t, b: b, n: n, act: simple[(counter+1)%4], form: forms[counter%len(forms)], bare: counter%3 == 1, lay: lay}
		if s.form == "X" {
			s.k = []int{1, 2, 28, 3, 33}[counter%5]
		}
		counter++
		add(short, s)
	}
	for i, n := range sizes {
		next(n == 33, []int{3, 1, 2}[i%3], 5, n, layouts[i%4])
		next(n == 32, []int{2, 7, 4}[i%3], 2, n, layouts[(i+1)%4])
	}
	for i, size := range sizes {
		add(size == 31, rnnSpec{t: 2, b: size, n: 32, act: activations[1], form: forms[0], lay: wide})
		add(size == 31, rnnSpec{t: size, b: 3, n: 12, act: activations[3], form: forms[i%len(forms)], k: 2 * btoi(forms[i%len(forms)] == "X"), lay: tight})
	}
	for _, act := range activations {
		for _, form := range forms {
			add(act.Kind == gpu.Tanh, rnnSpec{t: 9, b: 4, n: 16, act: act, form: form, k: 3 * btoi(form == "X"), lay: tight})
		}
	}
	for _, act := range activations[len(simple):] {
		for i, size := range [][3]int{{3, 5, 33}, {2, 3, 129}, {300, 2, 32}, {3, 2, 300}, {2, 2, 2100}, {0, 3, 5}, {3, 0, 5}} {
			s := rnnSpec{t: size[0], b: size[1], n: size[2], act: act, form: forms[i%len(forms)], lay: layouts[i%4]}
			s.k = 2 * btoi(s.form == "X")
			add(i == 0 || i > 4, s)
		}
	}
	for i, size := range [][3]int{{3, 5, 33}, {4, 3, 16}, {2, 3, 129}, {3, 4, 32}, {300, 2, 32}, {3, 2, 300}, {2, 2, 2100}, {0, 3, 5}, {3, 0, 5}, {1, 2, 7}} {
		s := rnnSpec{t: size[0], b: size[1], n: size[2], act: activations[(i+1)%len(activations)], form: forms[i%len(forms)], lay: layouts[i%4], masked: true, bare: i%3 == 2}
		s.k = 2 * btoi(s.form == "X")
		add(i < 2 || i > 6, s)
	}
	for i, size := range [][3]int{{3, 5, 33}, {4, 3, 16}, {2, 33, 129}, {300, 2, 32}, {3, 2, 300}, {2, 2, 2100}, {0, 3, 5}, {3, 0, 5}, {1, 2, 7}, {1, 1, 8}} {
		s := rnnSpec{t: size[0], b: size[1], n: size[2], act: activations[i%len(activations)], form: forms[i%len(forms)], lay: layouts[i%4], masked: true, inH: true, bare: i%3 == 1}
		if slices.Contains(forms, "last step") { // where all states are read none of them may be masked
			s.form = "last step"
		}
		s.k = 2 * btoi(s.form == "X")
		add(i < 2 || i > 6, s)
	}
	for i, size := range [][3]int{{784, 3, 32}, {784, 2, 128}, {2000, 1, 7}, {100, 4, 64}, {2, 129, 33}} { // long sequences, and a large batch
		next(i == 0, size[0], size[1], size[2], layouts[i%2+1])
	}
	for i, size := range [][3]int{{3, 5, 256}, {4, 3, 300}, {3, 2, 512}, {2, 34, 257}, {2, 3, 2100}} { // where one work group may not hold n
		next(false, size[0], size[1], size[2], layouts[i%4])
	}
	for _, size := range [][3]int{{0, 3, 5}, {3, 0, 5}, {3, 4, 0}, {0, 0, 0}} {
		for range forms {
			next(true, size[0], size[1], size[2], padded)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// recurrentInput is what comes into a forward recurrence from outside.
type recurrentInput struct {
	z, x, wx, bias *operand      // with s.bare there is no bias
	Z, size        oracle.Matrix // the pre-activations, and the sum of their absolute terms
	states         oracle.Matrix // what stands in the place of the states before the run
}

func (t *trial) recurrentInput(s rnnSpec) recurrentInput {
	var in recurrentInput
	if s.form == "X" {
		X, Wx, Bias := t.values("X", s.t*s.b, s.k), t.values("Wx", s.n, s.k), oracle.Zeros(1, s.n)
		in.x, in.wx = t.in("X", X), t.in("Wx", Wx)
		if !s.bare {
			Bias = t.values("Bias", 1, s.n)
			in.bias = t.in("Bias", Bias)
		}
		in.Z, in.size = affine(X, Wx, Bias), affine(abs(X), abs(Wx), abs(Bias))
	} else {
		in.Z = t.values("Z", s.t*s.b, s.n)
		in.size = abs(in.Z)
	}
	in.states = in.Z
	if s.form != "in place" {
		in.states = filled(s.t*s.b, s.n, nan)
	}
	if s.form == "Z" {
		in.z = t.in("Z", in.Z)
	}
	return in
}

// mask places the mask of the states, which has some zeros, and none above 1, so that bounds hold as without it. Without a mask both
// are absent.
func (t *trial) mask(wanted bool, b, n int) (mask *operand, M oracle.Matrix) {
	if !wanted {
		return nil, M
	}
	M = mapped(t.uniform("Mask", b, n, -0.5, 1), func(v float64) float64 { return max(v, 0) })
	return t.in("Mask", M), M
}

// backwardMask places the mask of a backward pass, of zeros and ones where it is in H already.
func (t *trial) backwardMask(s rnnSpec) (mask *operand, M oracle.Matrix) {
	if !s.inH {
		return t.mask(s.masked, s.b, s.n)
	}
	M = mapped(t.uniform("Mask", s.b, s.n, -0.5, 1), func(v float64) float64 { return float64(btoi(v > 0)) })
	return t.in("Mask", M), M
}

// given returns the states of a recurrence from H0 on, as the forward pass leaves them.
func (s rnnSpec) given(H0, H, M oracle.Matrix) oracle.Matrix {
	all := below(H0, H)
	if s.inH {
		copy(all.Data, repeated(all.Slice(0, s.t*s.b), M).Data)
	}
	return all
}

// repeated returns m∘M with the rows of M over and over, m where M is the zero Matrix.
func repeated(m, M oracle.Matrix) oracle.Matrix {
	r := m.Clone()
	for i := range r.Data[:len(r.Data)*btoi(len(M.Data) > 0)] {
		r.Data[i] *= M.Data[i%len(M.Data)]
	}
	return r
}

// maskedStates returns where what W is given is expected: in H, which is h, or apart from it; absent where it is not wanted.
func (t *trial) maskedStates(s rnnSpec, h *operand) *operand {
	switch {
	case !s.masked || s.bare && !s.inH:
		return nil
	case s.inH:
		return &operand{t: t, name: "H", off: h.off, rows: s.t * s.b, cols: s.n, stride: h.stride}
	}
	return t.out("Masked", s.t*s.b, s.n)
}

// expectStates expects the states H from h_0 on, of a recurrence under the mask M, and what W was given.
func (t *trial) expectStates(s rnnSpec, h, masked *operand, M, H0, H, scale oracle.Matrix, k int) {
	from, to := s.b, (s.t+1)*s.b // the states that are there as they are
	if s.inH {
		from = s.t * s.b
	} else {
		t.exactRows(h, 0, H0)
	}
	t.expectRows(h, from, below(H0, H).Slice(from, to), below(oracle.Zeros(s.b, s.n), scale).Slice(from, to), k)
	t.expectMasked(masked, M, H0, H, scale, k)
}

// expectMasked expects mask∘h_{t−1}, of the T·B rows from h_0 on, and their scale below that of h_0.
func (t *trial) expectMasked(masked *operand, M, H0, H, scale oracle.Matrix, k int) {
	if masked == nil {
		return
	}
	want, size := below(H0, H).Slice(0, H.Rows), below(abs(H0), oracle.Add(scale, abs(H))).Slice(0, H.Rows)
	t.expect(masked, repeated(want, M), size, k)
}

// outerGradient returns dL/dh as it is given to a backward recurrence, and for every step.
func (t *trial) outerGradient(s rnnSpec) (given, every oracle.Matrix) {
	if s.form != "last step" {
		given = t.values("DH", s.t*s.b, s.n)
		return given, given
	}
	given, every = t.values("DH", s.b, s.n), oracle.Zeros(s.t*s.b, s.n)
	if s.t > 0 {
		copy(every.Slice((s.t-1)*s.b, s.t*s.b).Data, given.Data)
	}
	return given, every
}

// affine returns X Wxᵀ + 1 Bias.
func affine(X, Wx, Bias oracle.Matrix) oracle.Matrix {
	Z := oracle.Mul(X, Wx.T())
	for i := range Z.Rows {
		for j := range Z.Cols {
			Z.Set(i, j, Z.At(i, j)+Bias.At(0, j))
		}
	}
	return Z
}

// below returns the rows of a followed by those of b.
func below(a, b oracle.Matrix) oracle.Matrix {
	return oracle.New(a.Rows+b.Rows, a.Cols, append(a.Clone().Data, b.Data...))
}

// hadamard returns a∘b.
func hadamard(a, b oracle.Matrix) oracle.Matrix {
	c := a.Clone()
	for i, v := range b.Data {
		c.Data[i] *= v
	}
	return c
}
