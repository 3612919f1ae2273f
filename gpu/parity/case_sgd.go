package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func sgdCases(l *list) {
	for i, s := range optimizerSpecs() {
		l.add("sgd", s.String(), i < 8 || s.n == 65, func(t *trial) {
			t.lay = s.lay
			optimizerTrial(t, s, false)
		})
	}
}

// expectSGD takes the oracle's step, a block of parameters after the other.
func expectSGD(t *trial, op, om *operand, P, M, G, groups oracle.Matrix, hyper []float64) {
	p, m, scaleM, scaleP := P.Clone(), M.Clone(), M.Clone(), P.Clone()
	for b := range groups.Rows {
		lo, hi := b*gpu.GroupBlock, min((b+1)*gpu.GroupBlock, P.Cols)
		rate, decay := hyper[gpu.HyperLR]*groups.At(b, 0), groups.At(b, 1)
		oracle.SGD(oracle.SGDOptions{Rate: rate, Momentum: hyper[gpu.HyperBeta1], Decay: decay}, p.Data[lo:hi], G.Data[lo:hi], m.Data[lo:hi])
		for i := lo; i < hi; i++ {
			scaleM.Data[i] = hyper[gpu.HyperBeta1]*math.Abs(M.Data[i]) + math.Abs(G.Data[i])
			scaleP.Data[i] = math.Abs(P.Data[i]) + rate*(scaleM.Data[i]+decay*math.Abs(P.Data[i]))
			if rate == 0 {
				scaleP.Data[i] = 0 // frozen: not even rounded
			}
		}
	}
	t.expect(op, p, scaleP, epilogue)
	t.expect(om, m, scaleM, epilogue)
}
