package hh_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

func TestInverseAndDeterminant(t *testing.T) {
	swap := mat.NewDense(2, 2, []float64{0, 1, 1, 0})
	for name, w := range map[string]*mat.Dense{
		"1": mat.NewDense(1, 1, []float64{-2}), "swap": swap, "identity": mat.NewDense(3, 3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}),
		"minus identity": mat.NewDense(3, 3, []float64{-1, 0, 0, 0, -1, 0, 0, 0, -1}), "7": mat.NewDense(7, 7, random("w", 7, 7).Data),
		"32": mat.NewDense(32, 32, random("x", 32, 32).Data), "33": mat.NewDense(33, 33, random("y", 33, 33).Data),
	} {
		t.Run(name, func(t *testing.T) {
			f, err := hh.FromMat(w)
			if err != nil {
				t.Fatal(err)
			}
			wantLog, wantSign := mat.LogDet(w)
			logAbs, sign, err := f.LogDet()
			if err != nil || sign != int(wantSign) || math.Abs(logAbs-wantLog) > 1e-4 {
				t.Errorf("determinant %d·e^%g, %v; want %g·e^%g", sign, logAbs, err, wantSign, wantLog)
			}
			inverse, err := f.Inverse(0)
			if err != nil {
				t.Fatal(err)
			}
			m, err := inverse.Mat()
			if err != nil {
				t.Fatal(err)
			}
			var product mat.Dense
			product.Mul(w, m)
			for i := range product.RawMatrix().Rows {
				product.Set(i, i, product.At(i, i)-1)
			}
			if d := mat.Max(&product); math.Abs(d) > 1e-6*f.Sigma.Condition() {
				t.Errorf("W W⁻¹ is off the identity by %g with condition %g", d, f.Sigma.Condition())
			}
		})
	}
	// One reflector a side, of which one is the identity: a reflection.
	f := &hh.Factorization{Rows: 3, Cols: 3, U: []float32{1, 2, 3}, V: []float32{0, 0, 0}, Sigma: hh.Spectrum{1, 2, 4}}
	if logAbs, sign, err := f.LogDet(); err != nil || sign != -1 || math.Abs(logAbs-math.Log(8)) > 1e-12 {
		t.Errorf("a reflection: %d·e^%g, %v; want −8", sign, logAbs, err)
	}
	f.Sigma[1] = 0
	if logAbs, sign, err := f.LogDet(); err != nil || sign != 0 || !math.IsInf(logAbs, -1) {
		t.Errorf("singular: %d·e^%g, %v; want 0", sign, logAbs, err)
	}
	if _, err := f.Inverse(0); !errors.Is(err, hh.ErrSingular) {
		t.Errorf("inverse of a singular matrix: %v, want ErrSingular", err)
	}
	f.Sigma = hh.Spectrum{1, 1e-40, 1}
	if _, err := f.Inverse(0); err == nil {
		t.Error("an inverse beyond fp32 was given")
	}
	wide := &hh.Factorization{Rows: 2, Cols: 3, Sigma: hh.Spectrum{1, 1}}
	_, err := wide.Inverse(0)
	_, _, err2 := wide.LogDet()
	if !errors.Is(err, gpu.ErrShape) || !errors.Is(err2, gpu.ErrShape) {
		t.Errorf("a wide matrix: %v and %v, want ErrShape", err, err2)
	}
	if _, err := hh.FromMat(nil); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("a nil matrix: %v, want ErrShape", err)
	}
}

func ExampleFactorization_LogDet() {
	w, err := hh.FromDense(floats32(oracle.New(2, 2, []float64{0, 2, 3, 0})), 2, 2)
	if err != nil {
		panic(err)
	}
	logAbs, sign, err := w.LogDet()
	fmt.Printf("det W = %d · e^%.3f, %v\n", sign, logAbs, err)
	// Output:
	// det W = -1 · e^1.792, <nil>
}
