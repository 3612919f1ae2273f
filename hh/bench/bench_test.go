package bench_test

import (
	"flag"
	"os"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/hh/bench"
)

var rounds = flag.Int("rounds", 1, "rounds of every case; more than one takes in the large cases")

// TestSuite runs every case on every executor and prints what it measured: go test -v ./hh/bench -rounds 9
func TestSuite(t *testing.T) {
	seen := map[string]bool{}
	defer func() {
		if os.Getenv("SPECTRAL_REQUIRE_GPU") == "1" && !seen["vulkan"] {
			t.Error("SPECTRAL_REQUIRE_GPU=1 and no Vulkan device was measured")
		}
	}()
	for _, d := range gpu.List().Devices {
		if seen[d.Executor] {
			continue
		}
		seen[d.Executor] = true
		dev, err := gpu.Open(d.Executor, gpu.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range bench.Suite() {
			if *rounds == 1 && c.M > 512 {
				continue
			}
			results, err := c.Run(dev, *rounds)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				t.Logf("%-6s %-26s n=%-4d m=%-4d out=%-4d B=%-4d %-38s %-24s median %9.3f ms  min %9.3f ms  ratio %6.2f", r.Executor, r.Case, r.N, r.M, r.Out, r.B, r.Way, r.Note, 1e3*r.Median, 1e3*r.Min, r.Ratio)
				if r.Median <= 0 || r.Min > r.Median {
					t.Errorf("%+v makes no sense", r)
				}
			}
		}
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	}
}
