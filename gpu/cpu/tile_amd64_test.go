package cpu

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// Narrow tiles have the same bits on whole vectors and on halves, and neither writes beyond them.
func TestNarrowTiles(t *testing.T) {
	if !cpu.X86.HasAVX512F || !cpu.X86.HasAVX512VL {
		t.Skip("no AVX-512")
	}
	const depth, pitch = 19, 21
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		return x
	}
	for rows := 1; rows <= 14; rows++ {
		for cols := 1; cols <= 16; cols++ {
			for e := range epilogues {
				in := tile{depth: depth, a: random(14 * depth), aRow: depth, aCol: 1, b: random(16 * depth), bRow: 16, cols: cols, panels: 1, epilogue: e, slope: 0.25,
					e: random(rows * pitch), eRow: pitch, cRow: pitch, dRow: pitch}
				if rows%2 == 0 {
					in.scale, in.add, in.addRow = random(cols), random(rows*pitch), pitch
				}
				if cols%3 > 0 {
					in.mul, in.with, in.withRow = random(cols), random(rows*pitch), pitch
				}
				var out [2][]float32
				for i, multiply := range []func(int, *tile){multiplyAVX512, multiplyAVX512Half} {
					run := in
					out[i] = make([]float32, 2*14*pitch)
					for j := range out[i] {
						out[i][j] = guard
					}
					run.c, run.d = out[i], out[i][14*pitch:]
					multiply(rows, &run)
				}
				for i, v := range out[0] {
					inside := i%(14*pitch)/pitch < rows && i%(14*pitch)%pitch < cols
					if math.Float32bits(v) != math.Float32bits(out[1][i]) || inside == (v == guard) {
						t.Fatalf("%d×%d, epilogue %d: element %d is %g on whole vectors, %g on halves", rows, cols, e, i, v, out[1][i])
					}
				}
			}
		}
	}
}

// The assembly reads the tile by these offsets (tools/asmgen).
func TestTileOffsets(t *testing.T) {
	var x tile
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"depth", unsafe.Offsetof(x.depth), 0}, {"a", unsafe.Offsetof(x.a), 8}, {"aRow", unsafe.Offsetof(x.aRow), 32}, {"aCol", unsafe.Offsetof(x.aCol), 40},
		{"b", unsafe.Offsetof(x.b), 48}, {"bRow", unsafe.Offsetof(x.bRow), 72}, {"add", unsafe.Offsetof(x.add), 80}, {"addRow", unsafe.Offsetof(x.addRow), 104},
		{"e", unsafe.Offsetof(x.e), 112}, {"eRow", unsafe.Offsetof(x.eRow), 136}, {"c", unsafe.Offsetof(x.c), 144}, {"cRow", unsafe.Offsetof(x.cRow), 168},
		{"d", unsafe.Offsetof(x.d), 176}, {"dRow", unsafe.Offsetof(x.dRow), 200}, {"cols", unsafe.Offsetof(x.cols), 208},
		{"epilogue", unsafe.Offsetof(x.epilogue), 216}, {"slope", unsafe.Offsetof(x.slope), 220}, {"ahead", unsafe.Offsetof(x.ahead), 224}, {"aheadStep", unsafe.Offsetof(x.aheadStep), 248}, {"scale", unsafe.Offsetof(x.scale), 256},
		{"mul", unsafe.Offsetof(x.mul), 280}, {"with", unsafe.Offsetof(x.with), 304}, {"withRow", unsafe.Offsetof(x.withRow), 328}, {"panels", unsafe.Offsetof(x.panels), 336}, {"bNext", unsafe.Offsetof(x.bNext), 344},
	} {
		if f.got != f.want {
			t.Errorf("field %s is at %d, the assembly expects it at %d", f.name, f.got, f.want)
		}
	}
}
