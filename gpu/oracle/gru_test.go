package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestGRUByHand fixes the order of the gates and where the reset gate acts.
func TestGRUByHand(t *testing.T) {
	const open, shut = 40.0, -40.0
	W, H0, hidden := New(3, 1, []float64{0, 0, 2}), New(1, 1, []float64{0.5}), []float64{0.25}
	for _, c := range []struct {
		name string
		a    []float64 // r, z, n
		want float64
	}{
		{"keep", []float64{open, open, 3}, 0.5},
		{"replace", []float64{open, shut, 3}, math.Tanh(3 + 2*0.5 + 0.25)},
		{"reset", []float64{shut, shut, 3}, math.Tanh(3)},
		{"half", []float64{0, 0, 3}, (math.Tanh(3+(2*0.5+0.25)/2) + 0.5) / 2},
	} {
		s := GRUForward(W, hidden, H0, New(1, 3, c.a))
		nearValue(t, c.name, s.H.At(0, 0), c.want, 1e-15)
		nearValue(t, c.name+": m", s.G.At(0, 3), 1.25, 0)
	}
	// A state that is dropped goes on behind z, and W does not see it.
	for _, c := range []struct{ z, want float64 }{{open, 0.5}, {shut, math.Tanh(3 + 0.25)}} {
		s := MaskedGRUForward(W, hidden, H0, New(1, 3, []float64{open, c.z, 3}), Zeros(1, 1))
		nearValue(t, "dropped", s.H.At(0, 0), c.want, 1e-15)
		nearValue(t, "dropped: m", s.G.At(0, 3), 0.25, 0)
	}
}

func TestGRUGradients(t *testing.T) {
	for _, size := range [][3]int{{1, 1, 1}, {3, 2, 4}, {5, 1, 3}, {2, 3, 1}, {0, 2, 3}} {
		for _, withMask := range []bool{false, true} {
			T, B, n := size[0], size[1], size[2]
			t.Run(fmt.Sprintf("T=%d/B=%d/n=%d/masked=%t", T, B, n, withMask), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(29, uint64(100*T+10*B+n)))
				W, hidden, H0, A, dH := random(rng, 3*n, n), random(rng, 1, n), random(rng, B, n), random(rng, T*B, 3*n), random(rng, T*B, n)
				var mask Matrix
				if withMask {
					mask = Zeros(B, n)
					for i := range mask.Data {
						mask.Data[i] = []float64{2, 0, 1.25, 0.5}[i%4]
					}
				}
				forward := func() GRUStates { return MaskedGRUForward(W, hidden.Data, H0, A, mask) }
				L := func() float64 { return Dot(dH, forward().H) }
				s := forward()
				d := MaskedGRUBackward(W, H0, s, dH, mask)
				columns := func(lo, hi int) Matrix {
					c := Zeros(T*B, hi-lo)
					for i := range c.Rows {
						copy(c.Row(i), d.DZ.Row(i)[lo:hi])
					}
					return c
				}
				near(t, "dA", columns(0, 3*n), numerical(A, L), 1e-9)
				near(t, "dH0", d.DH0, numerical(H0, L), 1e-9)
				given, H := masked(H0, mask), s.H.Clone()
				for t := range T {
					copy(H.Slice(t*B, (t+1)*B).Data, masked(s.H.Slice(t*B, (t+1)*B), mask).Data)
				}
				dW := WeightGradient(columns(0, 2*n), given, H)
				dW = New(3*n, n, append(dW.Data, WeightGradient(columns(3*n, 4*n), given, H).Data...))
				near(t, "dW", dW, numerical(W, L), 1e-9)
				near(t, "dHidden", New(1, n, ColumnSums(columns(3*n, 4*n))), numerical(hidden, L), 1e-9)
			})
		}
	}
}
