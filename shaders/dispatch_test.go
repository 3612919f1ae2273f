package shaders_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/shaders"
	"pgregory.net/rapid"
)

// Enough work groups for every item, none beyond the limits, and fewer spare
// ones than there are rows of groups.
func TestFold(t *testing.T) {
	check := func(t rapid.TB, items, local int) {
		x, y, z := shaders.Fold(items, local)
		groups, need := uint64(x)*uint64(y), (uint64(max(items, 1))+uint64(local)-1)/uint64(local)
		if x == 0 || y == 0 || z != 1 || x > 65535 || y > 65535 {
			t.Errorf("Fold(%d, %d) = %d × %d × %d: outside 1 to 65535", items, local, x, y, z)
		}
		if groups < need || groups >= need+uint64(y) {
			t.Errorf("Fold(%d, %d) = %d × %d: %d groups for %d", items, local, x, y, groups, need)
		}
	}
	for _, items := range []int{0, 1, 63, 64, 65, 65535 * 64, 65535*64 + 1, 2 * 65535 * 64, 1<<32 - 1} {
		check(t, items, 64)
	}
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.IntRange(1, 1024).Draw(t, "local")
		check(t, rapid.IntRange(0, min(1<<32-1, 65535*65535*local)).Draw(t, "items"), local)
	})
}

// The buffer an aligned dispatch addresses is the one it was given.
func TestAlign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alignment := 4 << rapid.IntRange(0, 6).Draw(t, "log")
		start := 4 * rapid.IntRange(0, 1000).Draw(t, "start")
		skip := rapid.IntRange(0, 100).Draw(t, "skip")
		k := shaders.Copy{Push: shaders.CopyPush{Rows: 1, OffX: uint32(skip)}}
		k.X.Region = shaders.Region{Offset: start, Size: 4096}
		d := k.Dispatch(1, 1, 1)
		for range 2 { // a second call changes nothing
			if err := d.Align(alignment); err != nil {
				t.Fatal(err)
			}
			r := d.Bindings[0].Region
			off := int(binary.NativeEndian.Uint32(d.Push[d.Kernel.Bindings[0].OffsetAt:]))
			if r.Offset%alignment != 0 || r.Offset+4*off != start+4*skip || r.Offset+r.Size != start+4096 {
				t.Fatalf("alignment %d: start %d + %d elements became %d + %d, size %d", alignment, start, skip, r.Offset, off, r.Size)
			}
		}
		if k.Push.OffX != uint32(skip) {
			t.Fatal("Align changed the kernel that made the dispatch")
		}
	})
}

func TestAlignRefusesPartElements(t *testing.T) {
	k := shaders.Fill{}
	k.Y.Region.Offset = 66
	d := k.Dispatch(1, 1, 1)
	if err := d.Align(64); err == nil || !strings.Contains(err.Error(), "buffer Y starts at byte 66") {
		t.Errorf("error %v", err)
	}
}
