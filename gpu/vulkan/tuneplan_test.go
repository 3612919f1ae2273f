//go:build cgo

package vulkan

import (
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// TestSizeClass: classes are four an octave and a size is never above its class.
func TestSizeClass(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 7: 7, 8: 8, 9: 10, 10: 10, 11: 12, 16: 16, 17: 20, 100: 112, 112: 112, 113: 128, 128: 128, 129: 160, 100_352: 114_688} {
		if got := sizeClass(n); got != want {
			t.Errorf("%d is in class %d, want %d", n, got, want)
		}
	}
	for n := 1; n < 5000; n++ {
		if c := sizeClass(n); c < n || sizeClass(c) != c || c > n+n/4+1 {
			t.Errorf("%d is in class %d, which is in class %d", n, c, sizeClass(c))
		}
	}
}

// TestOtherShares: the plans that tuning may choose add up to K, keep the bound on the length of a sum, and have names of their own.
func TestOtherShares(t *testing.T) {
	for _, software := range []bool{true, false} {
		l := limits{Software: software, MaxInvocations: 1024, MaxSharedBytes: 32 << 10}
		others := 0
		for _, size := range [][3]int{{1, 1, 0}, {8, 8, 511}, {64, 64, 512}, {512, 512, 1100}, {128, 128, 100_352}, {33, 1000, 5003}, {4000, 4000, 2048}} {
			s := gemmShape{m: size[0], n: size[1], k: size[2], count: 1}
			seen := map[string]bool{}
			for _, p := range gemmCandidates(s, l) {
				if seen[p.id()] {
					t.Errorf("%v: two plans %s", s, p.id())
				}
				seen[p.id()] = true
				if p.rule == "" {
					continue
				}
				others++
				if p.share > gemmShare || p.splits*p.share < s.k || (p.splits-1)*p.share >= s.k {
					t.Errorf("%v: %d shares of %d", s, p.splits, p.share)
				}
			}
		}
		if others < 8 {
			t.Errorf("software %v: only %d plans with other shares", software, others)
		}
	}
}

// TestRNNCandidatesOfLargeStates: tuning may take one product a step where W is streamed, and the model does not.
func TestRNNCandidatesOfLargeStates(t *testing.T) {
	dev := testExecutor(t, gpu.Options{})
	l := dev.limits
	l.Software, l.RNNTiles = false, nil
	for _, n := range []int{rnnStreamed - 1, rnnStreamed} {
		list := rnnCandidates(n, 32, 10, n, l)
		if list[0].rows == 0 || (list[1].rows == 0) != (n >= rnnStreamed) {
			t.Errorf("n=%d: candidates %v", n, list)
		}
	}
	o := &operands{buf: newBuffer(t, deviceFor(t), "operands", 2<<20, gpu.DeviceOnly)}
	op := gpu.RNNForward{H: o.view(320, rnnStreamed, rnnStreamed), W: o.view(rnnStreamed, rnnStreamed, rnnStreamed), T: 9, B: 32}
	r := &recorder{dev: dev, limits: l, tuned: tunings{rnnKey(op, rnnStreamed, op.B): {Tile: rnnPlan{}.id()}}}
	if p := r.planForward(op); p.rows != 0 || p.steps != 1 {
		t.Errorf("tuned to one product a step: %v, %d steps a dispatch", p, p.steps)
	}
}

// TestByTime: the least time first, equal ones in their order.
func TestByTime(t *testing.T) {
	list := []rnnPlan{{rows: 1}, {rows: 2}, {rows: 3}, {rows: 4}}
	for i, p := range byTime(list, []float64{5, 2, 5, 1}) {
		if want := []uint32{4, 2, 1, 3}[i]; p.rows != want {
			t.Errorf("place %d: %v", i, p)
		}
	}
}

// TestIDs: no two tiles share an identity.
func TestIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, list := range [][]shaders.GemmTile{shaders.GemmSoftware, shaders.GemmHardware} {
		for _, tile := range list {
			id := gemmPlan{tile: tile}.id()
			if seen[id] || kindOf(id) != "gemm" {
				t.Errorf("%q", id)
			}
			seen[id] = true
		}
	}
}
