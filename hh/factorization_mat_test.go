package hh_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

func TestMat(t *testing.T) {
	for _, c := range []struct{ rows, cols, mu, mv int }{{1, 1, 1, 1}, {2, 3, 1, 2}, {7, 7, 7, 0}, {33, 12, 5, 12}, {12, 33, 0, 3}, {4, 4, 0, 0}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			f := &hh.Factorization{Rows: c.rows, Cols: c.cols, U: floats32(oracle.Mask(random("u", c.mu, c.rows))), V: floats32(oracle.Mask(random("v", c.mv, c.cols))),
				Sigma: hh.Spectrum(floats32(random("s", 1, min(c.rows, c.cols))))}
			if c.mv > 0 {
				clear(f.V[:c.cols]) // a zero reflector is the identity
			}
			w, err := f.Mat()
			if err != nil {
				t.Fatal(err)
			}
			want := dense(f)
			for i := range c.rows {
				for j := range c.cols {
					if d := math.Abs(w.At(i, j) - want.At(i, j)); !(d <= 1e-13) {
						t.Fatalf("W[%d,%d] is %g, want %g", i, j, w.At(i, j), want.At(i, j))
					}
				}
			}
		})
	}
}

func TestBandSigma(t *testing.T) {
	s := []float32{-100, -1, 0, 0.5, 100}
	for i, want := range oracle.Sigma([]float64{-100, -1, 0, 0.5, 100}, 1, 0.25) {
		if got := (hh.Band{Center: 1, Radius: 0.25}).Sigma(s)[i]; math.Abs(float64(got)-want) > 1e-7 || got < 0.75 || got > 1.25 {
			t.Errorf("σ of %g is %g, want %g", s[i], got, want)
		}
	}
	for i, want := range oracle.SigmaExp([]float64{-1, 0, 0.5}, 2) {
		if got := (hh.Band{Center: 2, Map: gpu.SigmaPositive}).Sigma(s[1:])[i]; math.Abs(float64(got)-want) > 1e-7*want {
			t.Errorf("positive σ of %g is %g, want %g", s[i+1], got, want)
		}
	}
}
