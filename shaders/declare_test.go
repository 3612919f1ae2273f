package shaders

import (
	"slices"
	"strings"
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
	list := declare(k, tileSpec{16, 1}, tileSpec{32, 0})
	if want := []tileSpec{{16, 1}, {32, 0}}; !slices.Equal(list, want) {
		t.Errorf("declare returned %v, want %v", list, want)
	}
	if !k.HasVariant([]uint32{16, 1}) || !k.HasVariant([]uint32{32, 0}) || k.HasVariant([]uint32{16, 0}) || k.HasVariant(nil) {
		t.Errorf("variants %v", k.Variants())
	}
}

func TestDeclareProduct(t *testing.T) {
	k := tileKernel(t)
	declareProduct(k, either("HALF"), upTo("TILE", 2))
	want := [][]uint32{{0, 0}, {1, 0}, {2, 0}, {0, 1}, {1, 1}, {2, 1}}
	if got := k.Variants(); !slices.EqualFunc(got, want, slices.Equal[[]uint32]) {
		t.Errorf("variants %v, want %v", got, want)
	}
}

func TestDeclareRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		f    func(k *Kernel)
		want string
	}{
		"a variant twice":     {func(k *Kernel) { declare(k, tileSpec{1, 0}, tileSpec{1, 0}) }, "declared twice"},
		"an unknown constant": {func(k *Kernel) { declareProduct(k, either("QUARTER")) }, "no specialization constant QUARTER"},
		"another kernel's":    {func(k *Kernel) { k.Spec = k.Spec[:1]; declare(k, tileSpec{1, 0}) }, "has 1 specialization constants, a variant of it 2"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, c.want) {
					t.Errorf("panic %q, want one with %q", text, c.want)
				}
			}()
			c.f(tileKernel(t))
		})
	}
}
