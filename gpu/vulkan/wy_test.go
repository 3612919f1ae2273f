//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// reflectorValues returns m × n reflectors with zeros in their structural zeros, and row zero all zero (−1: none).
func reflectorValues(seed uint64, m, n, zero int) []float32 {
	u := randoms(seed, m*n)
	for i := range m {
		for j := range n {
			if j < i || i == zero {
				u[i*n+j] = 0
			}
		}
	}
	return u
}

func TestGram(t *testing.T) { eachKind(t, testGramOn) }

func testGramOn(t *testing.T, dev *gpu.Device) {
	shapes := [][2]int{{0, 3}, {1, 7}, {3, 33}, {16, 128}, {100, 300}, {300, 300}, {513, 520}}
	for _, n := range sizes {
		shapes = append(shapes, [2]int{n, n})
	}
	for _, s := range shapes {
		for _, l := range layouts {
			m, n := s[0], s[1]
			if m > 500 && l == tight {
				continue // large ones where rows are padded
			}
			u := reflectorValues(30, m, n, 2)
			x := newFilled(t, dev, "u", m, n, l.other(), u)
			out := newOperand(t, dev, "s", m, m, l)
			runOps(t, dev, gpu.Gram{S: out.View, U: x.View})
			want, tol := make([]float64, m*m), make([]float64, m*m)
			for i := range m {
				for j := i; j < m; j++ {
					for k := range n {
						v := float64(u[i*n+k]) * float64(u[j*n+k])
						want[i*m+j] += v
						tol[i*m+j] += math.Abs(v) * unit * (4 + math.Sqrt(float64(n)))
					}
				}
				want[i*m+i] /= 2
			}
			near(t, fmt.Sprintf("s of %d×%d %v", m, n, l), out.get(), want, tol)
		}
	}
}

func TestTriInverse(t *testing.T) { eachKind(t, testTriInverseOn) }

func testTriInverseOn(t *testing.T, dev *gpu.Device) {
	for _, m := range append([]int{0, 16, 63, 64, 65, 100, 192, 193, 256, 300, 449, 520, 1027}, sizes...) {
		for _, l := range layouts {
			if m > 500 && l == tight {
				continue // large ones where rows are padded
			}
			for _, zeros := range [][]int{nil, {0, 5, 30, 64, 100, m - 1}} {
				if m > 600 && zeros == nil {
					continue
				}
				t.Run(fmt.Sprintf("m=%d,%v,zeros=%v", m, l, len(zeros) > 0), func(t *testing.T) { testTriInverse(t, dev, m, l, zeros) })
			}
		}
	}
}

// testTriInverse looks at the residual S A − I, which back substitution keeps small whatever the condition of S:
// |S A − I| ≤ c·m·ε |S| |A| elementwise.
func testTriInverse(t *testing.T, dev *gpu.Device, m int, l layout, zeros []int) {
	s := randoms(31, m*m)
	zero := make([]bool, m)
	for i := range m {
		for j := range m {
			switch {
			case j < i:
				s[i*m+j] = float32(math.NaN()) // must not be read
			case i == j:
				s[i*m+j] = 1 + s[i*m+j]*s[i*m+j]
			default:
				s[i*m+j] /= 4 * float32(math.Sqrt(float64(m)))
			}
		}
	}
	for _, z := range zeros {
		if z >= 0 && z < m { // as a zero reflector makes them
			zero[z] = true
			for j := range m {
				s[min(z, j)*m+max(z, j)] = 0
			}
		}
	}
	x, out := newFilled(t, dev, "s", m, m, l.other(), s), newOperand(t, dev, "a", m, m, l)
	runOps(t, dev, gpu.TriInverse{A: out.View, S: x.View})
	a := out.get()
	for i := range m {
		for j := range m {
			v := float64(a[i*m+j])
			if (j < i || zero[i] || zero[j]) && v != 0 {
				t.Fatalf("a[%d, %d] = %v, want 0", i, j, v)
			}
			if j < i || zero[i] || zero[j] {
				continue
			}
			sum, size := 0.0, 0.0
			for k := i; k <= j; k++ {
				p := float64(s[i*m+k]) * float64(a[k*m+j])
				sum += p
				size += math.Abs(p)
			}
			if i == j {
				sum--
			}
			if !(math.Abs(sum) <= unit*(8+math.Sqrt(float64(m)))*math.Max(size, 0.01)) {
				t.Fatalf("(S A − I)[%d, %d] = %g, terms of %g", i, j, sum, size)
			}
		}
	}
}

func TestSymTriu(t *testing.T) { eachKind(t, testSymTriuOn) }

func testSymTriuOn(t *testing.T, dev *gpu.Device) {
	for _, m := range append([]int{0, 64, 65, 500}, sizes...) {
		for _, l := range layouts {
			k := randoms(32, m*m)
			want := make([]float64, m*m)
			for i := range m {
				for j := range m {
					want[i*m+j] = float64(k[min(i, j)*m+max(i, j)])
				}
			}
			x, y := newFilled(t, dev, "k", m, m, l.other(), k), newOperand(t, dev, "y", m, m, l)
			runOps(t, dev, gpu.SymTriu{Y: y.View, K: x.View}, gpu.SymTriu{Y: x.View, K: x.View})
			near(t, fmt.Sprintf("y of m=%d %v", m, l), y.get(), want, constant(m*m, 0))
			near(t, fmt.Sprintf("y of m=%d in place", m), x.get(), want, constant(m*m, 0))
		}
	}
}
