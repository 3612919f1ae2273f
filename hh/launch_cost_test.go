package hh_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// choice declares so many spectral layers, each with a bias behind it, for a device of a kind and returns how W takes part, with its form where
// it is formed: known by the operations that it records.
func choice(t *testing.T, kind gpu.Kind, in, out, m, batch, count int) string {
	t.Helper()
	var mem gpu.Arena
	p := nn.NewParams(gpu.Info{Kind: kind}, &mem, 1, true)
	var weights []*hh.Weight
	for i := range count {
		w := &hh.Weight{Reflectors: m, Center: 1, Radius: 0.1}
		if _, err := (&nn.Linear{Out: out, Weight: w}).Declare(p.Scope(fmt.Sprint(i)), nn.Shape{Length: 1, Batch: batch, Width: in}); err != nil {
			t.Fatal(err)
		}
		weights = append(weights, w)
	}
	if err := p.Complete(); err != nil {
		t.Fatal(err)
	}
	method := weights[0].Chosen()
	if method != hh.Materialised {
		return method.String()
	}
	r := &nn.Record{Train: true}
	for _, b := range p.Banks() {
		b.Prepare(r)
		b.Finish(r)
	}
	ops, err := r.Ops()
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(ops, func(op gpu.Op) bool { return op.Name() == "svd_tangent" }) {
		return "dense"
	}
	return "thin"
}

// TestChoices: on processors flops decide, which nothing about cards may change; on cards launches and chains of dependent steps decide for small
// layers, and flops for large ones.
func TestChoices(t *testing.T) {
	for _, k := range []struct {
		in, out, m, batch, count int
		processor, card          string
	}{
		{784, 300, 16, 128, 1, "applied", "applied"},
		{300, 784, 16, 128, 1, "applied", "applied"},
		{784, 300, 16, 8192, 1, "applied", "thin"}, // thin products do not fill a card
		{784, 10, 4, 128, 1, "thin", "applied"},    // few flops in any case, and half the launches
		{64, 64, 64, 128, 1, "dense", "dense"},
		{128, 128, 16, 128, 1, "applied", "applied"},
		{128, 128, 16, 128, 99, "thin", "dense"}, // W of all at once, in the fewest launches
		{128, 128, 128, 128, 99, "dense", "dense"},
		{256, 256, 16, 128, 1, "applied", "applied"},
		{256, 256, 64, 128, 1, "applied", "dense"},
		{256, 256, 128, 4, 1, "applied", "dense"},
		{512, 512, 512, 128, 1, "applied", "dense"},
		{2048, 2048, 32, 128, 1, "applied", "applied"},
	} {
		for _, kind := range []gpu.Kind{gpu.CPU, gpu.SoftwareGPU, gpu.DiscreteGPU, gpu.IntegratedGPU, gpu.VirtualGPU} {
			want := k.processor
			if kind != gpu.CPU && kind != gpu.SoftwareGPU {
				want = k.card
			}
			if got := choice(t, kind, k.in, k.out, k.m, k.batch, k.count); got != want {
				t.Errorf("%s, %d layers %d → %d, m=%d, B=%d: %s, want %s", kind, k.count, k.in, k.out, k.m, k.batch, got, want)
			}
		}
	}
}

// TestFewLaunchesOnCards: a few reflectors are applied in one launch a side on a card, where blocks would need three; many are taken in blocks.
func TestFewLaunchesOnCards(t *testing.T) {
	for _, k := range []struct {
		batch, n, m     int
		processor, card hh.Algorithm
	}{
		{128, 784, 16, hh.CompactWY, hh.Sequential}, {128, 300, 16, hh.BlockedWY, hh.Sequential}, {32, 1024, 1024, hh.BlockedWY, hh.BlockedWY},
	} {
		for _, kind := range []gpu.Kind{gpu.CPU, gpu.DiscreteGPU} {
			want := k.processor
			if kind == gpu.DiscreteGPU {
				want = k.card
			}
			var mem gpu.Arena
			u := mem.Unit("reflectors", gpu.DeviceOnly).Reserve(k.m, k.n)
			p, err := hh.PlanProduct(&mem, gpu.Info{Kind: kind}, hh.ProductConfig{Batch: k.batch, Dim: k.n, Reflectors: k.m, Unit: true}, u)
			if err != nil || p.Config().Algorithm != want {
				t.Errorf("%s, %d reflectors for %d × %d: %v, want %v; %v", kind, k.m, k.batch, k.n, p.Config().Algorithm, want, err)
			}
		}
	}
}
