package exact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// point holds the operands of a program in one buffer, each in rows longer than it.
type point struct {
	t   *testing.T
	dev *gpu.Device
	buf *gpu.Buffer
	end int
	rng *rand.Rand
}

func newPoint(t *testing.T) *point {
	dev := Open()
	buf, err := dev.NewBuffer("point", 1<<16, gpu.DeviceOnly)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		buf.Close()
		dev.Close()
	})
	return &point{t: t, dev: dev, buf: buf, rng: rand.New(rand.NewPCG(3, 4))}
}

// view places rows × cols normal numbers of the given size.
func (p *point) view(rows, cols int, size float64) gpu.View {
	v := gpu.View{Buf: p.buf, Off: p.end, Rows: rows, Cols: cols, Stride: cols + 3}
	p.end += rows*v.Stride + 1
	values := make([]float64, rows*cols)
	for i := range values {
		values[i] = size * p.rng.NormFloat64()
	}
	Write(v, values)
	return v
}

func (p *point) run(ops ...gpu.Op) {
	p.t.Helper()
	prog, err := p.dev.Compile("point", ops...)
	if err != nil {
		p.t.Fatal(err)
	}
	defer prog.Close()
	if err := prog.Run(); err != nil {
		p.t.Fatal(err)
	}
}

// loss returns the function that runs op and then computes Σ DH∘H.
func (p *point) loss(op gpu.Op, h, dh gpu.View) func() float64 {
	p.t.Helper()
	prog, err := p.dev.Compile("loss", op)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(prog.Close)
	return func() float64 {
		if err := prog.Run(); err != nil {
			p.t.Fatal(err)
		}
		states, sum := Read(h), 0.0
		for i, d := range Read(dh) {
			sum += d * states[i]
		}
		return sum
	}
}

// differences compares the gradient got of loss with central differences at x.
func (p *point) differences(what string, x, got gpu.View, loss func() float64) {
	p.t.Helper()
	at := Read(x)
	want := oracle.Gradient(func(v []float64) float64 {
		Write(x, v)
		return loss()
	}, at, 1e-3)
	Write(x, at)
	for i, g := range Read(got) {
		if math.Abs(g-want[i]) > 1e-8*(1+math.Abs(want[i])) {
			p.t.Errorf("%s: element (%d, %d) is %.12g, central differences say %.12g", what, i/x.Cols, i%x.Cols, g, want[i])
			return
		}
	}
}

// TestLSTMGradients holds every gradient of an LSTM against central differences of its loss Σ DH∘H, with initial states that are not zero.
func TestLSTMGradients(t *testing.T) {
	for i, s := range [][4]int{{1, 1, 1, 1}, {3, 2, 3, 2}, {4, 1, 2, 0}, {2, 3, 1, 3}, {5, 2, 4, -1}} {
		steps, b, n, k := s[0], s[1], s[2], s[3]
		for _, last := range []bool{false, true} {
			t.Run(fmt.Sprintf("T=%d/B=%d/n=%d/k=%d/last=%t", steps, b, n, k, last), func(t *testing.T) {
				p := newPoint(t)
				rows := steps * b
				fwd := gpu.LSTMForward{H: p.view(rows+b, n, 1), C: p.view(rows+b, n, 1), G: p.view(rows, 4*n, 1), W: p.view(4*n, n, 0.7), T: steps, B: b}
				if k < 0 {
					fwd.Z = p.view(rows, 4*n, 1)
				} else {
					fwd.X, fwd.Wx = p.view(rows, k, 1), p.view(4*n, k, 1)
					if i%2 == 1 {
						fwd.Bias = p.view(1, 4*n, 1)
					}
				}
				dh := p.view(rows, n, 1)
				if last {
					dh = p.view(b, n, 1)
				}
				bwd := gpu.LSTMBackward{DZ: p.view(rows, 4*n, 1), W: fwd.W, G: fwd.G, C: fwd.C, DH: dh, DH0: p.view(b, n, 1), DC0: p.view(b, n, 1), T: steps, B: b}
				grad := gpu.RNNGradient{Delta: bwd.DZ, H: fwd.H, DW: p.view(4*n, n, 1), DBias: p.view(1, 4*n, 1), T: steps, B: b}
				if k >= 0 {
					grad.X, grad.DWx = fwd.X, p.view(4*n, k, 1)
				}
				p.run(fwd, bwd, grad)
				evaluation := fwd
				evaluation.G = gpu.View{}
				loss := p.loss(evaluation, fwd.H.RowRange(rows+b-dh.Rows, rows+b), dh)
				p.differences("DW", fwd.W, grad.DW, loss)
				p.differences("DH0", fwd.H.RowRange(0, b), bwd.DH0, loss)
				p.differences("DC0", fwd.C.RowRange(0, b), bwd.DC0, loss)
				if k < 0 {
					p.differences("DZ", fwd.Z, bwd.DZ, loss)
				} else {
					p.differences("DWx", fwd.Wx, grad.DWx, loss)
				}
				if !fwd.Bias.IsZero() {
					p.differences("DBias", fwd.Bias, grad.DBias, loss)
				}
			})
		}
	}
}

