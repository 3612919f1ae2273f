package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// wantGemm is the product by plain loops.
func wantGemm(op gpu.Gemm, a, b, c, scale, bias dense) dense {
	if op.TransA {
		a = a.transposed()
	}
	if op.TransB {
		b = b.transposed()
	}
	out := multiply(a, b)
	out.rows, out.cols = c.rows, c.cols
	for i := range out.rows {
		for j := range out.cols {
			v := float64(op.Alpha) * out.at(i, j)
			if !op.Scale.IsZero() {
				v *= scale.at(0, j)
			}
			if op.Beta != 0 {
				v += float64(op.Beta) * c.at(i, j)
			}
			if !op.Bias.IsZero() {
				v += bias.at(0, j)
			}
			out.set(i, j, activation(op.Act, v))
		}
	}
	return out
}

type gemmCase struct {
	m, n, k        int
	transA, transB bool
	alpha, beta    float32
	scale, bias    bool
	act            gpu.Activation
	pad            int
}

func (c gemmCase) String() string {
	return fmt.Sprintf("%d×%d×%d/ta=%t/tb=%t/alpha=%g/beta=%g/scale=%t/bias=%t/%s/pad=%d", c.m, c.n, c.k, c.transA, c.transB, c.alpha, c.beta, c.scale, c.bias, c.act, c.pad)
}

// run runs the case and returns C; with check it compares it with plain loops.
func (c gemmCase) run(t *testing.T, k *kernels, threads int, check bool) gpu.View {
	f := newFixture(t, k, threads, c.pad)
	op := gpu.Gemm{TransA: c.transA, TransB: c.transB, Alpha: c.alpha, Beta: c.beta, Act: c.act}
	op.A, op.B = f.random(c.m, c.k), f.random(c.k, c.n)
	if c.transA {
		op.A = f.random(c.k, c.m)
	}
	if c.transB {
		op.B = f.random(c.n, c.k)
	}
	op.C = f.out(c.m, c.n)
	if c.beta != 0 {
		op.C = f.random(c.m, c.n)
	}
	if c.scale {
		op.Scale = f.random(1, c.n)
	}
	if c.bias {
		op.Bias = f.random(1, c.n)
	}
	if !check {
		f.run(op)
		return op.C
	}
	var scale, bias dense
	if c.scale {
		scale = get(t, op.Scale)
	}
	if c.bias {
		bias = get(t, op.Bias)
	}
	want := wantGemm(op, get(t, op.A), get(t, op.B), get(t, op.C), scale, bias)
	f.run(op)
	near(t, c.String(), op.C, want, 4+math.Sqrt(float64(c.k)), 4+4*math.Sqrt(float64(c.k)))
	return op.C
}

func gemmCases() []gemmCase {
	var cases []gemmCase
	for i, m := range sizes {
		for j, n := range sizes {
			k := sizes[(i*3+j*7)%len(sizes)]
			x := i + j*len(sizes)
			cases = append(cases, gemmCase{m: m, n: n, k: k, transA: x%2 == 1, transB: x/2%2 == 1, alpha: []float32{1, -0.5}[x/3%2], beta: []float32{0, 1, 0.5}[x%3],
				scale: x%5 == 1, bias: x%5 < 2, act: activations[x/2%4], pad: []int{0, 5}[x%2]})
		}
	}
	for _, ta := range []bool{false, true} {
		for _, tb := range []bool{false, true} {
			for _, pad := range []int{0, 3} {
				cases = append(cases, gemmCase{m: 33, n: 31, k: 129, transA: ta, transB: tb, alpha: 1, pad: pad},
					gemmCase{m: 129, n: 257, k: 513, transA: ta, transB: tb, alpha: 2, beta: 1, bias: true, act: activations[1], pad: pad},
					gemmCase{m: 7, n: 5, k: 5000, transA: ta, transB: tb, alpha: 1, beta: -1, bias: true, scale: true, act: activations[2], pad: pad})
			}
		}
	}
	return append(cases,
		gemmCase{m: 31, n: 600, k: 1024, alpha: 1}, gemmCase{m: 300, n: 129, k: 1024, transA: true, alpha: 1, pad: 256},
		gemmCase{m: 5, n: 4, k: 0, alpha: 1, beta: 2, bias: true, act: activations[1]}, gemmCase{m: 5, n: 4, k: 0, alpha: 1}, gemmCase{m: 0, n: 4, k: 3, alpha: 1}, gemmCase{m: 4, n: 0, k: 3, alpha: 1})
}

func TestGemm(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, c := range gemmCases() {
			t.Run(c.String(), func(t *testing.T) { c.run(t, k, 2, true) })
		}
	})
}

func TestGemmDoesNotDependOnThreads(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, c := range gemmCases() {
			one := c.run(t, k, 1, false)
			same(t, c.String()+", 1 and 2 threads", one, c.run(t, k, 2, false))
			same(t, c.String()+", 1 and 3 threads", one, c.run(t, k, 3, false))
		}
	})
}

func TestGemmBatch(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		const count, m, n, depth = 5, 33, 17, 40
		for _, shared := range []bool{false, true} {
			f := newFixture(t, k, 2, 0)
			op := gpu.Gemm{Alpha: 1, Batch: count, StrideA: m * depth, StrideB: depth * n, StrideC: m*n + 3}
			op.A = f.random(count*m, depth).RowRange(0, m)
			op.B = f.random(count*depth, n).RowRange(0, depth)
			if shared {
				op.StrideB = 0
			}
			whole := f.out(1, count*(m*n+3))
			op.C = gpu.View{Buf: whole.Buf, Off: whole.Off, Rows: m, Cols: n, Stride: n}
			f.run(op)
			for i := range count {
				one := op
				one.A.Off, one.B.Off, one.C.Off = op.A.Off+i*op.StrideA, op.B.Off+i*op.StrideB, op.C.Off+i*op.StrideC
				near(t, fmt.Sprintf("product %d", i), one.C, multiply(get(t, one.A), get(t, one.B)), depth, 10)
			}
		}
	})
}

func TestGemmPassesNaNOn(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, act := range activations {
			f := newFixture(t, k, 1, 0)
			op := gpu.Gemm{A: f.random(9, 8), B: f.random(8, 5), C: f.out(9, 5), Alpha: 1, Act: act}
			op.A.Buf.Host()[op.A.Off+3*8+2] = nan
			f.run(op)
			for i, v := range get(t, op.C).v {
				if (v != v) != (i/5 == 3) {
					t.Fatalf("%s: element (%d, %d) is %g", act, i/5, i%5, v)
				}
			}
		}
	})
}
