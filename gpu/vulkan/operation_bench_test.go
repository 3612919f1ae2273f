//go:build cgo

package vulkan

import (
	"fmt"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// benchOp times runs of one operation and reports what it reaches of flops and bytes.
func benchOp(b *testing.B, dev *gpu.Device, op gpu.Op) {
	b.Helper()
	p, err := dev.Compile(b.Name(), op)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	if err := p.Run(); err != nil {
		b.Fatal(err)
	}
	b.Log(p.Plan())
	b.ResetTimer()
	busy := processorTime(b)
	for b.Loop() {
		if err := p.Run(); err != nil {
			b.Fatal(err)
		}
	}
	busy = processorTime(b) - busy
	seconds, cost := b.Elapsed().Seconds()/float64(b.N), op.Cost()
	b.ReportMetric(float64(cost.Flops)/seconds/1e9, "GFLOP/s")
	b.ReportMetric(float64(cost.Bytes)/seconds/1e9, "GB/s")
	b.ReportMetric(busy.Seconds()*1e3/float64(b.N), "cpu-ms/op")
}

// processTime returns the time that this process has spent on all processors, 0 where the system does not tell.
var processTime = func() time.Duration { return 0 }

// processorTime is processTime: what a software device costs, whatever else runs.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	return processTime()
}

func BenchmarkOperation(b *testing.B) {
	dev := deviceFor(b)
	fresh := func(name string, rows, cols int) gpu.View {
		return newFilled(b, dev, name, rows, cols, tight, randoms(50, rows*cols)).View
	}
	run := func(name string, op gpu.Op) {
		b.Run(name, func(b *testing.B) { benchOp(b, dev, op) })
	}
	a := fresh("a", 100352, 128)
	run("col_dot/100352×128", gpu.ColDot{Out: fresh("out", 1, 128), A: a, Alpha: 1})
	run("col_dot/two/100352×128", gpu.ColDot{Out: fresh("out", 1, 128), A: a, B: fresh("b", 100352, 128), Alpha: 1})
	run("col_dot/512×512", gpu.ColDot{Out: fresh("out", 1, 512), A: fresh("a", 512, 512), B: fresh("b", 512, 512), Alpha: 1})
	run("activate/tanh/100352×128", gpu.Activate{Y: a, X: a, Act: gpu.Activation{Kind: gpu.Tanh}})
	run("fill/100352×128", gpu.Fill{Y: a})
	run("norm/1000000", gpu.Norm{Out: fresh("out", 1, 2), X: fresh("x", 1, 1_000_000)})
	run("min_max/1000000", gpu.MinMax{Out: fresh("out", 1, 2), X: fresh("x", 1, 1_000_000)})
	n := 1_000_000
	norm := newFilled(b, dev, "norm", 1, 2, tight, []float32{1, 1}).View
	run("adam/1000000", gpu.Adam{P: fresh("p", 1, n), M: fresh("m", 1, n), V: newFilled(b, dev, "v", 1, n, tight, make([]float32, n)).View,
		G: fresh("g", 1, n), Hyper: newFilled(b, dev, "hyper", 1, gpu.HyperLen, tight, []float32{1e-3, 0.9, 0.999, 1e-8, 1, 1, 0, 0}).View, Norm: norm,
		Groups: fresh("groups", (n+63)/64, 2)})
	labels := newFilled(b, dev, "labels", 1, 100352, tight, make([]float32, 100352)).View
	for _, c := range []int{10, 1000} {
		rows := 1_000_000 / c
		x := fresh("logits", rows, c)
		run(fmt.Sprintf("softmax_cross_entropy/%d×%d", rows, c), gpu.SoftmaxCrossEntropy{Rows: fresh("rows", rows, 2),
			DLogits: fresh("d", rows, c), Logits: x, Labels: labels.ColRange(0, rows)})
	}
	run("gram/m=32/n=128", gpu.Gram{S: fresh("s", 32, 32), U: fresh("u", 32, 128)})
	for _, m := range []int{64, 128, 512, 1024} {
		s, u := fresh("s", m, m), fresh("u", m, m)
		run(fmt.Sprintf("gram/m=%d", m), gpu.Gram{S: fresh("s", m, m), U: u})
		run(fmt.Sprintf("tri_inverse/m=%d", m), gpu.TriInverse{A: fresh("a", m, m), S: s})
		run(fmt.Sprintf("sym_triu/m=%d", m), gpu.SymTriu{Y: fresh("a", m, m), K: s})
		run(fmt.Sprintf("normalize_reflectors/m=%d", m), gpu.NormalizeReflectors{U: u})
		if m == 1024 {
			continue
		}
		x, y := fresh("x", 32, m), fresh("y", 32, m)
		run(fmt.Sprintf("reflect/batch=32/m=%d", m), gpu.Reflect{Y: y, X: x, U: u})
		run(fmt.Sprintf("reflect_backward/batch=32/m=%d", m), gpu.ReflectBackward{DX: fresh("dx", 32, m), DU: fresh("du", m, m), DY: x, Y: y, U: u})
	}
}
