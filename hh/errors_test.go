package hh_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/hh"
	"pgregory.net/rapid"
)

func TestConfigRefuses(t *testing.T) {
	nan := float32(math.NaN())
	ok := hh.SVDConfig{Rows: 4, Cols: 6, ReflectorsU: 4, ReflectorsV: 4, Center: 1, Radius: 0.5}
	if err := ok.Check(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit func(c *hh.SVDConfig)
		want error
		says string
	}{
		"no rows":               {func(c *hh.SVDConfig) { c.Rows = 0 }, gpu.ErrShape, "0×6"},
		"too many reflectors":   {func(c *hh.SVDConfig) { c.ReflectorsU = 5 }, gpu.ErrShape, "5 reflectors"},
		"negative reflectors":   {func(c *hh.SVDConfig) { c.ReflectorsV = -1 }, gpu.ErrShape, "-1 reflectors"},
		"radius equal centre":   {func(c *hh.SVDConfig) { c.Radius = 1 }, hh.ErrBand, "radius 1"},
		"radius above centre":   {func(c *hh.SVDConfig) { c.Radius = 2 }, hh.ErrBand, "radius 2"},
		"negative radius":       {func(c *hh.SVDConfig) { c.Radius = -0.1 }, hh.ErrBand, "-0.1"},
		"NaN radius":            {func(c *hh.SVDConfig) { c.Radius = nan }, hh.ErrBand, "NaN"},
		"radius that vanishes":  {func(c *hh.SVDConfig) { c.Radius = 1e-40 }, hh.ErrBand, "single precision"},
		"centre that vanishes":  {func(c *hh.SVDConfig) { c.Center, c.Radius = -1e-40, 0 }, hh.ErrBand, "single precision"},
		"positive map, centre":  {func(c *hh.SVDConfig) { c.Map, c.Center = gpu.SigmaPositive, -1 }, hh.ErrBand, "-1"},
		"unknown map":           {func(c *hh.SVDConfig) { c.Map = 9 }, hh.ErrBand, "9"},
		"dense form, rectangle": {func(c *hh.SVDConfig) { c.Form = hh.FormDense }, gpu.ErrShape, "4×6"},
		"unknown form":          {func(c *hh.SVDConfig) { c.Form = 9 }, gpu.ErrShape, "9"},
	} {
		bad := ok
		c.edit(&bad)
		err := bad.Check()
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %q, want %q with %q", name, err, c.want, c.says)
		}
	}
}

// TestResultsThatOverflow asks for numbers that single precision does not have.
func TestResultsThatOverflow(t *testing.T) {
	dev := openCPU(t)
	identity := func(sigma float32) *hh.Factorization {
		return &hh.Factorization{Rows: 2, Cols: 2, Sigma: hh.Spectrum{sigma, sigma}}
	}
	x, huge := []float32{1, 1}, []float32{3e38, 3e38}
	for name, f := range map[string]func() error{
		"apply":            func() error { _, err := identity(4).Apply(dev, huge); return err },
		"apply transposed": func() error { _, err := identity(4).ApplyTransposed(dev, huge); return err },
		"solve":            func() error { _, err := identity(0.25).Solve(dev, huge, 0); return err },
		"pseudo-inverse":   func() error { _, err := identity(1e-39).PseudoInverse(dev, x, 0); return err },
		"power":            func() error { _, err := identity(1e20).Power(dev, x, 2); return err },
		"gradient":         func() error { _, err := identity(4).ApplyGradient(dev, x, huge); return err },
		"gradient of a short reflector": func() error {
			f := identity(1)
			f.U = []float32{1e-40, 1e-40}
			_, err := f.ApplyGradient(dev, []float32{1, 2}, []float32{3, 4})
			return err
		},
		"from dense":     func() error { _, err := hh.FromDense([]float32{3e38, 3e38, 3e38, 3e38}, 2, 2); return err },
		"a NaN to apply": func() error { _, err := identity(4).Apply(dev, []float32{1, float32(math.NaN())}); return err },
		"a NaN in dY": func() error {
			_, err := identity(4).ApplyGradient(dev, x, []float32{1, float32(math.Inf(1))})
			return err
		},
	} {
		if err := f(); !errors.Is(err, hh.ErrNotFinite) {
			t.Errorf("%s: error %v, want %v", name, err, hh.ErrNotFinite)
		}
	}
	if y, err := identity(0.5).Apply(dev, huge); err != nil || y[0] != 1.5e38 {
		t.Errorf("%v, %v", y, err)
	}
}

