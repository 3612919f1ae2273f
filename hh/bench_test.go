package hh_test

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// benchExecutors are the registered executors.
func benchExecutors() []executor { return executors()[1:] }

func benchProgram(b *testing.B, dev *gpu.Device, ops []gpu.Op) {
	b.Helper()
	p, err := dev.Compile(b.Name(), ops...)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	if err := p.Run(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		if err := p.Run(); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(p.Stats().Dispatches), "dispatches")
	b.ReportMetric(float64(p.Cost().Flops)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

func BenchmarkSVD(b *testing.B) {
	for _, size := range [][2]int{{128, 16}, {128, 128}, {512, 32}, {512, 512}, {1024, 1024}} {
		for _, form := range []hh.Form{hh.FormDense, hh.FormThin} {
			for _, e := range benchExecutors() {
				n, m := size[0], size[1]
				b.Run(fmt.Sprintf("n=%d/m=%d/%v/%s", n, m, form, e.name), func(b *testing.B) {
					benchSVD(b, e, n, m, form)
				})
			}
		}
	}
}

func benchSVD(b *testing.B, e executor, n, m int, form hh.Form) {
	dev, err := e.open()
	if err != nil {
		b.Fatal(err)
	}
	defer dev.Close()
	buf := func() hh.SVDParams {
		x, err := dev.NewBuffer("params", 2*m*n+n, gpu.DeviceOnly)
		if err != nil {
			b.Fatal(err)
		}
		return hh.SVDParams{U: x.View(0, m, n), V: x.View(m*n, m, n), S: x.View(2*m*n, 1, n)}
	}
	params, grad := buf(), buf()
	u, _ := randomReflectors("U", m, n), 0
	f := make([]float32, m*n)
	u.Float32(f, n)
	for _, v := range []gpu.View{params.U, params.V} {
		if err := gpu.WriteView(v, f); err != nil {
			b.Fatal(err)
		}
	}
	svd, err := hh.NewSVD(dev, hh.SVDConfig{Rows: n, Cols: n, ReflectorsU: m, ReflectorsV: m, Center: 1, Radius: 0.5, Form: form}, params)
	if err != nil {
		b.Fatal(err)
	}
	defer svd.Close()
	dw, err := dev.NewBuffer("dW", n*n, gpu.DeviceOnly)
	if err != nil {
		b.Fatal(err)
	}
	ops, err := svd.Gradient(dw.View(0, n, n), grad)
	if err != nil {
		b.Fatal(err)
	}
	benchProgram(b, dev, append(svd.Materialise(), ops...))
}
