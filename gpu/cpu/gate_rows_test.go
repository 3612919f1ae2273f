package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// rowsOfUnits are pre-activations, gradients and parameters of n units, extremes among them.
func rowsOfUnits(rng *rand.Rand, n int, kind gpu.ActivationKind) (z, g, unit []float32) {
	extremes := []float32{0, float32(math.Copysign(0, -1)), 1e-30, -1e-30, 1e-4, 40, -40, 1e30, -1e30, 0.2, -0.2}
	for i := range n {
		x, u := float32(rng.NormFloat64()), float32(rng.NormFloat64()/4)
		if i%3 == 1 {
			x = extremes[i/3%len(extremes)]
		}
		if kind == gpu.ScaledTanh {
			u = []float32{float32(math.Exp(float64(2 * u))), 0, -1, 1e-9}[min(i%7, 3)]
		}
		z, g, unit = append(z, x), append(g, float32(rng.NormFloat64())), append(unit, u)
	}
	return z, g, unit
}

// wantUnit returns φ(z), φ' and ∂φ/∂unit in double precision, the latter two of h as fp32 has it.
func wantUnit(kind gpu.ActivationKind, z, unit float64, h float32) (value, derivative, byUnit float64) {
	y := float64(h)
	if kind == gpu.ModReLU {
		if z != 0 && math.Abs(z)+unit > 0 {
			value = math.Copysign(math.Abs(z)+unit, z)
		}
		if h != 0 {
			derivative, byUnit = 1, math.Copysign(1, y)
		}
		return value, derivative, byUnit
	}
	a := max(unit, leastScale)
	u := max(-1+0x1p-24, min(a*y, 1-0x1p-24)) // as near 1 as fp32 comes
	return math.Tanh(a*z) / a, 1 - a*y*a*y, ((1-u*u)*math.Atanh(u) - u) / (a * a)
}

// TestUnitActivations compares the activations with parameters, and their ways back, with double precision.
func TestUnitActivations(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, kind := range []gpu.ActivationKind{gpu.ModReLU, gpu.ScaledTanh} {
			for _, n := range append(sizes, 1000) {
				z, g, unit := rowsOfUnits(rng, n, kind)
				act := bound{gpu.Activation{Kind: kind}, k, unit}
				h, v, alone, sums := append([]float32(nil), z...), append([]float32(nil), g...), append([]float32(nil), g...), make([]float32, n)
				act.activate(h, 0)
				act.gate(v, h, sums, 0)
				act.gate(alone, h, nil, 0)
				act.finishSums(sums, 0)
				for i := range n {
					value, derivative, byUnit := wantUnit(kind, float64(z[i]), float64(unit[i]), h[i])
					what := fmt.Sprintf("%v of %g with %g", act.Activation, z[i], unit[i])
					size := math.Abs(float64(z[i])) + math.Abs(float64(unit[i]))
					a := max(float64(unit[i]), leastScale)
					if kind == gpu.ScaledTanh {
						size = math.Abs(value)
					}
					within(t, what, h[i], value, 16*size)
					within(t, what+": gradient", v[i], float64(g[i])*derivative, 8*math.Abs(float64(g[i])))
					within(t, what+": gradient alone", alone[i], float64(g[i])*derivative, 8*math.Abs(float64(g[i])))
					size = math.Abs(float64(g[i]))
					if kind == gpu.ScaledTanh {
						size *= math.Abs(float64(h[i])) / a
					}
					within(t, what+": gradient of the parameter", sums[i], float64(g[i])*byUnit, 16*size)
				}
			}
		}
	})
}

// within fails unless |got − want| ≤ size·2⁻²⁴, and denormal numbers.
func within(t *testing.T, what string, got float32, want, size float64) {
	t.Helper()
	if d := math.Abs(float64(got) - want); !(d <= size*0x1p-24+0x1p-126) {
		t.Fatalf("%s is %g, want %g: off by %g of %g", what, got, want, d, size*0x1p-24)
	}
}

