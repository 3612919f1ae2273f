//go:build cgo

package vulkan

import (
	"errors"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// operands makes views in one large buffer, for operations that are recorded and never run.
type operands struct {
	buf *gpu.Buffer
	at  int
}

func (o *operands) view(rows, cols, pitch int) gpu.View {
	o.at = (o.at + 3) / 4 * 4
	v := gpu.View{Buf: o.buf, Off: o.at, Rows: rows, Cols: cols, Stride: pitch}
	o.at += rows*pitch + 1
	return v
}

// TestTrial: the shortened copy of an operation is well-formed, has the work that was asked for, and takes the same pipelines as the
// operation, so that what tuning compiles is not compiled again.
func TestTrial(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	d.limits.GemmTiles, d.limits.RNNTiles = twoTiles, []shaders.RNNTile{{Rows: 1, Vecs: 1, Parts: 1}, {Rows: 4, Vecs: 1, Parts: 1}}
	d.limits.LowRankTiles = []shaders.LowRankTile{{Rows: 1, Vecs: 1, Lanes: 8, Parts: 1}, {Rows: 4, Vecs: 1, Lanes: 8, Parts: 1}}
	dev := gpu.NewDevice(d)
	o := &operands{buf: newBuffer(t, dev, "operands", 24<<20, gpu.DeviceOnly)}
	const T, B = 3000, 7
	for name, op := range map[string]gpu.Op{
		"product":          gpu.Gemm{C: o.view(3000, 64, 64), A: o.view(3000, 128, 128), B: o.view(128, 64, 64), Alpha: 1},
		"ragged product":   gpu.Gemm{C: o.view(1025, 33, 37), A: o.view(1025, 999, 1001), B: o.view(33, 999, 999), TransB: true, Alpha: 1, Beta: 1, Bias: o.view(1, 33, 33)},
		"gradient":         gpu.Gemm{C: o.view(40, 36, 36), A: o.view(60_000, 40, 40), B: o.view(60_000, 36, 36), TransA: true, Alpha: 1},
		"batch":            gpu.Gemm{C: o.view(80*65, 64, 64).RowRange(0, 64), A: o.view(64, 64, 64), B: o.view(80*65, 64, 64).RowRange(0, 64), Alpha: 1, Batch: 80, StrideC: 4100, StrideB: 4097},
		"fused input":      gpu.RNNForward{H: o.view((T+1)*B, 64, 64), W: o.view(64, 64, 64), X: o.view(T*B, 2, 2), Wx: o.view(64, 2, 2), Bias: o.view(1, 64, 64), T: T, B: B},
		"mapped input":     gpu.RNNForward{H: o.view((T+1)*B, 64, 68), W: o.view(64, 64, 64), X: o.view(T*B, 9, 9), Wx: o.view(64, 9, 9), Bias: o.view(1, 64, 64), T: T, B: B},
		"given input":      gpu.RNNForward{H: o.view((T+1)*B, 63, 65), W: o.view(63, 63, 63), Z: o.view(T*B, 63, 63), T: T, B: B},
		"backward":         gpu.RNNBackward{H: o.view((T+1)*B, 64, 64), W: o.view(64, 64, 64), DH: o.view(T*B, 64, 64), Delta: o.view(T*B, 64, 64), DH0: o.view(B, 64, 64), T: T, B: B},
		"backward of last": gpu.RNNBackward{H: o.view((T+1)*B, 64, 64), W: o.view(64, 64, 64), DH: o.view(B, 64, 64), Delta: o.view(T*B, 64, 64), T: T, B: B},
		"factors": gpu.RNNLowRankForward{H: o.view((T+1)*B, 64, 64), D: o.view(1, 64, 64), L: o.view(30, 64, 64), R: o.view(30, 64, 64), C: o.view(T*B, 30, 32),
			X: o.view(T*B, 2, 2), Wx: o.view(64, 2, 2), Bias: o.view(1, 64, 64), T: T, B: B},
		"backward in factors": gpu.RNNLowRankBackward{H: o.view((T+1)*B, 64, 64), D: o.view(1, 64, 64), L: o.view(30, 64, 64), R: o.view(30, 64, 64), E: o.view(T*B, 30, 32),
			DH: o.view(B, 64, 64), Delta: o.view(T*B, 64, 64), T: T, B: B},
	} {
		t.Run(name, func(t *testing.T) { testTrial(t, d, op) })
		o.at = 0
	}
	z := gpu.RNNForward{H: o.view((T+1)*B, 64, 64), W: o.view(64, 64, 64), T: T, B: B}
	z.Z = z.States()
	t.Run("input in place", func(t *testing.T) { testTrial(t, d, z) })
	masked := gpu.RNNForward{H: o.view((T+1)*B, 64, 64), W: o.view(64, 64, 64), Z: o.view(T*B, 64, 64), Mask: o.view(B, 64, 64), T: T, B: B}
	masked.Masked = masked.H.RowRange(0, T*B)
	t.Run("masked in the states", func(t *testing.T) { testTrial(t, d, masked) })
	factors := gpu.RNNLowRankForward{H: masked.H, D: o.view(1, 64, 64), L: o.view(30, 64, 64), R: o.view(30, 64, 64), Z: masked.Z, Mask: masked.Mask, Masked: masked.Masked, T: T, B: B}
	t.Run("factors, masked in the states", func(t *testing.T) { testTrial(t, d, factors) })
	back := gpu.RNNBackward{H: o.view((T+1)*B, 64, 64), W: o.view(64, 64, 64), Delta: o.view(T*B, 64, 64), T: T, B: B}
	back.DH = back.Delta
	t.Run("backward in place", func(t *testing.T) { testTrial(t, d, back) })
}

func testTrial(t *testing.T, d *device, op gpu.Op) {
	const flops = 3e7
	if err := op.Check(); err != nil {
		t.Fatal(err)
	}
	list := d.tunables([]gpu.Op{op})
	if len(list) == 0 {
		t.Fatal("nothing to tune")
	}
	class := list[len(list)-1] // a recurrence comes after its input's product
	for _, c := range list {
		if c.op.Name() == op.Name() {
			class = c
		}
	}
	trial, err := d.newTrial(class.op, flops)
	if err != nil {
		t.Fatal(err)
	}
	defer trial.close()
	if work := float64(trial.op.Cost().Flops); work > 3*flops || work < flops/4 || work > float64(class.op.Cost().Flops) {
		t.Errorf("%g flops of %g, want about %g", work, float64(class.op.Cost().Flops), flops)
	}
	for _, c := range class.tiles {
		p, err := trial.program(c.id)
		if err != nil {
			t.Fatal(err)
		}
		if took, err := runTimed(p); err != nil || took <= 0 {
			t.Errorf("%v, %v", took, err)
		}
		before := pipelinesOf(d, op.Name())
		whole, err := d.compile([]gpu.Op{class.op}, gpu.CompileOptions{}, c.id)
		if err != nil {
			t.Fatal(err)
		}
		whole.Close()
		if after := pipelinesOf(d, op.Name()); after != before {
			t.Errorf("tile %s: %d pipelines after the trial, %d after the operation", c.text, before, after)
		}
	}
}

// pipelinesOf counts the forms in which a kernel is compiled.
func pipelinesOf(d *device, kernel string) (n int) {
	for key := range d.pipelines.made {
		if key.kernel.Name == kernel {
			n++
		}
	}
	return n
}

// TestTrialBounds: an operation that cannot be shortened to fit, and one without tiles, are errors that leave no memory behind.
func TestTrialBounds(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	o := &operands{buf: gpu.WrapMemory("operands", 1<<40, nil)}
	wide := gpu.Gemm{C: o.view(8, 8, 8), A: o.view(8, 4, 1<<20), B: o.view(4, 8, 1<<26), Alpha: 1}
	if _, err := d.newTrial(wide, 1e9); !errors.Is(err, gpu.ErrOutOfMemory) {
		t.Errorf("error %v", err)
	}
	if _, err := d.newTrial(gpu.Fill{Y: o.buf.All()}, 1e9); !errors.Is(err, gpu.ErrUnsupported) {
		t.Errorf("error %v", err)
	}
}
