package parity

import (
	"fmt"

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
		s := rnnSpec{t: t, b: b, n: n, act: activations[(counter+1)%4], form: forms[counter%len(forms)], bare: counter%3 == 1, lay: lay}
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

func rnnForwardCases(l *list) {
	rnnSpecs([]string{"Z", "X", "in place"}, func(short bool, s rnnSpec) {
		l.add("rnn_forward", s.String(), short, func(t *trial) {
			t.lay = s.lay
			rnnForwardTrial(t, s)
		})
	})
	noInput := rnnSpec{t: 3, b: 4, n: 7, act: activations[3], form: "X", lay: padded}
	l.add("rnn_forward", noInput.String()+" no inputs", true, func(t *trial) {
		t.lay = noInput.lay
		rnnForwardTrial(t, noInput)
	})
}

func rnnForwardTrial(t *trial, s rnnSpec) {
	W, H0 := t.recurrent("W", s.n, radius), t.values("H0", s.b, s.n)
	in := t.recurrentInput(s)
	h, w := t.in("H", below(H0, in.states)), t.in("W", W)
	t.one(func() gpu.Op {
		op := gpu.RNNForward{H: h.view(), W: w.view(), Z: in.z.view(), X: in.x.view(), Wx: in.wx.view(), Bias: in.bias.view(), T: s.t, B: s.b, Act: s.act}
		if s.form == "in place" {
			op.Z = op.States()
		}
		return op
	})
	H := oracle.RNNForward(truth(s.act), W, H0, in.Z)
	t.exactRows(h, 0, H0)
	t.expectRows(h, s.b, H, forwardScale(W, H0, H, in.size, s.b), s.n+s.k+epilogue)
}

// recurrentInput is what comes into a forward recurrence from outside.
type recurrentInput struct {
	z, x, wx, bias *operand
	Z, size        oracle.Matrix // the pre-activations, and the sum of their absolute terms
	states         oracle.Matrix // what stands in the place of the states before the run
}

func (t *trial) recurrentInput(s rnnSpec) recurrentInput {
	var in recurrentInput
	if s.form == "X" {
		X, Wx, Bias := t.values("X", s.t*s.b, s.k), t.values("Wx", s.n, s.k), t.values("Bias", 1, s.n)
		in.x, in.wx, in.bias = t.in("X", X), t.in("Wx", Wx), t.in("Bias", Bias)
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

// forwardScale returns s_t = ‖W‖ s_{t−1} + ‖|W||h_{t−1}| + |z_t|‖ for every row.
func forwardScale(W, H0, H, size oracle.Matrix, b int) oracle.Matrix {
	scale := oracle.Zeros(H.Rows, H.Cols)
	absT := abs(W).T()
	carried := make([]float64, b)
	previous := H0
	for lo := 0; lo < H.Rows; lo += b {
		local := oracle.Add(oracle.Mul(abs(previous), absT), size.Slice(lo, lo+b))
		for i := range b {
			carried[i] = norm2(local.Row(i)) + (1+2*radius)*carried[i]
			fill(scale.Row(lo+i), carried[i])
		}
		previous = H.Slice(lo, lo+b)
	}
	return scale
}

// below returns the rows of a followed by those of b.
func below(a, b oracle.Matrix) oracle.Matrix {
	return oracle.New(a.Rows+b.Rows, a.Cols, append(a.Clone().Data, b.Data...))
}

func rnnBackwardCases(l *list) {
	rnnSpecs([]string{"every step", "last step", "in place"}, func(short bool, s rnnSpec) {
		l.add("rnn_backward", s.String(), short, func(t *trial) {
			t.lay = s.lay
			rnnBackwardTrial(t, s)
		})
	})
}

func rnnBackwardTrial(t *trial, s rnnSpec) {
	W, H0 := t.recurrent("W", s.n, radius), t.values("H0", s.b, s.n)
	H := round(oracle.RNNForward(truth(s.act), W, H0, t.values("Z", s.t*s.b, s.n)))
	given, DH := t.outerGradient(s)
	w, h, dh := t.in("W", W), t.in("H", below(H0, H)), t.in("DH", given)
	delta := dh
	if s.form != "in place" {
		delta = t.out("Delta", s.t*s.b, s.n)
	}
	var dh0 *operand
	if !s.bare {
		dh0 = t.out("DH0", s.b, s.n)
	}
	t.one(func() gpu.Op {
		return gpu.RNNBackward{Delta: delta.view(), W: w.view(), H: h.view(), DH: dh.view(), DH0: dh0.view(), T: s.t, B: s.b, Act: s.act}
	})
	g := oracle.RNNBackward(truth(s.act), W, H0, H, DH)
	scale, scale0 := backwardScale(W, g.Delta, DH, s.b)
	t.expect(delta, g.Delta, scale, s.n+epilogue)
	if dh0 != nil {
		t.expect(dh0, g.DH0, scale0, s.n+epilogue)
	}
}

// backwardScale returns s_t = ‖W‖ s_{t+1} + ‖|dh_t| + |W|ᵀ|δ_{t+1}|‖ for every row of δ, and the like for DH0.
func backwardScale(W, delta, DH oracle.Matrix, b int) (scale, scale0 oracle.Matrix) {
	scale, scale0 = oracle.Zeros(delta.Rows, delta.Cols), oracle.Zeros(b, delta.Cols)
	absW := abs(W)
	carried := make([]float64, b)
	later := oracle.Zeros(b, delta.Cols)
	for lo := delta.Rows - b; lo >= 0 && b > 0; lo -= b {
		local := oracle.Add(abs(DH.Slice(lo, lo+b)), later)
		for i := range b {
			carried[i] = norm2(local.Row(i)) + (1+2*radius)*carried[i]
			fill(scale.Row(lo+i), carried[i])
		}
		later = oracle.Mul(abs(delta.Slice(lo, lo+b)), absW)
	}
	for i := range b {
		fill(scale0.Row(i), norm2(later.Row(i))+(1+2*radius)*carried[i])
	}
	return scale, scale0
}

func rnnGradientCases(l *list) {
	rnnSpecs([]string{"X", "no X", "no DW"}, func(short bool, s rnnSpec) {
		l.add("rnn_gradient", s.String(), short, func(t *trial) {
			t.lay = s.lay
			rnnGradientTrial(t, s)
		})
	})
	for _, s := range []rnnSpec{{t: 784, b: 26, n: 33, form: "X", k: 1, lay: padded}, {t: 784, b: 26, n: 128, form: "X", k: 1, lay: tight}, {t: 20000, b: 1, n: 5, form: "no X", bare: true, lay: skewed}} {
		l.add("rnn_gradient", s.String(), s.n == 5, func(t *trial) {
			t.lay = s.lay
			rnnGradientTrial(t, s)
		})
	}
}

func rnnGradientTrial(t *trial, s rnnSpec) {
	Delta, H := t.values("Delta", s.t*s.b, s.n), t.values("H", (s.t+1)*s.b, s.n)
	d, h := t.in("Delta", Delta), t.in("H", H)
	var x, dwx, dbias *operand
	k := s.t*s.b + few
	product := func(o *operand, X oracle.Matrix) {
		t.expect(o, oracle.Mul(Delta.T(), X), oracle.Mul(abs(Delta).T(), abs(X)), k)
	}
	var dw *operand
	if s.form != "no DW" {
		dw = t.out("DW", s.n, s.n)
		product(dw, H.Slice(0, s.t*s.b))
	}
	if s.form == "X" {
		X := t.values("X", s.t*s.b, s.k)
		x, dwx = t.in("X", X), t.out("DWx", s.n, s.k)
		product(dwx, X)
	}
	if !s.bare {
		dbias = t.out("DBias", 1, s.n)
		t.expect(dbias, row(oracle.ColumnSums(Delta)), row(oracle.ColumnSums(abs(Delta))), k)
	}
	var ddiag *operand
	if s.form == "no DW" {
		ddiag = t.out("DDiag", 1, s.n)
		previous := H.Slice(0, s.t*s.b)
		t.expect(ddiag, row(oracle.ColumnSums(hadamard(Delta, previous))), row(oracle.ColumnSums(abs(hadamard(Delta, previous)))), k)
	}
	t.one(func() gpu.Op {
		return gpu.RNNGradient{DW: dw.view(), DWx: dwx.view(), DBias: dbias.view(), DDiag: ddiag.view(), Delta: d.view(), H: h.view(), X: x.view(), T: s.t, B: s.b}
	})
}

// hadamard returns a∘b.
func hadamard(a, b oracle.Matrix) oracle.Matrix {
	c := a.Clone()
	for i, v := range b.Data {
		c.Data[i] *= v
	}
	return c
}
