package main

import (
	"fmt"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// gemmCases are matrix products C (M × N) = op(A) op(B) with sums of length K.
func (c *benchCmd) gemmCases(dev *gpu.Device) ([]benchCase, error) {
	var cases []benchCase
	for _, size := range c.Size {
		k, err := gemmCase(dev, size)
		if err != nil {
			return cases, err
		}
		cases = append(cases, k)
	}
	return cases, nil
}

func gemmCase(dev *gpu.Device, size string) (benchCase, error) {
	dims, trans, _ := strings.Cut(size, ":")
	if trans == "" {
		trans = "nn"
	}
	var m, n, k int
	if _, err := fmt.Sscanf(dims, "%dx%dx%d", &m, &n, &k); err != nil || m < 1 || n < 1 || k < 1 || !strings.Contains(" nn nt tn tt ", " "+trans+" ") {
		return benchCase{}, fmt.Errorf("%w: --size %q; want MxNxK, optionally followed by :nn, :nt, :tn or :tt", errUsage, size)
	}
	var bufs []*gpu.Buffer
	closeAll := func() {
		for _, b := range bufs {
			b.Close()
		}
	}
	alloc := func(name string, rows, cols int) (gpu.View, error) {
		b, err := dev.NewBuffer(name, rows*cols, gpu.DeviceOnly)
		if err != nil {
			return gpu.View{}, err
		}
		bufs = append(bufs, b)
		values := make([]float32, rows*cols)
		src := philox.New(1, philox.Stream(name))
		for i := range values {
			values[i] = float32(src.Float64() - 0.5)
		}
		return b.View(0, rows, cols), b.Write(0, values)
	}
	op := gpu.Gemm{TransA: trans[0] == 't', TransB: trans[1] == 't', Alpha: 1}
	ar, ac, br, bc := m, k, k, n
	if op.TransA {
		ar, ac = k, m
	}
	if op.TransB {
		br, bc = n, k
	}
	for _, v := range []struct {
		dst        *gpu.View
		name       string
		rows, cols int
	}{{&op.A, "A", ar, ac}, {&op.B, "B", br, bc}, {&op.C, "C", m, n}} {
		var err error
		if *v.dst, err = alloc(v.name, v.rows, v.cols); err != nil {
			closeAll()
			return benchCase{}, err
		}
	}
	p, err := dev.Compile("gemm "+size, op)
	if err != nil {
		closeAll()
		return benchCase{}, err
	}
	return benchCase{line: map[string]any{"M": m, "N": n, "K": k, "trans": trans}, label: "gemm " + dims + " " + trans, flops: op.Cost().Flops, run: p.Run,
		close: func() { p.Close(); closeAll() }}, nil
}
