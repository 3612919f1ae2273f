package axis_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectral-gpu/spectral-gpu/model/axis"
)

// TestAxis: what an axis is made for lies on it, in its order, and places give the numbers back.
func TestAxis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.Bool().Draw(t, "log")
		room := rapid.SampledFrom([]float64{0, 0.04}).Draw(t, "room")
		lo := rapid.Float64Range(-1e6, 1e6).Draw(t, "lo")
		hi := lo + rapid.Float64Range(0, 1e6).Draw(t, "width")
		if log {
			lo = math.Exp(rapid.Float64Range(-20, 20).Draw(t, "log lo"))
			hi = lo * math.Exp(rapid.Float64Range(0, 20).Draw(t, "log width"))
		}
		a := axis.New(lo, hi, log, room)
		if !(a.Lo < a.Hi) || a.Lo > lo || a.Hi < hi {
			t.Fatalf("%+v does not hold %g … %g", a, lo, hi)
		}
		v := lo + rapid.Float64Range(0, 1).Draw(t, "at")*(hi-lo)
		at := a.At(v)
		if !(at >= -1e-9 && at <= 1+1e-9) || math.Abs(a.Value(at)-v) > 1e-9*max(math.Abs(lo), math.Abs(hi))+1e-15 {
			t.Fatalf("%g is at %g of %+v, where %g is", v, at, a, a.Value(at))
		}
		if a.At(lo) > a.At(hi) {
			t.Fatalf("%+v runs backwards", a)
		}
	})
}

// TestEdges: nothing to show, one number, zeros on a logarithmic axis, and the last number on the last place.
func TestEdges(t *testing.T) {
	for name, a := range map[string]axis.Axis{"zero": axis.New(0, 0, false, 0), "one": axis.New(1, 1, false, 0.04), "log of zeros": axis.New(0, 0, true, 0),
		"log of one": axis.New(3, 3, true, 0), "log from zero": axis.New(0, 1, true, 0), "log of the least": axis.New(5e-324, 5e-324, true, 0)} {
		if !(a.Lo < a.Hi) || math.IsInf(a.Hi, 0) || a.Log && !(a.Lo > 0) {
			t.Errorf("%s: %+v", name, a)
		}
		if at := a.At(a.Hi); math.Abs(at-1) > 1e-12 || a.At(a.Lo) != 0 {
			t.Errorf("%s: ends at %g and %g", name, a.At(a.Lo), at)
		}
	}
	if a := axis.New(2, 4, false, 0); a != (axis.Axis{Lo: 2, Hi: 4}) {
		t.Errorf("without room: %+v", a)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		a    axis.Axis
		n    int
		want []string
	}{
		{axis.Axis{Lo: 0, Hi: 1000, Log: false}, 5, []string{"0", "200", "400", "600", "800", "1000"}},
		{axis.Axis{Lo: -0.3, Hi: 0.3, Log: false}, 4, []string{"−0.2", "0.0", "0.2"}},
		{axis.Axis{Lo: 0.9904, Hi: 1.0096, Log: false}, 5, []string{"0.995", "1.000", "1.005"}},
		{axis.Axis{Lo: 1e-4, Hi: 1, Log: true}, 5, []string{"0.0001", "0.001", "0.01", "0.1", "1"}},
		{axis.Axis{Lo: 0.09, Hi: 11, Log: true}, 8, []string{"0.1", "0.2", "0.5", "1", "2", "5", "10"}},
		{axis.Axis{Lo: 1e-12, Hi: 1, Log: true}, 4, []string{"1e−12", "", "", "", "1e−8", "", "", "", "0.0001", "", "", "", "1"}},
		{axis.Axis{Lo: 2, Hi: 3, Log: true}, 3, []string{"2.0", "2.5", "3.0"}},
	} {
		got := c.a.Ticks(c.n)
		if len(got) != len(c.want) {
			t.Errorf("%+v: %+v, want %q", c.a, got, c.want)
			continue
		}
		for i, tick := range got {
			if tick.Label != c.want[i] {
				t.Errorf("%+v: tick %d is %q, want %q", c.a, i, tick.Label, c.want[i])
			}
		}
	}
}

func TestFewTicks(t *testing.T) {
	for _, c := range []struct{ lo, hi float64 }{{0, 0}, {1, 1}, {1e-30, 1e-30}, {-5, 7}, {1e-9, 1e9}, {0, 1}, {-1, 0}} {
		for _, log := range []bool{false, true} {
			if n := len(axis.New(c.lo, c.hi, log, 0.04).Ticks(5)); n > 100 {
				t.Errorf("%v, log %v: %d ticks", c, log, n)
			}
		}
	}
}

func TestRoundStep(t *testing.T) {
	for _, c := range [][2]float64{{1, 1}, {1.1, 2}, {2.0000000001, 2}, {2.1, 5}, {5.1, 10}, {0.03, 0.05}, {700, 1000}} {
		if got := axis.RoundStep(c[0]); math.Abs(got/c[1]-1) > 1e-12 {
			t.Errorf("%g becomes %g, want %g", c[0], got, c[1])
		}
	}
}
