//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(rnnGradient) }

const (
	// rnnShare is the least number of rows that an invocation of rnn_gradient adds.
	rnnShare = 128
	// The most shares that the rows are cut into: enough to fill the device, few enough to be added by one invocation a column.
	// On a processor the lanes of a work group run one after the other, so that a share should stay in its cache.
	rnnSoftwareShares = 1024
	rnnHardwareShares = 256
	// rnnSoftwareVecs is the most vec4 columns of an invocation on a processor: as many sums stay in its nearest cache.
	rnnSoftwareVecs = 16
)

// rnnGradient records one product for DW and one pass over δ for what is a sum over its rows: of a narrow input DWx, too. That of a wide one is a
// product, whose shares are added together with those of the pass.
func rnnGradient(r *recorder, o gpu.RNNGradient) error {
	if o.Delta.Cols == 0 {
		return nil
	}
	if !o.DW.IsZero() {
		if err := r.lower(gpu.Gemm{C: o.DW, A: o.Delta, B: o.Previous(), TransA: true, Alpha: 1}); err != nil {
			return err
		}
	}
	var wide inputShares
	if o.X.Cols > rnnFusedInput {
		sums := !o.DBias.IsZero() || !o.DDiag.IsZero()
		if wide = r.rnnInputShares(o, sums); wide.count == 0 {
			if err := r.lower(gpu.Gemm{C: o.DWx, A: o.Delta, B: o.X, TransA: true, Alpha: 1}); err != nil {
				return err
			}
			o.DWx = gpu.View{}
		}
		o.X = gpu.View{}
	}
	if o.DWx.Cols == 0 && o.DBias.IsZero() && o.DDiag.IsZero() {
		return nil
	}
	r.rnnGradientSums(o, wide)
	return nil
}

// inputShares are the shares of the gradient of a wide input, k × n each with rows of whole vec4, none for the zero value.
type inputShares struct {
	p     gpu.View
	count int
}

// rnnInputShares launches Xᵀ δ in shares of the rows. There are none where nothing else is added up, or where the product exceeds the device's limits.
func (r *recorder) rnnInputShares(o gpu.RNNGradient, sums bool) inputShares {
	if !sums {
		return inputShares{}
	}
	n, k := o.Delta.Cols, o.X.Cols
	pitch := ceilDiv(n, 4) * 4
	c := r.scratch(k * pitch)
	c.Rows, c.Cols, c.Stride = k, n, pitch
	outer := r.chosen
	defer func() { r.chosen = outer }()
	g := gpu.Gemm{C: c, A: o.X, TransA: true, B: o.Delta, Alpha: 1}
	plan := r.planGemm(g)
	if cutGemm(g, plan, r.limits) != nil {
		return inputShares{}
	}
	p := c
	if plan.splits > 1 {
		p = r.scratch(plan.splits * k * pitch)
		c.Buf, c.Off = p.Buf, p.Off
	}
	r.note("%v", plan)
	r.gemmTiles(g, plan, c, k*pitch)
	return inputShares{p: p, count: plan.splits}
}

