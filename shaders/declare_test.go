package shaders

import (
	"slices"
	"testing"
)

type tileSpec struct{ tile, half uint32 }

func (s *tileSpec) bits() []uint32 { return []uint32{s.tile, s.half} }

// tileKernel returns a kernel of two constants, forgotten after the test.
func tileKernel(t *testing.T) *Kernel {
	k := &Kernel{Name: "tile", Spec: []SpecInfo{{Name: "TILE", Type: "uint", Default: 8}, {ID: 1, Name: "HALF", Type: "bool"}}}
	t.Cleanup(func() { delete(variants, k) })
	return k
}

func TestDeclare(t *testing.T) {
	k := tileKernel(t)
	if got, want := k.Variants(), [][]uint32{{8, 0}}; !slices.EqualFunc(got, want, slices.Equal[[]uint32]) {
		t.Errorf("variants before any is declared %v, want %v", got, want)
	}
	list := declare(k, tileSpec{16, 1}, tileSpec{32, 0})
	if want := []tileSpec{{16, 1}, {32, 0}}; !slices.Equal(list, want) {
		t.Errorf("declare returned %v, want %v", list, want)
	}
	declare(k, tileSpec{32, 0}, tileSpec{64, 0}) // one that is there, one that is new
	if got, want := k.Variants(), [][]uint32{{16, 1}, {32, 0}, {64, 0}}; !slices.EqualFunc(got, want, slices.Equal[[]uint32]) {
		t.Errorf("variants %v, want %v", got, want)
	}
}

func TestCombine(t *testing.T) {
	got := combine([]tileSpec{{tile: 4}, {tile: 8}},
		either(func(s *tileSpec, on bool) {
			if on {
				s.half = 1
			}
		}),
		oneOf(func(s *tileSpec, by uint32) { s.tile *= by }, 1, 3),
	)
	want := []tileSpec{{4, 0}, {12, 0}, {4, 1}, {12, 1}, {8, 0}, {24, 0}, {8, 1}, {24, 1}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
