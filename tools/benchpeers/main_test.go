package main

import "testing"

func TestFirstMedian(t *testing.T) {
	for _, c := range []struct {
		name, out string
		want      float64
	}{
		{"first of two", "noise\n{\"median_s\":0.5,\"min_s\":0.4}\n{\"median_s\":0.7}\n", 0.5},
		{"other JSON before", "{\"event\":\"start\"}\n{\"median_s\":2}\n", 2},
	} {
		if got, err := firstMedian([]byte(c.out)); err != nil || got != c.want {
			t.Errorf("%s: %g, %v; want %g", c.name, got, err, c.want)
		}
	}
	for _, out := range []string{"", "no json", "{\"median_s\":0}", "{\"median_s\":\"x\"}"} {
		if got, err := firstMedian([]byte(out)); err == nil {
			t.Errorf("%q gave %g, want an error", out, got)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 3}, 2.5}} {
		if got := median(c.x); got != c.want {
			t.Errorf("median(%v) = %g, want %g", c.x, got, c.want)
		}
	}
}

func TestCompareReportsAFailingCommand(t *testing.T) {
	if err := compare(1, "false", "true"); err == nil {
		t.Error("a failing command gave no error")
	}
}
