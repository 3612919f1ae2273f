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

// rnnGradient records one product for DW, and for a narrow input one pass over δ for DWx and DBias; a wide input takes a second product.
func rnnGradient(r *recorder, o gpu.RNNGradient) error {
	if o.Delta.Cols == 0 {
		return nil
	}
	if !o.DW.IsZero() {
		if err := r.lower(gpu.Gemm{C: o.DW, A: o.Delta, B: o.Previous(), TransA: true, Alpha: 1}); err != nil {
			return err
		}
	}
	k := o.X.Cols
	if k > rnnFusedInput {
		if err := r.lower(gpu.Gemm{C: o.DWx, A: o.Delta, B: o.X, TransA: true, Alpha: 1}); err != nil {
			return err
		}
		k, o.X, o.DWx = 0, gpu.View{}, gpu.View{}
	}
	if k == 0 && o.DBias.IsZero() && o.DDiag.IsZero() {
		return nil
	}
	r.rnnGradientSums(o, k)
	return nil
}

// rnnGradientSums launches the sums of δ over the rows, plain and weighted with the k columns of X and with h, in shares, and their sum.
func (r *recorder) rnnGradientSums(o gpu.RNNGradient, k int) {
	n, rows := o.Delta.Cols, o.T*o.B
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
	for i := range launches {
		lo, hi := i*perLaunch, min((i+1)*perLaunch, rows)
		d, x, h := o.Delta.RowRange(lo, hi), o.X, stateRows
		if k > 0 {
			x = o.X.RowRange(lo, hi)
		}
		if !h.IsZero() {
			h = h.RowRange(lo, hi)
		}
		g := shaders.RNNGradient{
			Spec: &shaders.RNNGradientSpec{
				LocalSizeX: uint32(lanes), LocalSizeY: uint32(side), Input: uint32(k), Vec: n%4 == 0 && aligned(d, 0) && aligned(h, 0),
				Diagonal: !h.IsZero(), TN: uint32(vecs),
			},
			Push: shaders.RNNGradientPush{Rows: uint32(hi - lo), N: uint32(n), Share: uint32(ceilDiv(hi-lo, shares)), Ldd: stride(d), Ldx: stride(x), Ldh: stride(h)},
		}
		g.Delta, g.Push.OffDelta = r.in(d)
		g.X, g.Push.OffX = r.in(x)
		g.H, g.Push.OffH = r.in(h)
		size := shares * sums * n4 * 4
		g.P, g.Push.OffP = r.out(parts.ColRange(i*size, (i+1)*size))
		r.dispatch(g.Dispatch(uint32(ceilDiv(n4, lanes*vecs)), uint32(groups), 1))
	}
	g := shaders.RNNGradientReduce{
		Spec: &shaders.RNNGradientReduceSpec{LocalSizeX: reduceWidth, HasBias: !o.DBias.IsZero()},
		Push: shaders.RNNGradientReducePush{N: uint32(n), K: uint32(k), Sums: uint32(sums), Shares: uint32(launches * shares), Ldw: stride(o.DWx)},
	}
	g.P, g.Push.OffP = r.in(parts)
	g.DWx, g.Push.OffDwx = r.out(o.DWx)
	g.DBias, g.Push.OffDbias = r.out(o.DBias)
	g.DDiag, g.Push.OffDdiag = r.out(o.DDiag)
	r.dispatch(g.Dispatch(uint32(ceilDiv(n, reduceWidth)), uint32(sums), 1))
}
