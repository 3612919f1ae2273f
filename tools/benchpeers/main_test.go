package main

import "testing"

func TestFirstSeconds(t *testing.T) {
	for _, c := range []struct {
		name, field, out string
		want             float64
	}{
		{"first of two", "median_s", "noise\n{\"median_s\":0.5,\"min_s\":0.4}\n{\"median_s\":0.7}\n", 0.5},
		{"other JSON before", "median_s", "{\"event\":\"start\"}\n{\"median_s\":2}\n", 2},
		{"another field", "step_s", "{\"median_s\":3}\n[1]\n{\"step_s\":\"x\"}\n{\"step_s\":4}\n", 4},
	} {
		if got, err := firstSeconds([]byte(c.out), c.field); err != nil || got != c.want {
			t.Errorf("%s: %g, %v; want %g", c.name, got, err, c.want)
		}
	}
	for _, out := range []string{"", "no json", "{\"median_s\":0}", "{\"median_s\":\"x\"}"} {
		if got, err := firstSeconds([]byte(out), "median_s"); err == nil {
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
	if err := compare(1, side{"false", "median_s"}, side{"true", "median_s"}); err == nil {
		t.Error("a failing command gave no error")
	}
}
