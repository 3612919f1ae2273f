//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// product is a matrix product to test.
type product struct {
	m, n, k        int
	transA, transB bool
	alpha, beta    float32
	scale, bias    bool
	act            gpu.Activation
	lay            layout
	batch          int
}

func (p product) String() string {
	s := fmt.Sprintf("%dx%dx%d,%v", p.m, p.n, p.k, p.lay)
	if p.transA {
		s += ",TA"
	}
	if p.transB {
		s += ",TB"
	}
	if p.batch > 0 {
		s += fmt.Sprintf(",batch=%d", p.batch)
	}
	return s + fmt.Sprintf(",alpha=%g,beta=%g,scale=%v,bias=%v,%v", p.alpha, p.beta, p.scale, p.bias, p.act)
}

// TestGemmShapes multiplies matrices of all sizes and transposes.
func TestGemmShapes(t *testing.T) {
	dev := deviceFor(t)
	for i, m := range sizes {
		for tr := range 4 {
			for _, lay := range opLayouts {
				n, k := sizes[(i+tr)%len(sizes)], sizes[(i*3+tr*7)%len(sizes)]
				testGemm(t, dev, product{m: m, n: n, k: k, transA: tr&1 != 0, transB: tr&2 != 0, alpha: 1, lay: lay})
			}
		}
	}
	for tr := range 4 {
		testGemm(t, dev, product{m: 257, n: 516, k: 260, transA: tr&1 != 0, transB: tr&2 != 0, alpha: 1, lay: vectors})
	}
}

// TestGemmEpilogue combines α, β, scale, bias and activations, with and without shares of K.
func TestGemmEpilogue(t *testing.T) {
	dev := deviceFor(t)
	acts := []gpu.Activation{{}, {Kind: gpu.ReLU}, {Kind: gpu.LeakyReLU, Slope: 0.2}, {Kind: gpu.Tanh}}
	for i := range 16 {
		p := product{m: 33, n: 36, k: 29, alpha: 0.7, beta: []float32{0, -1.5}[i&1], scale: i&2 != 0, bias: i&4 != 0, act: acts[i>>1&3], lay: opLayouts[i>>2%3]}
		testGemm(t, dev, p)
		p.k = 4*gemmShare + 5
		testGemm(t, dev, p)
	}
	testGemm(t, dev, product{m: 5, n: 7, k: 0, alpha: 1, beta: 0, bias: true, scale: true})
	testGemm(t, dev, product{m: 5, n: 7, k: 0, alpha: 1, beta: 2})
	testGemm(t, dev, product{m: 0, n: 7, k: 3, alpha: 1})
	testGemm(t, dev, product{m: 5, n: 0, k: 3, alpha: 1})
}

// TestGemmBatch multiplies batches.
func TestGemmBatch(t *testing.T) {
	dev := deviceFor(t)
	for tr := range 4 {
		for _, lay := range opLayouts {
			testGemm(t, dev, product{m: 9, n: 12, k: 20, transA: tr&1 != 0, transB: tr&2 != 0, alpha: 1, beta: 0.5, lay: lay, batch: 3})
			testGemm(t, dev, product{m: 9, n: 12, k: 2 * gemmShare, transA: tr&1 != 0, transB: tr&2 != 0, alpha: 1, lay: lay, batch: 2})
		}
	}
}

// TestGemmLong is the product of a gradient over all time steps.
func TestGemmLong(t *testing.T) {
	dev := deviceFor(t)
	testGemm(t, dev, product{m: 32, n: 33, k: 20_000, transA: true, alpha: 1})
	testGemm(t, dev, product{m: 20_000, n: 20, k: 5, transB: true, alpha: 1, bias: true})
}

// TestGemmVariants multiplies with every tile that a device may pick.
func TestGemmVariants(t *testing.T) {
	for _, software := range []bool{true, false} {
		r := limits{Software: software, MaxInvocations: 1024, MaxSharedBytes: 32 << 10}
		seen := map[string]bool{}
		for _, m := range []int{1, 4, 16, 64, 300, 5000} {
			for _, n := range []int{1, 20, 64, 128, 300, 5000} {
				for _, k := range []int{8, 300, 5000, 100_000} {
					p := gemmCandidates(gemmShape{m: m, n: n, k: k, count: 1}, r)[0]
					seen[p.String()] = true
					if p.splits < 1 || p.share%4 != 0 || (p.splits-1)*p.share >= k || p.splits*p.share < k {
						t.Errorf("%d×%d×%d: %d shares of %d", m, n, k, p.splits, p.share)
					}
				}
			}
		}
		if len(seen) < 4 {
			t.Errorf("only %v are ever chosen", seen)
		}
	}
}

