package main

import (
	"errors"
	"math"
	"testing"
)

func TestLineFit(t *testing.T) {
	sizes := []int{100, 200, 400, 800}
	for _, c := range []struct {
		name        string
		times       []float64
		fixed, unit float64
		ok          bool
	}{
		{"exact", []float64{1.2, 2.2, 4.2, 8.2}, 0.2, 0.01, true},
		{"no fixed cost", []float64{1, 2, 4, 8}, 0, 0.01, true},
		{"faster than linear", []float64{1, 3, 9, 27}, 0, 0.02031, true},
		{"falling", []float64{8, 4, 2, 1}, 0, 0, false},
	} {
		l := line{sizes: sizes, times: c.times}
		ok := l.fit()
		if ok != c.ok || ok && (math.Abs(l.fixed-c.fixed) > 1e-9 || math.Abs(l.unit-c.unit) > 1e-5) {
			t.Errorf("%s: fixed %g, unit %g, %v; want %g, %g, %v", c.name, l.fixed, l.unit, ok, c.fixed, c.unit, c.ok)
		}
	}
	l := line{sizes: []int{100, 200}, times: []float64{1, 2.5}, fixed: 0.2, unit: 0.01}
	if d := l.deviation(1); math.Abs(d-0.15) > 1e-9 {
		t.Errorf("2.3 s above the fixed cost for 200 units of 0.01 s deviates by %g, want 0.15", d)
	}
	if w := l.worst(); math.Abs(w-0.2) > 1e-9 {
		t.Errorf("the largest deviation is %g, want 0.2, of 0.8 s for 100 units", w)
	}
}

func TestParseSweep(t *testing.T) {
	s, err := parseSweep("B=32,64,512")
	if err != nil || s.axis != "B" || len(s.sizes) != 3 || s.sizes[2] != 512 {
		t.Errorf("%v, %v", s, err)
	}
	for _, bad := range []string{"", "T", "T=", "T=1,2", "n=1,2,3", "T=1,2,x", "T=1,2,0", "T=1,2,2", "T=1,2,3,"} {
		if _, err := parseSweep(bad); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v, want bad usage", bad, err)
		}
	}
}
