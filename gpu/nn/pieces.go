package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// The gradients of a shared batch are one flat vector, which is exchanged in pieces, from its end to its beginning: layers are declared bottom up, and
// gradients are made top down. What Access says of the operations of a step tells from which of them on the end of the vector is final; there the
// step can be cut into two programs, and what is final travels while the second one runs. No layer knows of it, and no bit depends on it: of each element the
// same operation computes the gradient, and the same networks in the same order add it up.

// piece is a part of the flat vector of gradients, words first … end−1, and the part of a step after which it is final.
type piece struct {
	first, end int
	ops        []gpu.Op
	prog       *gpu.Program
}

const (
	// leastPiece is the least number of words that are worth a piece, 64 KiB: what a network of 10 Gbit/s moves in the time that a submission takes.
	leastPiece = 16 << 10
	// mostPieces bounds how many there are: each has that part of the vector, but for the last.
	mostPieces = 4
	// leastRest is how many flops have to come after a cut, so that there is something to compute while a piece travels: what processors do in some
	// milliseconds. Steps below become longer by what it takes to look after messages.
	leastRest = 200e6
	// leastRestOnCards is that of cards: what they do in 0.1 ms, twice what a submission takes.
	leastRestOnCards = 1e9
)

// finals returns, for every i, the first word from which on no operation but the first i writes to the vector of gradients.
func finals(ops []gpu.Op, grads *gpu.Buffer) []int {
	from := make([]int, len(ops)+1)
	for i := len(ops) - 1; i >= 0; i-- {
		from[i] = from[i+1]
		for _, a := range ops[i].Access() {
			if a.Write && a.Buf == grads {
				from[i] = max(from[i], a.Hi)
			}
		}
	}
	return from
}

// wishes tells for every tensor whether this network would have a piece begin with it.
func (n *Network) wishes(ops []gpu.Op) []bool {
	tensors, end := n.Params.tensors, n.Params.Words()
	wish, least, leastRest := make([]bool, len(tensors)), max(leastPiece, end/mostPieces), int64(leastRest)
	switch kind := n.dev.Info().Kind; {
	case n.cfg.Shared.Everywhere:
		least, leastRest = leastPiece, 1
	case kind != gpu.CPU && kind != gpu.SoftwareGPU:
		leastRest = leastRestOnCards
	}
	var rest int64
	for _, op := range ops {
		rest += op.Cost().Flops
	}
	for i, from := range finals(ops, n.Params.grads) {
		if i > 0 {
			rest -= ops[i-1].Cost().Flops
		}
		if rest < leastRest {
			break
		}
		for k, t := range tensors {
			if t.off >= from {
				if t.off > 0 && end-t.off >= least {
					wish[k], end = true, t.off
				}
				break
			}
		}
	}
	return wish
}

// cut makes the pieces that begin with these tensors, and the one before them all.
func (n *Network) cut(ops []gpu.Op, at []bool) {
	from := finals(ops, n.Params.grads)
	n.pieces = nil
	end, done := n.Params.Words(), 0
	for k := len(at) - 1; k >= 0; k-- {
		first := n.Params.tensors[k].off
		if !at[k] || first == end {
			continue
		}
		i := done
		for from[i] > first {
			i++
		}
		n.pieces = append(n.pieces, piece{first: first, end: end, ops: ops[done:i]})
		end, done = first, i
	}
	n.pieces = append(n.pieces, piece{end: end, ops: ops[done:]})
}

// planPieces cuts the step as this network would.
func (n *Network) planPieces() error {
	r := &Record{Train: true}
	n.recordGradients(r)
	ops, err := r.Ops()
	if err != nil {
		return err
	}
	at := make([]bool, len(n.Params.tensors))
	if n.cfg.Shared.Begin != nil {
		at = n.wishes(ops)
	}
	n.cut(ops, at)
	return nil
}

// agree has all networks cut alike: where all would. Their operations may differ with the rows that they compute.
func (n *Network) agree() error {
	if n.cfg.Shared == nil || n.cfg.Shared.Begin == nil || n.Train == nil {
		return nil
	}
	var ops []gpu.Op
	votes := make([]float64, len(n.Params.tensors)+1)
	for _, p := range n.pieces {
		ops = append(ops, p.ops...)
		for k, t := range n.Params.tensors {
			if t.off == p.first && p.first > 0 {
				votes[k] = 1
			}
		}
	}
	votes[len(votes)-1] = 1
	if err := n.cfg.Shared.Agree(votes); err != nil {
		return err
	}
	at := make([]bool, len(n.Params.tensors))
	for k := range at {
		at[k] = votes[k] == votes[len(votes)-1]
	}
	n.cut(ops, at)
	return nil
}

// record returns the operations of a piece: its part of the step, and its copy to the host.
func (n *Network) record(p piece) ([]gpu.Op, error) {
	r := &Record{}
	r.Do(p.ops...)
	r.Do(gpu.Copy{Y: n.own.ColRange(p.first, p.end), X: n.gradients().ColRange(p.first, p.end)})
	return r.Ops()
}

// Pieces returns the words of the pieces in which the gradients of a step travel, in their order; none where the batch is not shared.
func (n *Network) Pieces() (words []int) {
	for _, p := range n.pieces {
		words = append(words, p.end-p.first)
	}
	return words
}