// testGemm runs a product in buffers whose batch items lie apart and compares it with a loop.
func testGemm(t *testing.T, dev *gpu.Device, p product) {
	t.Run(p.String(), func(t *testing.T) {
		count := max(p.batch, 1)
		ar, ac, br, bc := p.m, p.k, p.k, p.n
		if p.transA {
			ar, ac = ac, ar
		}
		if p.transB {
			br, bc = bc, br
		}
		av, bv, cv := randoms(1, count*ar*ac), randoms(2, count*br*bc), randoms(3, count*p.m*p.n)
		sv, biasv := randoms(4, p.n), randoms(5, p.n)
		a := newFilled(t, dev, "A", count*ar, ac, p.lay, av)
		b := newFilled(t, dev, "B", count*br, bc, p.lay, bv)
		c := newOperand(t, dev, "C", count*p.m, p.n, p.lay)
		if p.beta != 0 {
			c.set(cv)
		}
		o := gpu.Gemm{TransA: p.transA, TransB: p.transB, Alpha: p.alpha, Beta: p.beta, Act: p.act, Batch: p.batch,
			A: a.RowRange(0, ar), B: b.RowRange(0, br), C: c.RowRange(0, p.m),
			StrideA: ar * a.Stride, StrideB: br * b.Stride, StrideC: p.m * c.Stride}
		if p.scale {
			o.Scale = newFilled(t, dev, "scale", 1, p.n, layout{off: 1}, sv).View
		}
		if p.bias {
			o.Bias = newFilled(t, dev, "bias", 1, p.n, layout{off: 2}, biasv).View
		}
		runOps(t, dev, o)
		want, tol := make([]float64, count*p.m*p.n), make([]float64, count*p.m*p.n)
		for q := range count {
			for i := range p.m {
				for j := range p.n {
					at := (q*p.m+i)*p.n + j
					want[at], tol[at] = p.element(av[q*ar*ac:], bv[q*br*bc:], i, j, ac, bc, float64(cv[at]), sv[j], biasv[j])
				}
			}
		}
		near(t, "C", c.get(), want, tol)
	})
}

// element returns element i, j of a product and the tolerance of an fp32 sum of its length.
func (p product) element(a, b []float32, i, j, lda, ldb int, c float64, scale, bias float32) (want, tol float64) {
	var sum, size float64
	for k := range p.k {
		x, y := i*lda+k, k*ldb+j
		if p.transA {
			x = k*lda + i
		}
		if p.transB {
			y = j*ldb + k
		}
		v := float64(a[x]) * float64(b[y])
		sum += v
		size += math.Abs(v)
	}
	f := float64(p.alpha)
	if p.scale {
		f *= float64(scale)
	}
	sum, size = sum*f, size*math.Abs(f)
	if p.beta != 0 {
		sum += float64(p.beta) * c
		size += math.Abs(float64(p.beta) * c)
	}
	if p.bias {
		sum += float64(bias)
		size += math.Abs(float64(bias))
	}
	return activation(p.act, sum), unit * size * (8 + 2*math.Sqrt(float64(p.k)))
}

// activation is φ in float64.
func activation(a gpu.Activation, z float64) float64 {
	switch {
	case a.Kind == gpu.ReLU && z < 0:
		return 0
	case a.Kind == gpu.LeakyReLU && z < 0:
		return float64(a.Slope) * z
	case a.Kind == gpu.Tanh:
		return math.Tanh(z)
	}
	return z
}

// TestGemmHardware multiplies with the tiles of graphics processors.
func TestGemmHardware(t *testing.T) {
	dev := limitedDevice(t, func(l *limits) { l.Software = false })
	acts := []gpu.Activation{{}, {Kind: gpu.ReLU}, {Kind: gpu.LeakyReLU, Slope: 0.2}, {Kind: gpu.Tanh}}
	for tr := range 4 {
		for i, s := range [][3]int{{1, 1, 1}, {3, 130, 17}, {65, 64, 64}, {300, 33, 1200}, {260, 264, 64}, {2, 7, 0}} {
			p := product{m: s[0], n: s[1], k: s[2], transA: tr&1 != 0, transB: tr&2 != 0, alpha: 1, lay: opLayouts[(i+tr)%3]}
			testGemm(t, dev, p)
			p.alpha, p.beta, p.scale, p.bias, p.act = 0.5, 2, i%2 == 0, i%3 == 0, acts[i%4]
			testGemm(t, dev, p)
		}
	}
	testGemm(t, dev, product{m: 700, n: 1032, k: 20, alpha: 1, lay: vectors})
	testGemm(t, dev, product{m: 20, n: 24, k: 36, alpha: 1, batch: 5, lay: vectors})
}

