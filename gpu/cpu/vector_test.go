package cpu

import (
	"math"
	"math/rand/v2"
	"testing"
)

// ulps returns the distance of got from want in units of the last place of want.
func ulps(got float32, want float64) float64 {
	w := float32(want)
	unit := math.Abs(float64(math.Nextafter32(w, float32(math.Inf(1)))) - float64(w))
	return math.Abs(float64(got)-want) / unit
}

func TestExpAndTanh(t *testing.T) {
	special := []float32{0, float32(math.Copysign(0, -1)), nan, float32(math.Inf(1)), float32(math.Inf(-1)), 1e-30, -1e-30, 1e-42, 88.7, 88.8, -87, -88, -103, -110, 1000, -1000, 0.625, -0.625, 9, 10, 11}
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, f := range []struct {
			name  string
			apply func([]float32)
			want  func(float64) float64
			limit float64
		}{{"exp", k.exp, math.Exp, 1.5}, {"tanh", k.tanh, math.Tanh, 2}} {
			rng := rand.New(rand.NewPCG(3, 4))
			x := append([]float32{}, special...)
			for range 100000 {
				x = append(x, float32(rng.NormFloat64()*math.Exp(4*rng.NormFloat64())))
			}
			y := append([]float32{}, x...)
			f.apply(y)
			for i, v := range x {
				want := f.want(float64(v))
				switch got := y[i]; {
				case math.IsNaN(want):
					if got == got {
						t.Fatalf("%s(NaN) = %g", f.name, got)
					}
				case math.IsInf(float64(float32(want)), 0) || want == 0:
					if got != float32(want) {
						t.Fatalf("%s(%g) = %g, want %g", f.name, v, got, want)
					}
				case ulps(got, want) > f.limit:
					t.Fatalf("%s(%g) = %g, want %g: %.2f units of the last place", f.name, v, got, want, ulps(got, want))
				}
			}
			for n := range 20 { // an element's value does not depend on its place
				z := append([]float32{}, x[40:40+n]...)
				f.apply(z)
				for i := range z {
					if z[i] != y[40+i] {
						t.Fatalf("%s of %d elements: element %d differs", f.name, n, i)
					}
				}
			}
		}
	})
}

func TestDotAndAxpy(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		rng := rand.New(rand.NewPCG(5, 6))
		for n := range 140 {
			x, y := make([]float32, n), make([]float32, n+1)
			want := 0.0
			for i := range x {
				x[i], y[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
				want += float64(x[i]) * float64(y[i])
			}
			y[n] = guard
			if got := k.dot(x, y[:n]); math.Abs(float64(got)-want) > 1e-5*float64(n+1) {
				t.Fatalf("dot of %d elements is %g, want %g", n, got, want)
			}
			before := append([]float32{}, y...)
			k.axpy(-1.5, x, y[:n])
			for i := range x {
				if w := float64(before[i]) - 1.5*float64(x[i]); math.Abs(float64(y[i])-w) > 1e-5 {
					t.Fatalf("axpy of %d elements: element %d is %g, want %g", n, i, y[i], w)
				}
			}
			k.scale(3, y[:n], y[:n])
			k.scale(-2, x, x)
			for i := range x {
				if w := 3 * (float64(before[i]) + 0.75*float64(x[i])); math.Abs(float64(y[i])-w) > 1e-5 {
					t.Fatalf("scale of %d elements: element %d is %g, want %g", n, i, y[i], w)
				}
			}
			if y[n] != guard {
				t.Fatalf("axpy or scale of %d elements wrote behind its end", n)
			}
		}
	})
}

func TestColumnDots(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		rng := rand.New(rand.NewPCG(9, 6))
		for cols := range 150 {
			for _, rows := range []int{0, 1, 5} {
				xRow, yRow := cols+3, cols+1
				sums, x, y := make([]float32, cols+1), make([]float32, rows*xRow), make([]float32, rows*yRow)
				for i := range x {
					x[i] = float32(rng.NormFloat64())
				}
				for i := range y {
					y[i] = float32(rng.NormFloat64())
				}
				want := make([]float64, cols)
				for j := range want {
					sums[j] = float32(rng.NormFloat64())
					want[j] = float64(sums[j])
					for r := range rows {
						want[j] += float64(x[r*xRow+j]) * float64(y[r*yRow+j])
					}
				}
				sums[cols] = guard
				k.columnDots(sums[:cols], x, xRow, y, yRow, rows)
				for j, w := range want {
					if math.Abs(float64(sums[j])-w) > 1e-5 {
						t.Fatalf("%d rows of %d columns: sum %d is %g, want %g", rows, cols, j, sums[j], w)
					}
				}
				if sums[cols] != guard {
					t.Fatalf("%d rows of %d columns wrote behind the sums", rows, cols)
				}
			}
		}
	})
}

func TestTransposeAndCopyPanel(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, depth := range []int{1, 7, 8, 9, 16, 33} {
			for cols := 1; cols <= k.cols+1; cols++ {
				src := make([]float32, cols*(depth+3))
				for i := range src {
					src[i] = float32(i)
				}
				dst := make([]float32, depth*(cols+2))
				for i := range dst {
					dst[i] = guard
				}
				k.transpose(dst, cols+2, src[:len(src)-3], depth+3, depth, cols)
				for i, v := range dst {
					p, j, want := i/(cols+2), i%(cols+2), float32(guard)
					if j < cols {
						want = src[j*(depth+3)+p]
					}
					if v != want {
						t.Fatalf("transpose to %d×%d: element (%d, %d) is %g, want %g", depth, cols, p, j, v, want)
					}
				}
			}
		}
		src, dst := make([]float32, 9*50), make([]float32, 9*k.cols)
		for i := range src {
			src[i] = float32(i)
		}
		k.copyPanel(dst, src[:8*50+k.cols], 50, 9)
		for i, v := range dst {
			if want := src[i/k.cols*50+i%k.cols]; v != want {
				t.Fatalf("copyPanel: element %d is %g, want %g", i, v, want)
			}
		}
	})
}