// TestShapesRefuse gives every entry point views of random shapes: it answers with gpu.ErrShape or makes a program that compiles.
func TestShapesRefuse(t *testing.T) {
	dev := openCPU(t)
	rapid.Check(t, func(t *rapid.T) {
		buf, err := dev.NewBuffer("shapes", 4096, gpu.DeviceOnly)
		if err != nil {
			t.Fatal(err)
		}
		defer buf.Close()
		next := 0
		view := func(name string) gpu.View {
			if rapid.IntRange(0, 9).Draw(t, name+" absent") == 0 {
				return gpu.View{}
			}
			v := buf.View(next, rapid.IntRange(0, 5).Draw(t, name+" rows"), rapid.IntRange(0, 5).Draw(t, name+" columns"))
			next += 32
			return v
		}
		compile := func(ops []gpu.Op, err error) {
			switch {
			case err != nil && !errors.Is(err, gpu.ErrShape) && !errors.Is(err, hh.ErrBand):
				t.Fatalf("untyped error %v", err)
			case err == nil:
				p, err := dev.Compile("shapes", ops...)
				if err != nil {
					t.Fatalf("a list of operations does not compile: %v", err)
				}
				p.Close()
			}
		}
		size := func(name string) int { return rapid.IntRange(-1, 5).Draw(t, name) }
		cfg := hh.SVDConfig{Rows: size("p"), Cols: size("q"), ReflectorsU: size("m1"), ReflectorsV: size("m2"), Center: 1, Radius: 0.5,
			Form: hh.Form(rapid.IntRange(0, 3).Draw(t, "form"))}
		params := hh.SVDParams{U: view("U"), V: view("V"), S: view("S")}
		if s, err := hh.NewSVD(dev, cfg, params); err != nil {
			compile(nil, err)
		} else {
			defer s.Close()
			compile(s.Materialise(), nil)
			compile(s.Gradient(view("dW"), hh.SVDParams{U: view("dU"), V: view("dV"), S: view("dS")}))
		}
		B := size("B")
		if f, err := hh.NewOperator(dev, cfg, B, hh.Algorithm(rapid.IntRange(0, 4).Draw(t, "algorithm")), params); err != nil {
			compile(nil, err)
		} else {
			defer f.Close()
			compile(f.Prepare(), nil)
			compile(f.Forward(view("y"), view("x")))
			compile(f.Transposed(view("yT"), view("xT")))
			compile(f.Inverse(view("yI"), view("xI")))
			compile(f.Power(view("yP"), view("xP"), size("k")))
			compile(f.Backward(view("dx"), view("dy"), view("yB"), hh.SVDParams{U: view("dU2"), V: view("dV2"), S: view("dS2")}))
		}
		product := hh.ProductConfig{Batch: B, Dim: size("n"), Reflectors: size("m"), Algorithm: hh.Algorithm(rapid.IntRange(0, 4).Draw(t, "product")), Block: size("block")}
		if p, err := hh.NewProduct(dev, product, view("reflectors")); err != nil {
			compile(nil, err)
		} else {
			defer p.Close()
			compile(p.Apply(view("py"), view("px"), true))
			compile(p.Backward(view("pdx"), view("pdu"), view("pdy"), view("py2"), false))
		}
	})
}

// TestFactorizationRefuses gives the slice form lengths that do not fit.
func TestFactorizationRefuses(t *testing.T) {
	dev := openCPU(t)
	rapid.Check(t, func(t *rapid.T) {
		slice := func(name string) []float32 {
			s := rapid.SliceOfN(rapid.Float32(), 0, 9).Draw(t, name)
			return s
		}
		f := &hh.Factorization{Rows: rapid.IntRange(-1, 3).Draw(t, "rows"), Cols: rapid.IntRange(-1, 3).Draw(t, "cols"), U: slice("U"), V: slice("V"), Sigma: slice("sigma")}
		for _, call := range []func() error{
			func() error { _, err := f.Apply(dev, slice("x")); return err },
			func() error { _, err := f.Solve(dev, slice("x2"), 0); return err },
			func() error { _, err := f.ApplyGradient(dev, slice("x3"), slice("dy")); return err },
			func() error { _, err := f.Dense(dev); return err },
			func() error { _, err := f.Power(dev, slice("x4"), 2); return err },
		} {
			if err := call(); err != nil && !errors.Is(err, gpu.ErrShape) && !errors.Is(err, hh.ErrNotFinite) && !errors.Is(err, hh.ErrSingular) {
				t.Fatalf("untyped error %v", err)
			}
		}
	})
}