// TestGemmTiles multiplies with each tile, at sizes just off its own.
func TestGemmTiles(t *testing.T) {
	for i, tile := range slices.Concat(shaders.GemmSoftware, shaders.GemmHardware) {
		if tile.Addressed {
			continue // TestGemmByAddress
		}
		dev := limitedDevice(t, func(l *limits) { l.GemmTiles = []shaders.GemmTile{tile} })
		p := gemmPlan{tile: tile}
		testGemm(t, dev, product{m: p.rows(), n: p.cols(), k: int(tile.KC) + 4, transA: i%2 == 0, alpha: 1, lay: vectors})
		testGemm(t, dev, product{m: p.rows() + 1, n: p.cols() - 1, k: int(tile.KC) - 1, transB: i%2 == 0, alpha: 1, lay: opLayouts[2]})
		if tile.Buffers > 0 { // rows along and across K, with and without a ragged end of K
			c := product{m: p.rows() + 4, n: p.cols() - 4, k: 3*int(tile.KC) - 3*(i&1), transA: i&1 != 0, transB: i&2 != 0, alpha: 1, lay: vectors}
			testGemm(t, dev, c)
		}
	}
}

// TestGemmCut multiplies matrices that exceed the bytes and the work groups that a kernel may have.
func TestGemmCut(t *testing.T) {
	narrow := limitedDevice(t, func(l *limits) { l.MaxRange = 40 << 10 })
	few := limitedDevice(t, func(l *limits) { l.MaxGroups = [3]uint32{2, 2, 2} })
	for tr := range 4 {
		p := product{m: 150, n: 97, k: 200, transA: tr&1 != 0, transB: tr&2 != 0, alpha: 0.5, beta: 2, scale: true, bias: true, act: gpu.Activation{Kind: gpu.ReLU}}
		testGemm(t, narrow, p)
		testGemm(t, few, p)
		p.batch, p.m = 7, 20
		testGemm(t, narrow, p)
		testGemm(t, few, p)
	}
}

// TestGemmBackwardsCut multiplies a batch that lies backwards in memory, and spans more than a kernel can see.
func TestGemmBackwardsCut(t *testing.T) {
	const count, m, n, k = 3, 40, 24, 56
	av, bv := randoms(71, count*m*k), randoms(72, count*k*n)
	run := func(dev *gpu.Device) []float32 {
		a, b := newFilled(t, dev, "a", count*m, k, tight, av), newFilled(t, dev, "b", count*k, n, tight, bv)
		c := newOperand(t, dev, "c", count*m, n, tight)
		runOps(t, dev, gpu.Gemm{C: c.View.RowRange((count-1)*m, count*m), A: a.View.RowRange((count-1)*m, count*m), B: b.View.RowRange(0, k), Alpha: 1,
			Batch: count, StrideA: -m * k, StrideB: k * n, StrideC: -m * n})
		return c.get()
	}
	got := run(limitedDevice(t, func(l *limits) { l.MaxRange = 16 << 10 }))
	for at, whole := range run(deviceFor(t)) {
		if math.Abs(float64(got[at]-whole)) > 1e-5 {
			t.Fatalf("element %d is %g, want %g as on a device without the limit", at, got[at], whole)
		}
	}
}

// Items of a batch that lie 2 words past a multiple of 4 apart cannot be read as vec4, though the third of them could.
func TestGemmBatchApartByHalves(t *testing.T) {
	eachKind(t, func(t *testing.T, dev *gpu.Device) {
		const count, side, step = 3, 4, 18
		for _, transB := range []bool{false, true} {
			data := randoms(77, 2*count*step)
			in, out := newFilled(t, dev, "in", 1, len(data), tight, data), newOperand(t, dev, "out", 1, count*step, tight)
			window := func(v gpu.View, at int) gpu.View {
				return gpu.View{Buf: v.Buf, Off: v.Off + at, Rows: side, Cols: side, Stride: side}
			}
			runOps(t, dev, gpu.Gemm{C: window(out.View, 0), A: window(in.View, 0), B: window(in.View, count*step), TransB: transB, Alpha: 1,
				Batch: count, StrideA: step, StrideB: step, StrideC: step})
			got := out.get()
			for p := range count {
				for i := range side {
					for j := range side {
						want := 0.0
						for k := range side {
							b := k*side + j
							if transB {
								b = j*side + k
							}
							want += float64(data[p*step+i*side+k]) * float64(data[(count+p)*step+b])
						}
						if d := math.Abs(float64(got[p*step+i*side+j]) - want); !(d < 1e-5) {
							t.Fatalf("item %d, element (%d, %d): %g, want %g", p, i, j, got[p*step+i*side+j], want)
						}
					}
				}
			}
		}
	})
}
