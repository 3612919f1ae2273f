//go:build cgo

package vulkan

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// BenchmarkGemm multiplies square matrices and takes a gradient over all time steps.
func BenchmarkGemm(b *testing.B) {
	dev := deviceFor(b)
	for _, s := range []struct {
		m, n, k        int
		transA, transB bool
	}{{m: 512, n: 512, k: 512}, {m: 1024, n: 1024, k: 1024}, {m: 512, n: 512, k: 512, transB: true},
		{m: 128, n: 128, k: 100_352, transA: true}, {m: 256, n: 256, k: 100_352, transA: true}, {m: 100_352, n: 128, k: 28, transB: true}, {m: 128, n: 128, k: 16, transB: true}} {
		b.Run(fmt.Sprintf("%dx%dx%d,ta=%v,tb=%v", s.m, s.n, s.k, s.transA, s.transB), func(b *testing.B) {
			ar, ac, br, bc := s.m, s.k, s.k, s.n
			if s.transA {
				ar, ac = ac, ar
			}
			if s.transB {
				br, bc = bc, br
			}
			view := func(name string, rows, cols int) gpu.View {
				return newFilled(b, dev, name, rows, cols, layout{off: 40 - guardWords}, randoms(1, rows*cols)).View
			}
			benchOp(b, dev, gpu.Gemm{C: view("C", s.m, s.n), A: view("A", ar, ac), B: view("B", br, bc), TransA: s.transA, TransB: s.transB, Alpha: 1})
		})
	}
}

// BenchmarkRNN runs the three parts of a training step of a recurrence.
func BenchmarkRNN(b *testing.B) {
	dev := deviceFor(b)
	for _, n := range []int{128, 256, 512} {
		const steps, batch = 784, 128
		var fresh []*gpu.Buffer
		view := func(name string, rows, cols int) gpu.View {
			buf, err := dev.NewBuffer(name, rows*cols, gpu.DeviceOnly)
			if err != nil {
				b.Fatal(err)
			}
			fresh = append(fresh, buf)
			v := buf.View(0, rows, cols)
			values := randoms(1, v.Len())
			for i := range values {
				values[i] *= 0.05
			}
			if err := buf.Write(0, values); err != nil {
				b.Fatal(err)
			}
			return v
		}
		h, w, x, wx, bias := view("H", (steps+1)*batch, n), view("W", n, n), view("X", steps*batch, 1), view("Wx", n, 1), view("bias", 1, n)
		delta, dh, dw, dwx, dbias := view("delta", steps*batch, n), view("DH", batch, n), view("DW", n, n), view("DWx", n, 1), view("dbias", 1, n)
		act := gpu.Activation{Kind: gpu.ReLU}
		for _, op := range []gpu.Op{
			gpu.RNNForward{H: h, W: w, X: x, Wx: wx, Bias: bias, T: steps, B: batch, Act: act},
			gpu.RNNBackward{Delta: delta, W: w, H: h, DH: dh, T: steps, B: batch, Act: act},
			gpu.RNNGradient{DW: dw, DWx: dwx, DBias: dbias, Delta: delta, H: h, X: x, T: steps, B: batch},
		} {
			b.Run(fmt.Sprintf("n=%d/%s", n, op.Name()), func(b *testing.B) { benchOp(b, dev, op) })
		}
		for _, buf := range fresh {
			buf.Close()
		}
	}
}
