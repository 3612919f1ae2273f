package main

import (
	"fmt"
	"slices"
	"strconv"
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

// gemmSize is a value of --size: C is m × n, the sums have length k.
type gemmSize struct {
	m, n, k        int
	transA, transB bool
}

// gemmLargest is the largest side of a matrix of --size.
const gemmLargest = 1 << 24

// parseGemmSize reads MxNxK, optionally followed by :nn, :nt, :tn or :tt.
func parseGemmSize(text string) (s gemmSize, err error) {
	bad := fmt.Errorf("%w: --size %q; want MxNxK, sides up to %d, optionally followed by :nn, :nt, :tn or :tt", errUsage, text, gemmLargest)
	dims, trans, hasTrans := strings.Cut(text, ":")
	if hasTrans && !slices.Contains([]string{"nn", "nt", "tn", "tt"}, trans) {
		return s, bad
	}
	sides := strings.Split(dims, "x")
	if len(sides) != 3 {
		return s, bad
	}
	for i, side := range []*int{&s.m, &s.n, &s.k} {
		if *side, err = strconv.Atoi(sides[i]); err != nil || *side < 1 || *side > gemmLargest {
			return s, bad
		}
	}
	s.transA, s.transB = strings.HasPrefix(trans, "t"), strings.HasSuffix(trans, "t")
	return s, nil
}

// String is the form of --size without what stands for itself.
func (s gemmSize) String() string { return fmt.Sprintf("%dx%dx%d", s.m, s.n, s.k) }

// trans is the part behind the colon.
func (s gemmSize) trans() string {
	name := func(t bool) string {
		if t {
			return "t"
		}
		return "n"
	}
	return name(s.transA) + name(s.transB)
}

func gemmCase(dev *gpu.Device, text string) (benchCase, error) {
	size, err := parseGemmSize(text)
	if err != nil {
		return benchCase{}, err
	}
	m, n, k := size.m, size.n, size.k
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
	op := gpu.Gemm{TransA: size.transA, TransB: size.transB, Alpha: 1}
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
	p, err := dev.Compile("gemm "+text, op)
	if err != nil {
		closeAll()
		return benchCase{}, err
	}
	return benchCase{line: map[string]any{"M": m, "N": n, "K": k, "trans": size.trans()}, label: "gemm " + size.String() + " " + size.trans(), flops: op.Cost().Flops, run: p.Run,
		close: func() { p.Close(); closeAll() }}, nil
}
