package cpu

import (
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestDropoutIsRandom draws masks for two steps with one program, and one of another stream: as many elements stay as should, and those
// of two masks have nothing to do with each other, within five standard deviations.
func TestDropoutIsRandom(t *testing.T) {
	const rows, cols, keep = 300, 333, 0.65
	f := newFixture(t, available()[0], 2, 3)
	clock := f.ints([]int32{1})
	first, other := f.out(rows, cols), f.out(rows, cols)
	p, err := f.dev.Compile("masks", gpu.Dropout{Y: first, Clock: clock, Rate: 1 - keep, Seed: 5, Stream: 6},
		gpu.Dropout{Y: other, Clock: clock, Rate: 1 - keep, Seed: 5, Stream: 7})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var masks []dense
	for step := range 2 {
		gpu.AsInts(clock.Buf.Host()[clock.Off:])[0] = int32(step + 1)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		masks = append(masks, get(t, first), get(t, other))
	}
	share := func(what string, p float64, holds func(i int) bool) {
		t.Helper()
		count := 0.0
		for i := range rows * cols {
			if holds(i) {
				count++
			}
		}
		n := float64(rows * cols)
		if d := math.Abs(count-n*p) / math.Sqrt(n*p*(1-p)); d > 5 {
			t.Errorf("%s for %.4f of the elements, want %.4f: %.1f standard deviations", what, count/n, p, d)
		}
	}
	for i, m := range masks {
		share("stays", keep, func(e int) bool { return m.v[e] != 0 })
		share("stays beside one that stays", keep*keep, func(e int) bool { return m.v[e] != 0 && m.v[(e+1)%len(m.v)] != 0 })
		for _, other := range masks[:i] {
			share("stays in both masks", keep*keep, func(e int) bool { return m.v[e] != 0 && other.v[e] != 0 })
		}
	}
}

// TestDropoutForms requires the same bits of all forms, at all lengths and from any counter on.
func TestDropoutForms(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, n := range append([]int{0, 8, 63, 64, 65, 200, 1000}, sizes...) {
			for _, from := range []uint32{0, 5, math.MaxUint32 - 3} {
				s := dropSettings{key: [2]uint32{n32(n), from}, counter: [4]uint32{from, 1 << 31, 9, n32(3 * n)}, threshold: 40000, scale: 1.6384}
				x, want, got := make([]float32, n), make([]float32, n), make([]float32, n)
				for i := range x {
					x[i] = float32(i) - 20.5
				}
				dropoutPortable(want, x, &s)
				k.dropout(got, x, &s)
				for i := range want {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
						t.Fatalf("n=%d from counter %d: element %d is %g, want %g", n, from, i, got[i], want[i])
					}
				}
			}
		}
	})
}

func n32(n int) uint32 { return uint32(n) * 2654435761 }