// rnnGradientSums launches the sums of δ over the rows, plain and weighted with the k columns of X and with h, in shares, and their sum, with that of
// the shares of a wide input.
func (r *recorder) rnnGradientSums(o gpu.RNNGradient, wide inputShares) {
	n, rows, k := o.Delta.Cols, o.T*o.B, o.X.Cols
	n4 := ceilDiv(n, 4)
	lanes, vecs, side, most := min(32, ceilDiv(n4, 8)*8), 1, 8, rnnHardwareShares
	if r.limits.Software {
		lanes, side, most = 8, 1, rnnSoftwareShares
		vecs = min(rnnSoftwareVecs, ceilDiv(n4, lanes))
	}
	// One launch sees at most MaxRange bytes of δ.
	perLaunch := max(1, int((r.limits.MaxRange-memoryAlign)/4)/max(o.Delta.Stride, o.X.Stride, o.H.Stride, 1))
	launches := max(1, ceilDiv(rows, perLaunch))
	groups := max(1, min(most, ceilDiv(rows, rnnShare))/side/launches, ceilDiv(ceilDiv(rows, launches), side*(r.limits.MaxLoop-1)))
	shares := groups * side
	sums, stateRows := k+1, gpu.View{}
	if !o.DDiag.IsZero() {
		sums, stateRows = k+2, o.Previous()
	}
	parts := r.scratch(launches * shares * sums * n4 * 4)
	spec := shaders.RNNGradientSpec{
		LocalSizeX: uint32(lanes), LocalSizeY: uint32(side), Input: uint32(k), Vec: n%4 == 0 && aligned(o.Delta, 0) && aligned(stateRows, 0),
		Diagonal: !stateRows.IsZero(), TN: uint32(vecs),
	}
	for i := range launches {
		lo, hi := i*perLaunch, min((i+1)*perLaunch, rows)
		share := ceilDiv(hi-lo, shares)
		group := int64(side) * int64(share) * int64(n) // words of δ that a row of work groups adds up
		seconds := r.limits.seconds(gpu.Cost{Flops: 2 * group * int64(sums), Bytes: 4 * group * int64(1+sums-k)}, false)
		together := groups
		if seconds > 0 {
			together = max(1, int(min(dispatchSeconds/seconds, float64(groups))))
		}
		for first := 0; first < groups; first += together {
			count := min(together, groups-first)
			from := min(lo+first*side*share, hi)
			to := min(from+count*side*share, hi)
			p := parts.ColRange((i*shares+first*side)*sums*n4*4, (i*shares+(first+count)*side)*sums*n4*4)
			r.timed(seconds*float64(count), func() { r.rnnGradientShares(o, stateRows, &spec, from, to, share, uint32(count), p) })
		}
	}
	r.rnnGradientReduce(o, k, sums, launches*shares, parts, wide)
}

// rnnGradientReduce launches the sum of the shares: of k sums for each column of X and the others in parts, of those of a wide input in wide.
func (r *recorder) rnnGradientReduce(o gpu.RNNGradient, k, sums, shares int, parts gpu.View, wide inputShares) {
	n := o.Delta.Cols
	pitch := ceilDiv(n, 4) * 4
	inputs, rest := inputShares{parts, shares}, parts.ColRange(k*pitch, parts.Cols)
	step := sums * pitch // of both
	stepInputs := step
	if wide.count > 0 {
		inputs, k = wide, o.DWx.Cols
		sums, stepInputs = sums+k, k*pitch
	}
	g := shaders.RNNGradientReduce{
		Spec: &shaders.RNNGradientReduceSpec{LocalSizeX: reduceWidth, HasBias: !o.DBias.IsZero()},
		Push: shaders.RNNGradientReducePush{N: uint32(n), K: uint32(k), SharesP: uint32(shares), SharesQ: uint32(inputs.count),
			StepP: uint32(step), StepQ: uint32(stepInputs), Ldw: stride(o.DWx)},
	}
	g.P, g.Push.OffP = r.in(rest)
	g.Q, g.Push.OffQ = r.in(inputs.p)
	g.DWx, g.Push.OffDwx = r.out(o.DWx)
	g.DBias, g.Push.OffDbias = r.out(o.DBias)
	g.DDiag, g.Push.OffDdiag = r.out(o.DDiag)
	words := int64(parts.Cols + wide.count*stepInputs)
	seconds := r.limits.seconds(gpu.Cost{Flops: words, Bytes: 4 * words}, false)
	r.timed(seconds, func() { r.dispatch(g.Dispatch(uint32(ceilDiv(n, reduceWidth)), uint32(sums), 1)) })
}

// rnnGradientShares launches the sums over rows from … to−1, in shares of so many rows that count rows of work groups add up, into p.
func (r *recorder) rnnGradientShares(o gpu.RNNGradient, stateRows gpu.View, spec *shaders.RNNGradientSpec, from, to, share int, count uint32, p gpu.View) {
	d, x, h := o.Delta.RowRange(from, to), o.X, stateRows
	if spec.Input > 0 {
		x = o.X.RowRange(from, to)
	}
	if spec.Diagonal {
		h = h.RowRange(from, to)
	}
	g := shaders.RNNGradient{Spec: spec,
		Push: shaders.RNNGradientPush{Rows: uint32(to - from), N: uint32(d.Cols), Share: uint32(share), Ldd: stride(d), Ldx: stride(x), Ldh: stride(h)}}
	g.Delta, g.Push.OffDelta = r.in(d)
	g.X, g.Push.OffX = r.in(x)
	g.H, g.Push.OffH = r.in(h)
	g.P, g.Push.OffP = r.out(p)
	r.dispatch(g.Dispatch(uint32(ceilDiv(ceilDiv(d.Cols, 4), int(spec.LocalSizeX*spec.TN))), count, 1))
}
