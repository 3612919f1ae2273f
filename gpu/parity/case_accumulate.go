package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() {
	register(accumulateCases, Tolerance{Op: "accumulate", C: 1, K: "rounds + 4; none: exact",
		Scale: "|x| + rounds·|a·b|",
		Why:   "a rounding for each sum, and for each product where it is not fused"})
}

func accumulateCases(l *list) {
	for i, n := range []int{0, 1, 2, 3, 7, 31, 32, 33, 127, 128, 129, 2049, 70001} {
		for j, rounds := range []int{0, 1, 15, 16, 67} {
			inPlace := (i+j)%2 == 1
			l.add("accumulate", fmt.Sprintf("%d rounds of %d in place=%t", rounds, n, inPlace), n == 33, func(t *trial) {
				t.lay = []layout{tight, skewed}[(i+j)%2]
				const a, b = float32(-0.75), float32(0.1)
				X := t.values("X", 1, n)
				x := t.in("X", X)
				y := x
				if !inPlace {
					y = t.out("Y", 1, n)
				}
				t.one(func() gpu.Op { return gpu.Accumulate{Y: y.view(), X: x.view(), A: a, B: b, Rounds: rounds} })
				sum := float64(rounds) * float64(a) * float64(b)
				want := mapped(X, func(v float64) float64 { return v + sum })
				if rounds == 0 {
					t.exact(y, want)
					return
				}
				t.expect(y, want, mapped(abs(X), func(v float64) float64 { return v - sum }), rounds+few)
			})
		}
	}
}
