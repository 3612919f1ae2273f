package model

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// Generator draws tokens from a network that predicts the next one, each given those before it.
type Generator struct {
	Temperature float64 // the logits are divided by it; below 1 the probable becomes more so; 0 takes the most probable
	Top         int     // draw among that many of the most probable; 0 draws among all

	s    *Stream
	src  *philox.Source
	next []float32 // logits of the next token
}

// Generator begins a text with a prompt of at least one token. The same seed draws the same tokens. The error is ErrConfig for a network
// that does not predict the next token of what it reads.
func (p *Predictor) Generator(prompt []int32, seed uint64) (*Generator, error) {
	c := p.Config
	if !c.Input.IsTokens() || !c.Stream || c.Output.Where != data.EveryStep || c.Output.Width != c.Input.Vocabulary {
		return nil, fmt.Errorf("%w: the network does not predict the next token of a text: it reads %s and predicts %d outputs at %v", ErrConfig, c.shows(), c.Output.Width, c.Output.Where)
	}
	if len(prompt) == 0 {
		return nil, fmt.Errorf("%w: an empty prompt; a text begins with at least one token", ErrConfig)
	}
	s, err := p.Stream()
	if err != nil {
		return nil, err
	}
	g := &Generator{Temperature: 1, s: s, src: philox.New(seed, philox.Stream("generate"))}
	for _, token := range prompt {
		if g.next, err = s.logits(token); err != nil {
			g.Close()
			return nil, err
		}
	}
	return g, nil
}

// Next draws the next token and reads it. Errors: ErrConfig for a temperature below 0, those of the device.
func (g *Generator) Next() (int32, error) {
	if !(g.Temperature >= 0) || g.Top < 0 {
		return 0, fmt.Errorf("%w: temperature %g among the %d most probable; want 0 or more of both", ErrConfig, g.Temperature, g.Top)
	}
	token := g.draw()
	var err error
	g.next, err = g.s.logits(token)
	return token, err
}

func (g *Generator) draw() int32 {
	best := order(g.next)
	if g.Temperature == 0 {
		return best[0]
	}
	if g.Top > 0 && g.Top < len(best) {
		best = best[:g.Top]
	}
	logits, q := make([]float32, len(best)), make([]float32, len(best))
	for i, token := range best {
		logits[i] = g.next[token]
	}
	softmax(q, logits, g.Temperature)
	u := g.src.Float64()
	for i, token := range best {
		if u -= float64(q[i]); u < 0 {
			return token
		}
	}
	return best[0] // what rounding has left of u
}

// Close frees its memory.
func (g *Generator) Close() {
	if g != nil {
		g.s.Close()
	}
}

// order returns the indices of y from the largest value to the smallest; of equal ones the first goes first.
func order(y []float32) []int32 {
	all := make([]int32, len(y))
	for i := range all {
		all[i] = int32(i)
	}
	slices.SortStableFunc(all, func(a, b int32) int { return cmp.Compare(y[b], y[a]) })
	return all
}

// Best returns the classes of a prediction from the most probable to the least.
func (p Prediction) Best() []int32 { return order(p.Probabilities) }
