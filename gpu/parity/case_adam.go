package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func adamCases(l *list) {
	for i, s := range optimizerSpecs() {
		l.add("adam", s.String(), i < 8 || s.n == 65, func(t *trial) {
			t.lay = s.lay
			optimizerTrial(t, s, true)
		})
	}
}

const adamStep = 3 // of which the corrections are those of

// expectAdam takes the oracle's step, a block of parameters after the other.
func expectAdam(t *trial, o [3]*operand, P, M, V, G, groups oracle.Matrix, hyper []float64) {
	p, m, v, scaleM, scaleP := P.Clone(), M.Clone(), V.Clone(), M.Clone(), P.Clone()
	beta1, beta2 := hyper[gpu.HyperBeta1], hyper[gpu.HyperBeta2]
	for b := range groups.Rows {
		lo, hi := b*gpu.GroupBlock, min((b+1)*gpu.GroupBlock, P.Cols)
		rate, decay := hyper[gpu.HyperLR]*groups.At(b, 0), groups.At(b, 1)
		opts := oracle.AdamOptions{Rate: rate, Beta1: beta1, Beta2: beta2, Epsilon: hyper[gpu.HyperEps], Decay: decay}
		oracle.Adam(opts, adamStep, p.Data[lo:hi], G.Data[lo:hi], m.Data[lo:hi], v.Data[lo:hi])
		for i := lo; i < hi; i++ {
			scaleM.Data[i] = beta1*math.Abs(M.Data[i]) + (1-beta1)*math.Abs(G.Data[i])
			root := math.Sqrt(v.Data[i]/hyper[gpu.HyperCorrect2]) + hyper[gpu.HyperEps]
			scaleP.Data[i] = math.Abs(P.Data[i]) + rate*(scaleM.Data[i]/hyper[gpu.HyperCorrect1]/root+decay*math.Abs(P.Data[i]))
			if rate == 0 {
				scaleP.Data[i] = 0 // frozen: not even rounded
			}
		}
	}
	t.expect(o[0], p, scaleP, optimizer)
	t.expect(o[1], m, scaleM, optimizer)
	t.expect(o[2], v, v, optimizer)
}
