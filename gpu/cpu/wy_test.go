package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func sqrt(x float64) float64 { return math.Sqrt(x) }

func wantGram(u dense) dense {
	s := multiply(u, u.transposed())
	for i := range s.rows {
		for j := range s.cols {
			switch {
			case j < i:
				s.set(i, j, 0)
			case j == i:
				s.set(i, j, s.at(i, i)/2)
			}
		}
	}
	return s
}

// wantInverse inverts an upper triangle; zeros on the diagonal give zero rows and columns.
func wantInverse(s dense) dense {
	a := newDense(s.rows, s.cols)
	for j := range s.cols {
		if s.at(j, j) == 0 {
			continue
		}
		a.set(j, j, 1/s.at(j, j))
		for i := j - 1; i >= 0; i-- {
			sum := 0.0
			for k := i + 1; k <= j; k++ {
				sum += s.at(i, k) * a.at(k, j)
			}
			if s.at(i, i) != 0 {
				a.set(i, j, -sum/s.at(i, i))
			}
		}
	}
	return a
}

func TestGram(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for i, m := range append(sizes, 200) {
			for _, n := range []int{m, m + 5, 300} {
				var first gpu.View
				for _, threads := range []int{1, 2, 3} {
					f := newFixture(t, k, threads, i%2*5)
					op := gpu.Gram{U: f.reflectors(m, max(m, n), false), S: f.out(m, m)}
					f.run(op)
					near(t, fmt.Sprintf("m=%d n=%d", m, n), op.S, wantGram(get(t, op.U)), 30, 20)
					if threads == 1 {
						first = op.S
					}
					same(t, "threads", first, op.S)
				}
			}
		}
	})
}

func TestTriInverse(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for i, m := range append(sizes, 64, 65, 200) {
			for _, zero := range []int{-1, 0, m / 2, m - 1} {
				var first gpu.View
				for _, threads := range []int{1, 2, 3} {
					f := newFixture(t, k, threads, i%2*5)
					s := f.view(m, m, func(i int) float32 {
						switch r, c := i/m, i%m; {
						case c < r:
							return nan // never read
						case c == r && r == zero:
							return 0
						case c == r:
							return 0.5 + f.rng.Float32()
						default:
							return float32(f.rng.NormFloat64() / float64(m))
						}
					})
					op := gpu.TriInverse{S: s, A: f.out(m, m)}
					f.run(op)
					near(t, fmt.Sprintf("m=%d zero=%d", m, zero), op.A, wantInverse(get(t, s)), 64, 4)
					if threads == 1 {
						first = op.A
					}
					same(t, "threads", first, op.A)
				}
			}
		}
	})
}

// The compact form of random reflectors, some of them zero, is orthogonal to single precision.
func TestCompactWYIsOrthogonal(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, m := range []int{1, 16, 100} {
			n := max(m, 33)
			f := newFixture(t, k, 2, 0)
			u := f.reflectors(m, n, false)
			clear(u.Buf.Host()[u.Off+m/2*n : u.Off+(m/2+1)*n])
			s, a, x, q := f.out(m, m), f.out(m, m), f.out(m, n), f.out(n, n)
			qq := f.out(n, n)
			f.run(gpu.NormalizeReflectors{U: u}, gpu.Gram{S: s, U: u}, gpu.TriInverse{A: a, S: s}, gpu.Gemm{C: x, A: a, B: u, Alpha: 1},
				gpu.Scale{Y: q, Gamma: 1}, gpu.Gemm{C: q, A: u, B: x, TransA: true, Alpha: -1, Beta: 1}, gpu.Gemm{C: qq, A: q, B: q, TransA: true, Alpha: 1})
			eye := newDense(n, n)
			for i := range n {
				eye.set(i, i, 1)
			}
			near(t, fmt.Sprintf("QᵀQ, m=%d", m), qq, eye, 64, 1)
		}
	})
}

func TestSymTriu(t *testing.T) {
	for i, m := range sizes {
		for _, inPlace := range []bool{false, true} {
			f := newFixture(t, available()[0], 2, i%2*5)
			op := gpu.SymTriu{K: f.random(m, m), Y: f.out(m, m)}
			if inPlace {
				op.Y = op.K
			}
			want := get(t, op.K)
			for i := range m {
				for j := range i {
					want.set(i, j, want.at(j, i))
				}
			}
			f.run(op)
			near(t, "Y", op.Y, want, 0, 1)
		}
	}
}
