package hh_test

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// BenchmarkProduct times preparation, application of Q and of Qᵀ, and (grad) preparation, application and gradient.
func BenchmarkProduct(b *testing.B) {
	for _, n := range []int{512, 1024} {
		for _, e := range benchExecutors() {
			for _, c := range []hh.ProductConfig{{Algorithm: hh.Sequential}, {Algorithm: hh.CompactWY}, {Algorithm: hh.BlockedWY, Block: 16},
				{Algorithm: hh.BlockedWY, Block: 32}, {}} {
				c.Batch, c.Dim, c.Reflectors = 32, n, n
				for _, grad := range []bool{false, true} {
					b.Run(fmt.Sprintf("n=%d/%s/%v/b=%d/grad=%v", n, e.name, c.Algorithm, c.Block, grad), func(b *testing.B) { benchProduct(b, e, c, grad) })
				}
			}
		}
	}
}

func benchProduct(b *testing.B, e executor, c hh.ProductConfig, grad bool) {
	dev, err := e.open()
	if err != nil {
		b.Fatal(err)
	}
	defer dev.Close()
	buf, err := dev.NewBuffer("bench", 2*c.Dim*c.Reflectors+4*c.Batch*c.Dim, gpu.DeviceOnly)
	if err != nil {
		b.Fatal(err)
	}
	u := buf.View(0, c.Reflectors, c.Dim)
	f := make([]float32, u.Len())
	randomReflectors("U", c.Reflectors, c.Dim).Float32(f, c.Dim)
	if err := gpu.WriteView(u, f); err != nil {
		b.Fatal(err)
	}
	batch := func(i int) gpu.View { return buf.View(2*u.Len()+i*c.Batch*c.Dim, c.Batch, c.Dim) }
	p, err := hh.NewProduct(dev, c, u)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	first, err := p.Apply(batch(1), batch(0), false)
	if err != nil {
		b.Fatal(err)
	}
	second, err := p.Apply(batch(2), batch(1), true)
	if grad {
		second, err = p.Backward(batch(2), buf.View(u.Len(), c.Reflectors, c.Dim), batch(3), batch(1), false)
	}
	if err != nil {
		b.Fatal(err)
	}
	benchProgram(b, dev, append(append(p.Prepare(), first...), second...))
}
