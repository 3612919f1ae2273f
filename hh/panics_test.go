package hh_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn/nntest"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// TestNothingPanics: what is nil, zero, negative or no number is an error, or has a sensible meaning.
func TestNothingPanics(t *testing.T) {
	dev := cpu(t)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x := []float32{1, 2}
	good, err := hh.FromDense([]float32{2, 1, 0, 3}, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	small := hh.SVDConfig{Rows: 2, Cols: 2, Center: 1}
	src := philox.New(1, 1)
	for name, c := range map[string]struct {
		want error
		f    func() error
	}{
		"SVD without device": {gpu.ErrNoDevice, func() error { s, err := hh.NewSVD(nil, small, hh.SVDParams{}); s.Close(); return err }},
		"operator without device": {gpu.ErrNoDevice, func() error {
			o, err := hh.NewOperator(nil, small, 1, hh.AlgorithmAuto, hh.SVDParams{})
			o.Close()
			return err
		}},
		"product without device": {gpu.ErrNoDevice, func() error {
			p, err := hh.NewProduct(nil, hh.ProductConfig{Batch: 1, Dim: 2}, gpu.View{})
			p.Close()
			return err
		}},
		"Q without device":      {gpu.ErrShape, func() error { q, err := hh.NewDenseQ(nil, gpu.View{}, false); q.Close(); return err }},
		"defect without device": {gpu.ErrNoDevice, func() error { d, err := hh.NewDefect(nil, gpu.View{}); d.Close(); return err }},
		"tune without device":   {gpu.ErrNoDevice, func() error { _, _, err := hh.Tune(nil, hh.ProductConfig{Batch: 4, Dim: 7, Reflectors: 7}); return err }},
		"tune nothing":          {gpu.ErrShape, func() error { _, _, err := hh.Tune(nil, hh.ProductConfig{}); return err }},
		"SVD of nothing":        {gpu.ErrShape, func() error { s, err := hh.NewSVD(dev, hh.SVDConfig{}, hh.SVDParams{}); s.Close(); return err }},
		"operator of nothing": {gpu.ErrShape, func() error {
			o, err := hh.NewOperator(dev, hh.SVDConfig{}, 0, 0, hh.SVDParams{})
			o.Close()
			return err
		}},
		"product of nothing": {gpu.ErrShape, func() error { p, err := hh.NewProduct(dev, hh.ProductConfig{}, gpu.View{}); p.Close(); return err }},
		"Q of nothing":       {gpu.ErrShape, func() error { q, err := hh.NewDenseQ(dev, gpu.View{}, true); q.Close(); return err }},
		"defect of nothing": {nil, func() error {
			d, err := hh.NewDefect(dev, gpu.View{})
			if err == nil {
				_, err = d.Value()
			}
			return err
		}},
		"SVD in no arena": {gpu.ErrShape, func() error {
			s, err := hh.PlanSVD(nil, "svd", small, hh.SVDParams{}, gpu.View{})
			if err == nil {
				_, err = dev.Compile("p", s.Materialise()...)
			}
			return err
		}},
		"a batch below 0":       {gpu.ErrShape, func() error { _, err := hh.NewOperator(dev, small, -1, hh.AlgorithmAuto, hh.SVDParams{}); return err }},
		"a zero center":         {nil, func() error { return hh.SVDConfig{Rows: 2, Cols: 2}.Check() }},
		"a center of NaN":       {hh.ErrBand, func() error { return hh.SVDConfig{Rows: 2, Cols: 2, Center: nan}.Check() }},
		"a band beyond fp32":    {hh.ErrBand, func() error { return hh.SVDConfig{Rows: 2, Cols: 2, Center: 3e38, Radius: 2e38}.Check() }},
		"no center of exp":      {hh.ErrBand, func() error { return hh.SVDConfig{Rows: 2, Cols: 2, Map: gpu.SigmaPositive}.Check() }},
		"from dense: nil":       {gpu.ErrShape, func() error { _, err := hh.FromDense(nil, 2, 2); return err }},
		"from dense: negative":  {gpu.ErrShape, func() error { _, err := hh.FromDense([]float32{1}, -1, -1); return err }},
		"from dense: NaN":       {hh.ErrNotFinite, func() error { _, err := hh.FromDense([]float32{nan}, 1, 1); return err }},
		"from dense: infinite":  {hh.ErrNotFinite, func() error { _, err := hh.FromDense([]float32{inf}, 1, 1); return err }},
		"from mat: nil":         {gpu.ErrShape, func() error { _, err := hh.FromMat(nil); return err }},
		"from mat: nil pointer": {gpu.ErrShape, func() error { _, err := hh.FromMat((*mat.Dense)(nil)); return err }},
		"from mat: empty":       {gpu.ErrShape, func() error { _, err := hh.FromMat(&mat.Dense{}); return err }},
		"from mat: beyond fp32": {hh.ErrNotFinite, func() error { _, err := hh.FromMat(mat.NewDense(1, 1, []float64{1e300})); return err }},
		"start from nothing":    {gpu.ErrShape, func() error { _, _, err := hh.From(nil, hh.Band{Center: 1, Radius: 0.1}); return err }},
		"a zero band":           {hh.ErrBand, func() error { _, _, err := good.Parameters(hh.Band{}); return err }},
		"a zero band, clamped":  {nil, func() error { _, _, err := good.Parameters(hh.Band{Clamp: true}); return err }},
		"σ of no band":          {nil, func() error { hh.Band{}.Sigma([]float32{nan, 1}); hh.Band{Center: nan}.Sigma(nil); return nil }},
		"rcond of NaN":          {hh.ErrNotFinite, func() error { _, err := good.PseudoInverse(dev, x, math.NaN()); return err }},
		"solve, rcond of NaN":   {hh.ErrNotFinite, func() error { _, err := good.Solve(dev, x, math.NaN()); return err }},
		"a negative power":      {gpu.ErrShape, func() error { _, err := good.Power(dev, x, -1); return err }},
		"rank −1":               {nil, func() error { return good.Truncate(-1).Check() }},
		"no source":             {gpu.ErrShape, func() error { return hh.InitReflectors(make([]float32, 4), 2, 2, nil) }},
		"no source, Haar":       {gpu.ErrShape, func() error { _, err := hh.HaarReflectors(make([]float32, 4), 2, nil); return err }},
		"no source, identity":   {gpu.ErrShape, func() error { return hh.NearIdentityReflectors(make([]float32, 4), 2, 2, 0.1, nil) }},
		"eps of NaN":            {hh.ErrNotFinite, func() error { return hh.NearIdentityReflectors(make([]float32, 4), 2, 2, math.NaN(), src) }},
		"−1 reflectors":         {gpu.ErrShape, func() error { return hh.IdentityReflectors(nil, -1, 2) }},
		"a spectrum of no view": {gpu.ErrShape, func() error { _, err := hh.ReadSpectrum(gpu.View{}); return err }},
		"an empty spectrum": {nil, func() error {
			s := hh.Spectrum(nil)
			s.Norm()
			s.Smallest()
			s.Condition()
			s.LogAbsDet()
			s.Truncate(-1)
			s.PowerBound(-1)
			return s.Invertible(0)
		}},
	} {
		nntest.Survive(t, name, c.want, c.f)
	}
	for name, call := range map[string]func() ([]float32, error){
		"apply": func() ([]float32, error) { return good.Apply(nil, x) }, "transposed": func() ([]float32, error) { return good.ApplyTransposed(nil, x) },
		"solve": func() ([]float32, error) { return good.Solve(nil, x, 0) }, "pseudo-inverse": func() ([]float32, error) { return good.PseudoInverse(nil, x, 0) },
		"power": func() ([]float32, error) { return good.Power(nil, x, 2) }, "dense": func() ([]float32, error) { return good.Dense(nil) },
		"gradient": func() ([]float32, error) { _, err := good.ApplyGradient(nil, x, x); return nil, err },
	} {
		nntest.Survive(t, name+" without device", gpu.ErrNoDevice, func() error { _, err := call(); return err })
	}
	for name, f := range map[string]*hh.Factorization{"nil": nil, "zero": {}, "negative": {Rows: -1, Cols: -2}, "NaN": {Rows: 1, Cols: 1, Sigma: hh.Spectrum{nan}}} {
		for call, do := range map[string]func() error{
			"check": f.Check, "inverse": func() error { _, err := f.Inverse(0); return err }, "determinant": func() error { _, _, err := f.LogDet(); return err },
			"mat": func() error { _, err := f.Mat(); return err }, "apply": func() error { _, err := f.Apply(dev, x); return err },
			"transposed": func() error { _, err := f.ApplyTransposed(dev, x); return err }, "solve": func() error { _, err := f.Solve(dev, x, 0); return err },
			"pseudo-inverse": func() error { _, err := f.PseudoInverse(dev, x, 0); return err }, "power": func() error { _, err := f.Power(dev, x, 2); return err },
			"dense": func() error { _, err := f.Dense(dev); return err }, "gradient": func() error { _, err := f.ApplyGradient(dev, x, x); return err },
			"parameters": func() error {
				if _, _, err := f.Parameters(hh.Band{Center: 1, Radius: 0.5}); err != nil {
					return err
				}
				return f.Check()
			},
			"truncate": func() error { return f.Truncate(1).Check() }, "start": func() error { _, _, err := hh.From(f, hh.Band{Center: 1}); return err },
			"reflectors": func() error { f.ReflectorsU(); f.ReflectorsV(); return f.Check() },
		} {
			want := gpu.ErrShape
			if name == "NaN" {
				want = hh.ErrNotFinite
			}
			nntest.Survive(t, name+" factors: "+call, want, do)
		}
	}
}

// TestWeightsOfNothing: a weight without settings is one, and what cannot be is an error of New.
func TestWeightsOfNothing(t *testing.T) {
	dev := cpu(t)
	nan := float32(math.NaN())
	factors, err := hh.FromDense([]float32{1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3)
	if err != nil {
		t.Fatal(err)
	}
	given, _, err := hh.From(factors, hh.Band{Center: 1, Radius: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	constant := hh.Start{S: nn.Constant(0.5)}
	for name, c := range map[string]struct {
		w    *hh.Weight
		want error
	}{
		"nil":                       {nil, gpu.ErrShape},
		"zero":                      {&hh.Weight{}, nil},
		"negative reflectors":       {&hh.Weight{Reflectors: -1}, gpu.ErrShape},
		"too many reflectors":       {&hh.Weight{Reflectors: 4}, gpu.ErrShape},
		"a center of NaN":           {&hh.Weight{Reflectors: 2, Center: nan}, hh.ErrBand},
		"a radius of NaN":           {&hh.Weight{Reflectors: 2, Center: 1, Radius: nan}, hh.ErrBand},
		"a negative radius":         {&hh.Weight{Reflectors: 2, Center: 1, Radius: -0.1}, hh.ErrBand},
		"no center":                 {&hh.Weight{Reflectors: 2, Radius: 0.1}, nil},
		"exp without center":        {&hh.Weight{Reflectors: 2, Map: gpu.SigmaPositive}, hh.ErrBand},
		"an unknown map":            {&hh.Weight{Reflectors: 2, Center: 1, Map: 9}, hh.ErrBand},
		"an unknown method":         {&hh.Weight{Reflectors: 2, Method: 9}, gpu.ErrShape},
		"rotations without angles":  {&hh.Weight{Reflectors: 2, Start: hh.Rotations(nil)}, nil},
		"a start of s alone":        {&hh.Weight{Reflectors: 2, Start: constant}, nil},
		"a start of V alone":        {&hh.Weight{Reflectors: 2, Start: hh.Start{V: nn.Constant(1)}}, nil},
		"the same, without any":     {&hh.Weight{Reflectors: 2, Start: hh.Start{Same: true}}, nil},
		"factors of another number": {&hh.Weight{Reflectors: 2, Start: given}, gpu.ErrShape},
		"factors":                   {&hh.Weight{Reflectors: 3, Start: given}, nil},
	} {
		nntest.Survive(t, name, c.want, func() error {
			net, err := nn.New(dev, nn.Config{Layer: nn.Sequential{&nn.Recurrent{Hidden: 3, Weight: c.w}}, Loss: nn.SquaredError{}, Rule: nn.SGD{}, In: nn.Shape{Length: 2, Batch: 2, Width: 2}})
			if err != nil {
				net.Close() // nil
				return err
			}
			defer net.Close()
			if _, err := net.TrainStep(1, 0, 2); err != nil {
				return err
			}
			if name == "a start of s alone" {
				sigma, err := hh.ReadSpectrum(c.w.Sigma())
				if want := 1 + 0.2*(1/(1+math.Exp(-0.5))-0.5); err != nil || math.Abs(sigma.Norm()-want) > 1e-6 {
					t.Errorf("%s: σ = %v, %v; want %g", name, sigma, err, want)
				}
			}
			return nil
		})
	}
	var w *hh.Weight
	nntest.Survive(t, "one weight of two layers", gpu.ErrShape, func() error {
		w = &hh.Weight{Reflectors: 2}
		_, err := nn.New(dev, nn.Config{Layer: nn.Sequential{&nn.Linear{Out: 3, Weight: w}, &nn.Linear{Out: 3, Weight: w}}, In: nn.Shape{Length: 1, Batch: 1, Width: 3}})
		return err
	})
	nntest.Survive(t, "a weight of no network", gpu.ErrShape, func() error {
		w := &hh.Weight{}
		w.Band()
		w.Chosen()
		w.Params()
		w.Sides()
		w.Matrix()
		_, err := hh.ReadSpectrum(w.Sigma())
		return err
	})
}

// TestNaNIsNoticed: a NaN in one reflector reaches the loss, the gradient and the predictions through every activation and every method; none of them
// makes a number of it.
func TestNaNIsNoticed(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		if e.exact {
			return // it stands for the truth in other tests
		}
		for _, act := range []gpu.ActivationKind{gpu.Identity, gpu.ReLU, gpu.LeakyReLU, gpu.Tanh, gpu.ModReLU, gpu.ScaledTanh} {
			for name, method := range map[string]hh.Method{"formed once": hh.Materialised, "applied": hh.Applied, "formed": hh.Materialised, "low-rank": hh.AsLowRank} {
				a, w := gpu.Activation{Kind: act}, &hh.Weight{Reflectors: 2, Method: method}
				layer := nn.Layer(&nn.Linear{Out: 8, Weight: w, Act: a})
				if name == "formed" || name == "low-rank" {
					layer = &nn.Recurrent{Hidden: 8, Weight: w, Act: a, Last: true}
				}
				net, err := nn.New(dev, nn.Config{Layer: nn.Sequential{layer, &nn.Linear{Out: 3}}, Loss: nn.CrossEntropy{}, Rule: nn.SGD{}, In: nn.Shape{Length: 3, Batch: 1, Width: 8}})
				if err != nil {
					t.Fatal(err)
				}
				sample := make([]float64, 24)
				for i := range sample {
					sample[i] = float64(i%5) - 2
					net.Train.Values()[i], net.Eval.Values()[i] = float32(sample[i]), float32(sample[i])
				}
				value, _ := w.Params()
				if err := gpu.WriteView(value.U.RowRange(0, 1).ColRange(3, 4), []float32{float32(math.NaN())}); err != nil {
					t.Fatal(err)
				}
				net.Changed()
				eval, err := net.EvalStep()
				_, predicted := net.Predict([][]float64{sample})
				train, err2 := net.TrainStep(1, 0.1, 3)
				if err != nil || err2 != nil || eval.Finite || train.Finite || !errors.Is(predicted, hh.ErrNotFinite) {
					t.Errorf("%v, %s: evaluation %+v, %v; training %+v, %v; prediction %v", a, name, eval, err, train, err2, predicted)
				}
				net.Close()
			}
		}
	})
}
