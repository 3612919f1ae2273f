package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestGemmByHand(t *testing.T) {
	A := New(2, 3, []float64{1, 2, 3, 4, 5, 6})
	B := New(3, 2, []float64{1, 0, 0, 1, 1, 1})
	C := New(2, 2, []float64{1, 1, 1, 1})
	// A·B = (4 5; 10 11)
	o := GemmOptions{Alpha: 2, Beta: 3, ColumnScale: []float64{1, -1}, Bias: []float64{0.5, 4}}
	near(t, "before φ", Gemm(o, A, B, C), New(2, 2, []float64{11.5, -3, 23.5, -15}), 0)
	o.Activation = Activation{Kind: LeakyReLU, Slope: 0.5}
	near(t, "after φ", Gemm(o, A, B, C), New(2, 2, []float64{11.5, -1.5, 23.5, -7.5}), 0)
}

func TestGemmTransposes(t *testing.T) {
	rng := rand.New(rand.NewPCG(27, 28))
	for _, s := range [][3]int{{1, 1, 1}, {3, 4, 5}, {7, 0, 2}, {33, 31, 3}, {0, 2, 3}} {
		A, B := random(rng, s[0], s[1]), random(rng, s[1], s[2])
		nan := Zeros(s[0], s[2])
		for i := range nan.Data {
			nan.Data[i] = math.NaN()
		}
		for _, ta := range []bool{false, true} {
			for _, tb := range []bool{false, true} {
				a, b := A, B
				if ta {
					a = A.T()
				}
				if tb {
					b = B.T()
				}
				got := Gemm(GemmOptions{TransposeA: ta, TransposeB: tb, Alpha: 1}, a, b, nan)
				near(t, fmt.Sprint(s, ta, tb), got, Mul(A, B), 1e-13)
			}
		}
	}
}

func TestColumnSums(t *testing.T) {
	A := New(3, 2, []float64{1, 2, 3, 4, 5, -6})
	nearSlice(t, "ColumnSums", ColumnSums(A), []float64{9, 0}, 0)
	nearSlice(t, "ColumnDots", ColumnDots(A, A), []float64{35, 56}, 0)
	nearSlice(t, "ColumnSums of no rows", ColumnSums(Zeros(0, 2)), []float64{0, 0}, 0)
}
