package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

var activations = []struct {
	name string
	act  Activation
}{
	{"identity", Activation{}},
	{"relu", Activation{Kind: ReLU}},
	{"leaky 0.1", Activation{Kind: LeakyReLU, Slope: 0.1}},
	{"leaky 0", Activation{Kind: LeakyReLU}},
	{"tanh", Activation{Kind: Tanh}},
	{"modReLU", Activation{Kind: ModReLU, Units: []float64{-0.3, 0.2, 0, -0.6}}},
	{"scaled tanh", Activation{Kind: ScaledTanh, Units: []float64{0.5, 2, 1, 0.1}}},
}

func TestActivationByHand(t *testing.T) {
	for _, c := range []struct {
		act     Activation
		x, y, d float64
	}{
		{Activation{}, -2, -2, 1},
		{Activation{Kind: ReLU}, -2, 0, 0},
		{Activation{Kind: ReLU}, 0, 0, 0},
		{Activation{Kind: ReLU}, 3, 3, 1},
		{Activation{Kind: LeakyReLU, Slope: 0.25}, -2, -0.5, 0.25},
		{Activation{Kind: LeakyReLU, Slope: 0.25}, 0, 0, 0.25},
		{Activation{Kind: LeakyReLU, Slope: 0.25}, 3, 3, 1},
		{Activation{Kind: ModReLU, Unit: -0.5}, -2, -1.5, 1},
		{Activation{Kind: ModReLU, Unit: -0.5}, 0.5, 0, 0},
		{Activation{Kind: ModReLU, Unit: 0.5}, -0.25, -0.75, 1},
		{Activation{Kind: ModReLU, Unit: 0.5}, 0, 0, 0},
		{Activation{Kind: ScaledTanh, Unit: 2}, 0.25, math.Tanh(0.5) / 2, 1 - math.Tanh(0.5)*math.Tanh(0.5)},
		{Activation{Kind: Tanh}, 0.5, math.Tanh(0.5), 1 - math.Tanh(0.5)*math.Tanh(0.5)},
	} {
		nearValue(t, "φ", c.act.Value(c.x), c.y, 0)
		nearValue(t, "φ'", c.act.Derivative(c.y), c.d, 0)
	}
	if v := (Activation{Kind: ReLU}).Value(math.NaN()); !math.IsNaN(v) {
		t.Errorf("ReLU(NaN) = %g", v)
	}
}

// TestRNNForwardByHand runs scalars and a permutation, which fixes the direction
// of W and the time-major layout.
func TestRNNForwardByHand(t *testing.T) {
	W := New(2, 2, []float64{0, 2, 1, 0}) // h ← (2 h₁, h₀)
	H0 := New(2, 2, []float64{1, 10, 3, 5})
	Z := New(4, 2, []float64{0, 0, 1, 0, 0, 0, 0, -20})
	want := New(4, 2, []float64{20, 1, 11, 3, 2, 20, 6, 0})
	near(t, "H", RNNForward(Activation{Kind: ReLU}, W, H0, Z), want, 0)
}

func TestRNNGradients(t *testing.T) {
	for _, a := range activations {
		for _, s := range [][3]int{{1, 1, 1}, {3, 2, 4}, {5, 1, 3}, {2, 3, 1}, {1, 2, 3}} {
			T, B, n := s[0], s[1], s[2]
			t.Run(fmt.Sprintf("%s/T=%d/B=%d/n=%d", a.name, T, B, n), func(t *testing.T) {
				W, H0, Z, dH := smoothPoint(t, a.act, T, B, n)
				L := func() float64 { return Dot(dH, RNNForward(a.act, W, H0, Z)) }
				g := RNNBackward(a.act, W, H0, RNNForward(a.act, W, H0, Z), dH)
				near(t, "delta", g.Delta, numerical(Z, L), 1e-9)
				near(t, "dH0", g.DH0, numerical(H0, L), 1e-9)
				near(t, "dW", g.DW, numerical(W, L), 1e-9)
				if a.act.Units != nil {
					near(t, "dUnits", New(1, n, ColumnSums(g.DUnit)), numerical(New(1, n, a.act.Units[:n]), L), 1e-9)
				}
			})
		}
	}
}