// TestUnitNaN verifies that NaN stays NaN on the way there and back.
func TestUnitNaN(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, kind := range []gpu.ActivationKind{gpu.ModReLU, gpu.ScaledTanh} {
			for _, n := range []int{8, 3} {
				x, ones, sums := make([]float32, n), make([]float32, n), make([]float32, n)
				for i := range x {
					x[i], ones[i] = nan, 1
				}
				act := bound{gpu.Activation{Kind: kind}, k, ones}
				act.activate(x, 0)
				v := append([]float32(nil), ones...)
				act.gate(v, x, sums, 0)
				for i := range x {
					if x[i] == x[i] || kind == gpu.ScaledTanh && v[i] == v[i] {
						t.Errorf("%v, %d elements: NaN becomes %g, its gradient %g", act.Activation, n, x[i], v[i])
					}
				}
			}
		}
	})
}

// TestGateRows compares gates and masks of rows of all lengths with plain loops.
func TestGateRows(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		rng := rand.New(rand.NewPCG(5, 6))
		for _, n := range append(sizes, 0, 1000) {
			row := func() []float32 {
				x := make([]float32, n)
				for i := range x {
					x[i] = float32(rng.NormFloat64())
				}
				return x
			}
			v, h, add := row(), row(), row()
			if n > 2 {
				h[0], h[2] = 0, nan
			}
			for name, f := range map[string]struct {
				run  func(v []float32)
				want func(v, h, add float64) float64
			}{
				"leaky": {func(v []float32) { k.gateRows.leaky(0.25, v, h) }, func(v, h, _ float64) float64 {
					if h > 0 {
						return v
					}
					return v / 4
				}},
				"tanh":     {func(v []float32) { k.gateRows.tanh(v, h) }, func(v, h, _ float64) float64 { return v * (1 - h*h) }},
				"mask":     {func(v []float32) { k.gateRows.mask(oneRow(v), oneRow(v), oneRow(add)) }, func(v, _, add float64) float64 { return v * add }},
				"mask add": {func(v []float32) { k.gateRows.maskAdd(oneRow(v), oneRow(add), oneRow(add)) }, func(v, _, add float64) float64 { return v*add + add }},
			} {
				got := append([]float32(nil), v...)
				f.run(got)
				for i := range got {
					want := f.want(float64(v[i]), float64(h[i]), float64(add[i]))
					if math.IsNaN(want) && math.IsNaN(float64(got[i])) {
						continue
					}
					within(t, fmt.Sprintf("%s, element %d of %d", name, i, n), got[i], want, 4*(math.Abs(want)+2*math.Abs(float64(v[i]))+math.Abs(float64(add[i]))))
				}
			}
		}
	})
}

// TestBlocks compares what takes several rows at once, each with a pitch of its own, with one row after the other, and looks at what lies between
// the rows.
func TestBlocks(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		rng := rand.New(rand.NewPCG(7, 8))
		for _, n := range append(sizes, 0) {
			for _, rows := range []int{0, 1, 2, 5} {
				block := func(beside int) matrix {
					m := matrix{rows: rows, cols: n, stride: n + beside}
					for range rows * m.stride {
						m.data = append(m.data, float32(rng.NormFloat64()))
					}
					return m
				}
				again := func(m matrix) matrix {
					m.data = append([]float32(nil), m.data...)
					return m
				}
				to, v, mask, unit := block(1), block(3), block(0), oneRow(make([]float32, n))
				for i := range unit.data {
					unit.data[i] = float32(rng.NormFloat64()) / 4
				}
				for name, run := range map[string]func(to, v, mask, unit matrix){
					"modReLU":      func(to, _, _, unit matrix) { k.unit.modReLU(to, unit.data[:n]) },
					"gate modReLU": func(to, v, mask, _ matrix) { k.unit.gateModReLU(to, v, mask) },
					"mask":         func(to, v, mask, _ matrix) { k.gateRows.mask(to, v, mask) },
					"mask add":     func(to, v, mask, _ matrix) { k.gateRows.maskAdd(to, v, mask) },
				} {
					at, sums, want, wantSums := again(to), again(mask), again(to), again(mask)
					run(at, v, sums, unit)
					for r := range rows {
						run(oneRow(want.row(r)), oneRow(v.row(r)), oneRow(wantSums.row(r)), unit)
					}
					if !slices.Equal(at.data, want.data) || !slices.Equal(sums.data, wantSums.data) {
						t.Errorf("%s: %d rows of %d at once are %v, %v, one after the other %v, %v", name, rows, n, at.data, sums.data, want.data, wantSums.data)
					}
				}
			}
		}
	})
}
