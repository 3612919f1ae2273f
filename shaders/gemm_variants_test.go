package shaders_test

import (
	"testing"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// TestGemmHardwareTiles: the sizes are what gemm_staged.comp takes for granted, and some tile needs no more shared memory than every device has.
func TestGemmHardwareTiles(t *testing.T) {
	power := func(n uint32) bool { return n > 0 && n&(n-1) == 0 }
	least := 1 << 20
	for _, tile := range shaders.GemmHardware {
		all, rows, cols := tile.LocalSizeX*tile.LocalSizeY, tile.LocalSizeY*tile.TM, tile.LocalSizeX*tile.TN*4
		for _, n := range []uint32{tile.LocalSizeX, tile.LocalSizeY, tile.TM, tile.TN, tile.KC} {
			if !power(n) {
				t.Errorf("%v: %d is no power of two", tile, n)
			}
		}
		if tile.TM < 4 || tile.KC < 4 || all < tile.KC || all < rows/4 || all < cols/4 || tile.Buffers < 1 || tile.Buffers > 2 ||
			tile.Parts > 1 && (!power(tile.Parts) || 2*tile.LocalSizeX*tile.TN > tile.KC) {
			t.Errorf("%v: not a tile of gemm_staged.comp", tile)
		}
		least = min(least, tile.SharedBytes())
	}
	if least > 16<<10 {
		t.Errorf("every tile takes %d bytes of shared memory or more", least)
	}
}
