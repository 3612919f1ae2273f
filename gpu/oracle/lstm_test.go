package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestLSTMByHand fixes the order of the gates: the matrix and the pre-activations open and close them one by one.
func TestLSTMByHand(t *testing.T) {
	const open, shut = 40.0, -40.0
	for _, c := range []struct {
		name       string
		z          []float64 // i, f, g, o
		cell, want float64
	}{
		{"remember", []float64{shut, open, 3, open}, 0.5, math.Tanh(0.5)},
		{"write", []float64{open, shut, 0.25, open}, math.Tanh(0.25), math.Tanh(math.Tanh(0.25))},
		{"both", []float64{open, open, 0.25, open}, 0.5 + math.Tanh(0.25), math.Tanh(0.5 + math.Tanh(0.25))},
		{"closed", []float64{open, open, 0.25, shut}, 0.5 + math.Tanh(0.25), 0},
		{"half", []float64{open, shut, 0.25, 0}, math.Tanh(0.25), math.Tanh(math.Tanh(0.25)) / 2},
	} {
		s := LSTMForward(Zeros(4, 1), New(1, 1, []float64{9}), New(1, 1, []float64{0.5}), New(1, 4, c.z))
		nearValue(t, c.name+": c", s.C.At(0, 0), c.cell, 1e-15)
		nearValue(t, c.name+": h", s.H.At(0, 0), c.want, 1e-15)
	}
	// The state enters by W: h_0 = 2 opens the output gate alone.
	s := LSTMForward(New(4, 1, []float64{shut, open, 0, open}), New(1, 1, []float64{2}), New(1, 1, []float64{0.5}), Zeros(1, 4))
	nearValue(t, "h by W", s.H.At(0, 0), math.Tanh(0.5), 1e-15)
}

func TestLSTMGradients(t *testing.T) {
	for _, size := range [][3]int{{1, 1, 1}, {3, 2, 4}, {5, 1, 3}, {2, 3, 1}, {0, 2, 3}} {
		T, B, n := size[0], size[1], size[2]
		t.Run(fmt.Sprintf("T=%d/B=%d/n=%d", T, B, n), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(27, uint64(100*T+10*B+n)))
			W, H0, C0, Z, dH := random(rng, 4*n, n), random(rng, B, n), random(rng, B, n), random(rng, T*B, 4*n), random(rng, T*B, n)
			L := func() float64 { return Dot(dH, LSTMForward(W, H0, C0, Z).H) }
			s := LSTMForward(W, H0, C0, Z)
			d := LSTMBackward(W, C0, s, dH)
			near(t, "dZ", d.DZ, numerical(Z, L), 1e-9)
			near(t, "dH0", d.DH0, numerical(H0, L), 1e-9)
			near(t, "dC0", d.DC0, numerical(C0, L), 1e-9)
			near(t, "dW", WeightGradient(d.DZ, H0, s.H), numerical(W, L), 1e-9)
		})
	}
}