// TestLSTMAgainstOracle compares with the oracle's products of dense matrices, in place and apart.
func TestLSTMAgainstOracle(t *testing.T) {
	const steps, b, n = 4, 3, 5
	p := newPoint(t)
	z, w := p.view(steps*b, 4*n, 1), p.view(4*n, n, 0.5)
	fwd := gpu.LSTMForward{H: p.view((steps+1)*b, n, 1), C: p.view((steps+1)*b, n, 1), G: z, Z: z, W: w, T: steps, B: b}
	dh := p.view(steps*b, n, 1)
	bwd := gpu.LSTMBackward{DZ: z, G: z, C: fwd.C, W: w, DH: dh, DH0: p.view(b, n, 1), DC0: p.view(b, n, 1), T: steps, B: b}
	matrix := func(v gpu.View) oracle.Matrix { return oracle.New(v.Rows, v.Cols, Read(v)) }
	W, Z, DH := matrix(w), matrix(z), matrix(dh)
	H0, C0 := matrix(fwd.H.RowRange(0, b)), matrix(fwd.C.RowRange(0, b))
	want := oracle.LSTMForward(W, H0, C0, Z)
	back := oracle.LSTMBackward(W, C0, want, DH)
	near := func(what string, v gpu.View, want oracle.Matrix) {
		t.Helper()
		for i, got := range Read(v) {
			if math.Abs(got-want.Data[i]) > 1e-12 {
				t.Fatalf("%s: element %d is %g, want %g", what, i, got, want.Data[i])
			}
		}
	}
	p.run(fwd)
	near("H", fwd.States(), want.H)
	near("C", fwd.Cells(), want.C)
	near("G", fwd.G, want.G)
	p.run(bwd)
	near("DZ", bwd.DZ, back.DZ)
	near("DH0", bwd.DH0, back.DH0)
	near("DC0", bwd.DC0, back.DC0)
}

// TestMaskedLSTMGradients does so with a mask of the states; the gradient of W is made of what W was given.
func TestMaskedLSTMGradients(t *testing.T) {
	const steps, b, n = 4, 2, 3
	p := newPoint(t)
	rows := steps * b
	mask, masked := p.view(b, n, 1), p.view(rows+b, n, 1)
	Write(mask, []float64{0, 1.25, 2, 0.5, 0, 1})
	fwd := gpu.LSTMForward{H: p.view(rows+b, n, 1), C: p.view(rows+b, n, 1), G: p.view(rows, 4*n, 1), W: p.view(4*n, n, 0.7), Z: p.view(rows, 4*n, 1),
		Mask: mask, Masked: masked.RowRange(0, rows), T: steps, B: b}
	dh := p.view(rows, n, 1)
	bwd := gpu.LSTMBackward{DZ: p.view(rows, 4*n, 1), W: fwd.W, G: fwd.G, C: fwd.C, DH: dh, DH0: p.view(b, n, 1), DC0: p.view(b, n, 1), Mask: mask, T: steps, B: b}
	dw := p.view(4*n, n, 1)
	p.run(fwd, bwd, gpu.RNNGradient{Delta: bwd.DZ, H: masked, DW: dw, T: steps, B: b})
	loss := p.loss(fwd, fwd.H.RowRange(b, rows+b), dh)
	p.differences("DW", fwd.W, dw, loss)
	p.differences("DZ", fwd.Z, bwd.DZ, loss)
	p.differences("DH0", fwd.H.RowRange(0, b), bwd.DH0, loss)
	p.differences("DC0", fwd.C.RowRange(0, b), bwd.DC0, loss)
}
