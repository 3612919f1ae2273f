package model_test

import (
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// TestInputInitOfTokens: the rows of tokens that come in without an embedding are the columns of an input map and begin as such; those of an embedding do not.
func TestInputInitOfTokens(t *testing.T) {
	dev := open(t, "cpu")
	for _, x := range []struct {
		init      string
		embedding int
		unit      bool
	}{{"unit-columns", 0, true}, {"unit-columns", 8, false}, {"", 0, false}} {
		c := small("spectral", data.CrossEntropy)
		c.Input, c.InputInit, c.Embedding = data.Tokens(5), x.init, x.embedding
		ck, err := newNetwork(t, dev, c, model.DefaultOptimizer()).Parameters()
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(ck.Tensors, func(x model.NamedTensor) bool { return x.Name == "embedding.W" })
		if at < 0 {
			t.Fatal("no table among the tensors")
		}
		table := ck.Tensors[at].Data
		width := len(table) / 5
		for v := range 5 {
			norm := 0.0
			for _, x := range table[v*width : (v+1)*width] {
				norm += float64(x) * float64(x)
			}
			if unit := math.Abs(math.Sqrt(norm)-1) < 1e-5; unit != x.unit {
				t.Errorf("input-init %q, embedding %d: token %d has a row of norm %g", x.init, x.embedding, v, math.Sqrt(norm))
			}
		}
	}
}
