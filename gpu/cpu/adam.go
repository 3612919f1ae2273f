package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(adam) }

func adam(_ *compiler, op gpu.Adam) (task, error) {
	p, m, v, g := bind(op.P).data, bind(op.M).data, bind(op.V).data, bind(op.G).data
	hyper, norm, groups := bind(op.Hyper).data, bind(op.Norm).data, bind(op.Groups)
	return task{plan: "blocks of parameters", phases: parameterBlocks(len(p), norm, groups, func(lo, hi int, scale, decay float32) {
		lr, b1, b2, eps := hyper[gpu.HyperLR]*scale, hyper[gpu.HyperBeta1], hyper[gpu.HyperBeta2], hyper[gpu.HyperEps]
		c1, c2, clip := hyper[gpu.HyperCorrect1], hyper[gpu.HyperCorrect2], clipFactor(hyper, norm)
		for i := lo; i < hi; i++ {
			gi := g[i] * clip
			m[i] = b1*m[i] + (1-b1)*gi
			v[i] = b2*v[i] + (1-b2)*gi*gi
			step := (m[i] / c1) / (float32(math.Sqrt(float64(v[i]/c2))) + eps)
			if lr != 0 {
				p[i] -= lr * (step + decay*p[i])
			}
		}
	})}, nil
}

// parameterBlocks returns the phase that calls step for every block of parameters lo … hi−1 with one scale and decay, unless the
// gradient is not finite.
func parameterBlocks(n int, norm []float32, groups matrix, step func(lo, hi int, scale, decay float32)) []phase {
	const blocks = 64 // that a worker takes at a time
	return []phase{{ceilDiv(n, gpu.GroupBlock*blocks), func(_, t int) {
		if norm[1] == 0 {
			return
		}
		for b := t * blocks; b < min((t+1)*blocks, groups.rows); b++ {
			group := groups.row(b)
			step(b*gpu.GroupBlock, min((b+1)*gpu.GroupBlock, n), group[0], group[1])
		}
	}}}
}

// clipFactor returns min(1, clip/‖G‖), 1 where clip is 0.
func clipFactor(hyper, norm []float32) float32 {
	if clip := hyper[gpu.HyperClip]; clip > 0 && norm[0] > clip {
		return clip / norm[0]
	}
	return 1
}