// TestMaskedRNNGradients masks the states: a mask of ones changes nothing, and the gradients are those of another.
func TestMaskedRNNGradients(t *testing.T) {
	const T, B, n = 4, 3, 4
	act := Activation{Kind: Tanh}
	W, H0, Z, dH := smoothPoint(t, act, T, B, n)
	ones, mask := Zeros(B, n), Zeros(B, n)
	for i := range ones.Data {
		ones.Data[i], mask.Data[i] = 1, []float64{0, 2, 1.25, 0.5, 2}[i%5]
	}
	near(t, "H with ones", MaskedRNNForward(act, W, H0, Z, ones), RNNForward(act, W, H0, Z), 0)
	L := func() float64 { return Dot(dH, MaskedRNNForward(act, W, H0, Z, mask)) }
	g := MaskedRNNBackward(act, W, H0, MaskedRNNForward(act, W, H0, Z, mask), dH, mask)
	near(t, "delta", g.Delta, numerical(Z, L), 1e-9)
	near(t, "dH0", g.DH0, numerical(H0, L), 1e-9)
	near(t, "dW", g.DW, numerical(W, L), 1e-9)
}

// smoothPoint draws operands until no pre-activation is within 0.05 of the kink
// of φ, so that differences with a step of 1e-3 do not straddle it.
func smoothPoint(t *testing.T, act Activation, T, B, n int) (W, H0, Z, dH Matrix) {
	rng := rand.New(rand.NewPCG(uint64(act.Kind)+23, uint64(100*T+10*B+n)))
	for range 10000 {
		W = AddScaled(Zeros(n, n), 0.7/math.Sqrt(float64(n)), random(rng, n, n))
		H0, Z, dH = random(rng, B, n), random(rng, T*B, n), random(rng, T*B, n)
		H := RNNForward(act, W, H0, Z)
		all := append(append([]float64(nil), H0.Data...), H.Data...)
		previous := New((T+1)*B, n, all).Slice(0, T*B)
		closest := math.Inf(1)
		for i, pre := range Add(Mul(previous, W.T()), Z).Data {
			closest = math.Min(closest, math.Abs(pre))
			if act.Kind == ModReLU {
				closest = math.Min(closest, math.Abs(math.Abs(pre)+act.Units[i%n]))
			}
		}
		if act.Kind == Tanh || act.Kind == ScaledTanh || act.Kind == IdentityActivation || closest > 0.05 {
			return W, H0, Z, dH
		}
	}
	t.Fatal("no point away from the kinks in 10,000 draws")
	return
}

// TestRNNOfNoSteps keeps T = 0 and an empty batch defined.
func TestRNNOfNoSteps(t *testing.T) {
	g := RNNBackward(Activation{}, Identity(2), Zeros(3, 2), Zeros(0, 2), Zeros(0, 2))
	near(t, "dH0", g.DH0, Zeros(3, 2), 0)
	near(t, "dW", g.DW, Zeros(2, 2), 0)
	near(t, "H of an empty batch", RNNForward(Activation{}, Identity(2), Zeros(0, 2), Zeros(0, 2)), Zeros(0, 2), 0)
}

// TestRNNLinearIsPowers checks the whole recurrence against powers of W:
// h_T = W^T h_0 and dH0 = dH_T W^T for φ = identity and Z = 0.
func TestRNNLinearIsPowers(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 26))
	const T, B, n = 6, 3, 4
	W, H0, dH := random(rng, n, n), random(rng, B, n), Zeros(T*B, n)
	last := random(rng, B, n)
	copy(dH.Slice((T-1)*B, T*B).Data, last.Data)
	power := must[Matrix](t, "Power")(Power(W, T))
	H := RNNForward(Activation{}, W, H0, Zeros(T*B, n))
	near(t, "h_T", H.Slice((T-1)*B, T*B), Mul(H0, power.T()), 1e-12)
	near(t, "dH0", RNNBackward(Activation{}, W, H0, H, dH).DH0, Mul(last, power), 1e-12)
}
