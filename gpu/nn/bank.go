package nn

import (
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Banked is a Weight whose W is computed from its parameters: once a step, for all weights of one kind side by side.
type Banked interface {
	Weight
	// Kind is what weights that can be computed side by side have in common: a comparable value.
	Kind() any
	// Place returns where the first parameter lies. Those of weights of one kind lie alike behind it.
	Place() gpu.View
	// Bank plans the memory of as many of these weights, which are of the receiver's kind, as fit into one bank, at least the first, and returns
	// how many those are. Their parameters lie at regular distances: those of each begin apart words behind those of the one before.
	Bank(p *Params, weights []Banked, apart int) (Bank, int, error)
}

// Bank is weights that are computed side by side, one or more.
type Bank interface {
	// Prepare computes what products need from the parameters: once a step; for evaluation in a program of its own.
	Prepare(r *Record)
	// Finish turns what has gathered in every dW, or in the gradients of the low-rank form, into the gradients of the parameters.
	Finish(r *Record)
	// Project restores the invariants of the parameters after an update.
	Project(r *Record)
}

// planBanks gathers the weights of one kind whose parameters lie at regular distances, in the order of the first of each.
func (p *Params) planBanks() error {
	type placed struct {
		bank  Bank
		first int
	}
	kinds := map[any][]int{}
	for i, w := range p.weights {
		if b, ok := w.(Banked); ok {
			kinds[b.Kind()] = append(kinds[b.Kind()], i)
		}
	}
	var banks []placed
	for i, w := range p.weights {
		b, ok := w.(Banked)
		if !ok || kinds[b.Kind()][0] != i {
			continue
		}
		list := kinds[b.Kind()]
		for len(list) > 0 {
			count, apart := p.regular(list)
			var weights []Banked
			for _, at := range list[:count] {
				weights = append(weights, p.weights[at].(Banked))
			}
			bank, took, err := weights[0].Bank(p, weights, apart)
			if err != nil {
				return err
			}
			banks = append(banks, placed{bank, list[0]})
			list = list[took:]
		}
	}
	slices.SortFunc(banks, func(a, b placed) int { return a.first - b.first })
	for _, b := range banks {
		p.banks = append(p.banks, b.bank)
	}
	return nil
}

// regular returns how many of the weights, from the first on, lie at one distance from each other, and that distance. The first stays alone
// where more of those behind it go together without it: the layer above an input of its own width.
func (p *Params) regular(list []int) (count, apart int) {
	at := func(i int) int { return p.weights[list[i]].(Banked).Place().Off }
	run := func(from int) int {
		n := min(2, len(list)-from)
		for from+n < len(list) && at(from+n)-at(from+n-1) == at(from+1)-at(from) {
			n++
		}
		return n
	}
	count = run(0)
	if count == 2 && len(list) > 2 && run(1) > 2 {
		count = 1
	}
	if count > 1 {
		apart = at(1) - at(0)
	}
	return count, apart
}
