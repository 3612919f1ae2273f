package cpu

import (
	"testing"
	"unsafe"
)

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
