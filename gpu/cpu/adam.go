package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(adam) }

// adamConstants are the numbers of one step, in the order in which the assembly reads them.
type adamConstants struct {
	clip, beta1, rest1, beta2, rest2, correct1, correct2, eps, decay, minusRate float32
}

func adam(c *compiler, op gpu.Adam) (task, error) {
	p, m, v, g := bind(op.P).data, bind(op.M).data, bind(op.V).data, bind(op.G).data
	hyper, norm, groups, k := bind(op.Hyper).data, bind(op.Norm).data, bind(op.Groups), c.kernels
	constants := make([]adamConstants, c.threads)
	return task{plan: "blocks of parameters", phases: parameterBlocks(len(p), norm, groups, func(worker, lo, hi int, scale, decay float32) {
		b1, b2 := hyper[gpu.HyperBeta1], hyper[gpu.HyperBeta2]
		constants[worker] = adamConstants{clip: clipFactor(hyper, norm), beta1: b1, rest1: 1 - b1, beta2: b2, rest2: 1 - b2,
			correct1: hyper[gpu.HyperCorrect1], correct2: hyper[gpu.HyperCorrect2], eps: hyper[gpu.HyperEps], decay: decay, minusRate: -hyper[gpu.HyperLR] * scale}
		k.adam(p[lo:hi], m[lo:hi], v[lo:hi], g[lo:hi], &constants[worker])
	})}, nil
}

// adamPortable makes a step of Adam over the length of p.
func adamPortable(p, m, v, g []float32, c *adamConstants) {
	m, v, g = m[:len(p)], v[:len(p)], g[:len(p)]
	for i := range p {
		gi := g[i] * c.clip
		m[i] = c.beta1*m[i] + c.rest1*gi
		v[i] = c.beta2*v[i] + c.rest2*(gi*gi)
		step := (m[i] / c.correct1) / (float32(math.Sqrt(float64(v[i]/c.correct2))) + c.eps)
		p[i] += c.minusRate * (step + c.decay*p[i])
	}
}

// parameterBlocks returns the phase that calls step for parameters lo … hi−1, whole blocks with one scale and decay, unless the gradient
// is not finite.
func parameterBlocks(n int, norm []float32, groups matrix, step func(worker, lo, hi int, scale, decay float32)) []phase {
	const blocks = 64 // that a worker takes at a time
	return []phase{{ceilDiv(n, gpu.GroupBlock*blocks), func(worker, t int) {
		if norm[1] == 0 {
			return
		}
		end := min((t+1)*blocks, groups.rows)
		for b := t * blocks; b < end; {
			first, group := b, groups.row(b)
			for b++; b < end && groups.at(b, 0) == group[0] && groups.at(b, 1) == group[1]; b++ {
			}
			step(worker, first*gpu.GroupBlock, min(b*gpu.GroupBlock, n), group[0], group[1])
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
