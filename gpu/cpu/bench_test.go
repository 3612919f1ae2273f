package cpu

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// processSeconds returns the processor time of this process, where the system tells it: on a machine that others use too it says
// more than the clock.
var processSeconds func() float64

func benchmark(b *testing.B, f *fixture, ops ...gpu.Op) {
	p, err := f.dev.Compile("bench", ops...)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	if err := p.Run(); err != nil {
		b.Fatal(err)
	}
	start := 0.0
	if processSeconds != nil {
		start = processSeconds()
	}
	for b.Loop() {
		if err := p.Run(); err != nil {
			b.Fatal(err)
		}
	}
	flops := float64(p.Cost().Flops) * float64(b.N)
	b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	if processSeconds != nil {
		b.ReportMetric(flops/(processSeconds()-start)/1e9, "GFLOP/s/core")
	}
}

// BenchmarkRNN times the three recurrent operations, together and alone, on every form.
func BenchmarkRNN(b *testing.B) {
	for _, n := range []int{128, 256, 512} {
		for _, k := range available() {
			f := newFixture(b, k, 2, 0)
			r := newRNN(f, rnnCase{steps: 784, batch: 128, n: n, inputs: 1, act: activations[1], last: true})
			for _, part := range []struct {
				name string
				ops  []gpu.Op
			}{{"step", []gpu.Op{r.fwd, r.bwd, r.grad}}, {"forward", []gpu.Op{r.fwd}}, {"backward", []gpu.Op{r.bwd}}, {"gradient", []gpu.Op{r.grad}}} {
				b.Run(fmt.Sprintf("n=%d/%s/%s", n, part.name, k.key), func(b *testing.B) { benchmark(b, f, part.ops...) })
			}
		}
	}
}

// BenchmarkReflectors times the pieces of the compact WY form and the application of reflectors one by one.
func BenchmarkReflectors(b *testing.B) {
	for _, s := range [][2]int{{16, 128}, {128, 128}, {512, 512}, {1024, 1024}} {
		k, m, n := available()[0], s[0], s[1]
		f := newFixture(b, k, 2, 0)
		u, gram, inverse := f.reflectors(m, n, false), f.out(m, m), f.out(m, m)
		x, y, dx, du := f.random(32, n), f.out(32, n), f.out(32, n), f.out(m, n)
		for _, op := range []gpu.Op{gpu.NormalizeReflectors{U: u}, gpu.Gram{S: gram, U: u}, gpu.TriInverse{A: inverse, S: gram}, gpu.SymTriu{Y: gram, K: inverse},
			gpu.Reflect{Y: y, X: x, U: u}, gpu.ReflectBackward{DX: dx, DU: du, DY: x, Y: y, U: u}} {
			b.Run(fmt.Sprintf("m=%d/n=%d/%s/%s", m, n, op.Name(), k.key), func(b *testing.B) { benchmark(b, f, op) })
		}
	}
}

// BenchmarkGemm times square products and the deep one of a gradient.
func BenchmarkGemm(b *testing.B) {
	for _, k := range available() {
		for _, s := range [][3]int{{128, 128, 128}, {128, 128, 16}, {512, 512, 512}, {1024, 1024, 1024}, {128, 128, 100352}} {
			for _, trans := range []string{"nn", "nt", "tn"} {
				f := newFixture(b, k, 2, 0)
				op := gpu.Gemm{A: f.random(s[0], s[2]), B: f.random(s[2], s[1]), C: f.out(s[0], s[1]), Alpha: 1, TransA: trans[0] == 't', TransB: trans[1] == 't'}
				if op.TransA {
					op.A = op.A.Reshape(s[2], s[0])
				}
				if op.TransB {
					op.B = op.B.Reshape(s[1], s[2])
				}
				b.Run(fmt.Sprintf("%dx%dx%d/%s/%s", s[0], s[1], s[2], trans, k.key), func(b *testing.B) { benchmark(b, f, op) })
			}
		}
	}
}

// BenchmarkPeak times the micro-kernel alone on data in the first-level cache: what the other benchmarks could reach at most on
// one core.
func BenchmarkPeak(b *testing.B) {
	for _, k := range available() {
		const depth = 128
		t := &tile{depth: depth, a: make([]float32, k.rows*(depth+lineWords)), aRow: depth + lineWords, aCol: 1, b: make([]float32, k.cols*depth), bRow: k.cols,
			c: make([]float32, k.rows*k.cols), cRow: k.cols, cols: k.cols, panels: 1}
		b.Run(k.key, func(b *testing.B) {
			flops, start := 2*1000*float64(k.rows*k.cols*depth), 0.0
			if processSeconds != nil {
				start = processSeconds()
			}
			for b.Loop() {
				for range 1000 {
					k.multiply(k.rows, t)
				}
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			if processSeconds != nil {
				b.ReportMetric(flops*float64(b.N)/(processSeconds()-start)/1e9, "GFLOP/s/core")
			}
		})
	}
}
