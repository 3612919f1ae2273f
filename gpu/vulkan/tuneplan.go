//go:build cgo

package vulkan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// The planner's question is asked here: a plan that was measured on this device if there is one, the cost model's otherwise. A
// measured plan is always one of the model's candidates, so it meets every limit that they meet.

// planGemm returns how a product is carried out.
func (r *recorder) planGemm(o gpu.Gemm) gemmPlan {
	s := gemmShapeOf(o)
	list := gemmCandidates(s, r.limits)
	p := plan(r, s.key(), s.flops(), gemmSmallWork, o, list)
	if p.splits == 0 {
		_ = r.allRefused(o.Name()) // kept by the recorder
		return list[0]
	}
	return p
}

// planForward returns how a recurrence is carried out.
func (r *recorder) planForward(o gpu.RNNForward) rnnPlan {
	stride := max(o.H.Stride, o.Z.Stride, o.X.Stride, o.Masked.Stride)
	return r.planRecurrence(o, o.W.Cols, o.B, o.T, stride)
}

// planBackward returns how back-propagation through a recurrence is carried out.
func (r *recorder) planBackward(o gpu.RNNBackward) rnnPlan {
	stride := max(o.H.Stride, o.DH.Stride, o.Delta.Stride)
	return r.planRecurrence(o, o.W.Cols, o.B, o.T, stride)
}

func (r *recorder) planRecurrence(o gpu.Op, n, batch, steps, stride int) rnnPlan {
	p := plan(r, rnnKey(o, n, batch), rnnFlops(n, batch, steps), rnnSmallWork, o, rnnCandidates(n, batch, steps, stride, r.limits))
	p.steps = max(p.steps, 1) // also of the plan without a tile
	return p
}

// planLowRank returns how a recurrence with W in factors, or back-propagation through it, is carried out.
func (r *recorder) planLowRank(o gpu.Op, n, rank, batch, steps, stride int) (lowRankPlan, error) {
	key := fmt.Sprintf("%s n=%d r=%d B=%d", o.Name(), n, sizeClass(rank), sizeClass(batch))
	flops := lowRankFlops(n, rank) * float64(batch) * float64(steps)
	list := lowRankCandidates(n, rank, batch, steps, stride, r.limits)
	if len(list) == 0 {
		return lowRankPlan{}, &gpu.Error{Op: o.Name(), Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf(
			"the coefficients of rank %d do not fit %d bytes of shared memory; form W instead", rank, r.limits.MaxSharedBytes)}
	}
	p := plan(r, key, flops, rnnSmallWork, o, list)
	if p.Rows == 0 {
		return p, r.allRefused(o.Name())
	}
	return p, nil
}

// candidate is a plan that a tuning can name.
type candidate interface {
	fmt.Stringer
	// id identifies the tile among those of the operation.
	id() string
}

// plan chooses among the candidates for an operation: the tuned one, else the first. Work of fewer than least flops is the
// model's: there is little to gain. No candidates give the zero plan.
func plan[P candidate](r *recorder, key string, flops, least float64, op gpu.Op, list []P) P {
	var best P
	if list = left(r, key, list); len(list) == 0 {
		return best
	}
	defer func() { r.chosen = tileKey{key, best.id()} }()
	best = list[0]
	id := r.tile
	if id == "" && flops >= least {
		if r.shapes != nil && len(list) > 1 {
			gather(r.shapes.entry(key, op), flops, list)
		}
		id = r.tuned[key].Tile
	}
	if id == "" {
		return best
	}
	i := slices.IndexFunc(list, func(p P) bool { return p.id() == id })
	if i >= 0 {
		best = list[i]
		return best
	}
	if r.tile != "" && kindOf(id) == kindOf(best.id()) {
		r.fail(&gpu.Error{Op: op.Name(), Kind: gpu.ErrUnsupported, Msg: "no tile " + id + " for these sizes"})
	}
	return best
}

// kindOf is the first word of a tile's identity: what kernels it is for.
func kindOf(id string) string {
	kind, _, _ := strings.Cut(id, " ")
	return kind
}

// gather adds an operation's work to its class.
func gather[P candidate](t *tunable, flops float64, list []P) {
	t.flops += flops
	if t.tiles != nil {
		return
	}
	for _, p := range list {
		t.tiles = append(t.tiles, tile{p.id(), p.String()})
	}
}

// byTime sorts a list by the times of its elements, those of equal time in their order.
func byTime[P candidate](list []P, times []float64) []P {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case times[a] < times[b]:
			return -1
		case times[a] > times[b]:
			return 1
		}
		return 0
	})
	sorted := make([]P, len(list))
	for i, from := range order {
		sorted[i] = list[from]
	}
	return sorted
}

func (p gemmPlan) id() string {
	return strings.TrimSuffix(fmt.Sprintf("gemm %v, %s", p.tile, p.rule), ", ")
}
func (p rnnPlan) id() string { return fmt.Sprintf("rnn %d %d %d %t", p.rows, p.vecs, p.parts, p.keep) }
func (p gatedPlan) id() string {
	return fmt.Sprintf("gated %d %d %d %t", p.Rows, p.Vecs, p.Parts, p.Keep)
}
func (p lowRankPlan) id() string { return fmt.Sprintf("low_rank %v", p.LowRankTile) }

func gemmShapeOf(o gpu.Gemm) gemmShape {
	m, n, k := o.Dims()
	return gemmShape{m, n, k, o.Count(), o.TransA, o.TransB, o.TrapezoidA, o.Upper}
}

// key names the class of shapes that share a tuned plan.
func (s gemmShape) key() string {
	trans := func(t bool) string {
		if t {
			return "t"
		}
		return "n"
	}
	key := fmt.Sprintf("gemm %s%s %d×%d×%d", trans(s.transA), trans(s.transB), sizeClass(s.m), sizeClass(s.n), sizeClass(s.k))
	if s.trapezoid {
		key += ", trapezoid"
	}
	if s.upper {
		key += ", upper"
	}
	if s.count > 1 {
		key += fmt.Sprintf(", batch %d", sizeClass(s.count))
	}
	return key
}

// rnnKey names the class of recurrences that share a tuned plan. A step's time does not depend on the number of steps.
func rnnKey(o gpu.Op, n, batch int) string {
	return fmt.Sprintf("%s n=%d B=%d", o.Name(), n, sizeClass(batch))
}

// sizeClass rounds a size up to one of four an octave: 1 … 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, ….
func sizeClass(n int) int {
	step := 1
	for n > 8*step {
		step *= 2
	}
	return ceilDiv(n, step) * step
}
