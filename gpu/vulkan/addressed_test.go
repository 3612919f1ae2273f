//go:build cgo

package vulkan

import (
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// TestReadByAddress runs LSTMs with W and the state read by address: within rounding of float64, and the same bits as without, also with the time
// steps cut into several dispatches. The sizes have turns that are a whole product, that leave nothing over and that leave a row over.
func TestReadByAddress(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	if !d.limits.byAddress() {
		t.Skip("this device's kernels do not read by address") // Mesa 22 compiles such code for minutes
	}
	dev := gpu.NewDevice(d)
	for _, c := range []lstmCase{
		{n: 21, k: 1, t: 5, b: 11, lay: opLayouts[2]},
		{n: 36, k: -1, t: 3, b: 9, lay: vectors, inPlace: true, lastOnly: true},
		{n: 136, k: 3, t: 2, b: 5, lay: vectors},
	} {
		d.limits.GatedTiles = []shaders.GatedTile{{Rows: 8, Vecs: 1, Parts: 1}}
		d.limits.SlowLoads = true
		lstm := testLSTM(t, dev, c)
		d.limits.SlowLoads = false
		forward, backward := c.shapes()
		if !gatedCandidates(forward, d.limits)[0].byAddress || !gatedCandidates(backward, d.limits)[0].byAddress {
			t.Fatalf("%v is not read by address", c)
		}
		equal := func(what string, got [][]float32) {
			for out := range lstm {
				if !sameBits(lstm[out], got[out]) {
					t.Errorf("%s %v: output %d differs", what, c, out)
				}
			}
		}
		equal("LSTM", testLSTM(t, dev, c))
		whole := d.limits.MaxLoop
		cutGated(c, &d.limits)
		equal("LSTM, 2 steps a dispatch", testLSTM(t, dev, c))
		d.limits.MaxLoop = whole
	}
}

// TestAddressedPieces: what is read by address takes few dispatches, however long the sequence, and short ones are read so.
func TestAddressedPieces(t *testing.T) {
	l := testExecutor(t, gpu.Options{}).limits
	l.Software, l.Int64, l.SlowLoads, l.Subgroup, l.GatedTiles = true, true, false, shaders.GatedSoftwareLanes, nil
	for _, n := range []int{64, 128, 512} {
		for _, steps := range []int{1, 56, 784, 5000} {
			forward, backward := lstmCase{n: n, k: 2, t: steps, b: 128, lay: vectors}.shapes()
			for _, s := range []gatedShape{forward, backward} {
				addressed := 0
				for _, p := range gatedCandidates(s, l) {
					if !p.byAddress {
						continue
					}
					if addressed++; ceilDiv(steps, p.stepsOf(s, l)) > addressedPieces {
						t.Errorf("n=%d, %d steps: %v takes %d dispatches", n, steps, p, ceilDiv(steps, p.stepsOf(s, l)))
					}
				}
				if addressed == 0 && steps == 1 {
					t.Errorf("n=%d, one step: nothing is read by address", n)
				}
			}
		}
	}
}

func TestAddressedTurn(t *testing.T) {
	for depth4, want := range map[uint32]uint32{1: 1, 6: 6, 32: 32, 33: 33, 35: 17, 36: 18, 65: 32, 128: 32, 129: 32} {
		if turn := shaders.AddressedTurn(depth4); turn != want {
			t.Errorf("%d rows of W are taken %d at a time, want %d", depth4, turn, want)
		}
	}
}
