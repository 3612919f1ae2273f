package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(rmsprop) }

// rmspropConstants are the numbers of one step, in the order in which the assembly reads them.
type rmspropConstants struct {
	clip, alpha, rest, eps, decay, minusRate float32
}

func rmsprop(c *compiler, op gpu.RMSprop) (task, error) {
	p, v, g := bind(op.P).data, bind(op.V).data, bind(op.G).data
	hyper, norm, groups, k := bind(op.Hyper).data, bind(op.Norm).data, bind(op.Groups), c.kernels
	constants := make([]rmspropConstants, c.threads)
	return task{plan: "blocks of parameters", phases: parameterBlocks(len(p), norm, groups, func(worker, lo, hi int, scale, decay float32) {
		alpha := hyper[gpu.HyperBeta2]
		constants[worker] = rmspropConstants{clip: clipFactor(hyper, norm), alpha: alpha, rest: 1 - alpha, eps: hyper[gpu.HyperEps], decay: decay,
			minusRate: -hyper[gpu.HyperLR] * scale}
		k.rmsprop(p[lo:hi], v[lo:hi], g[lo:hi], &constants[worker])
	})}, nil
}

// rmspropPortable makes a step of RMSprop over the length of p.
func rmspropPortable(p, v, g []float32, c *rmspropConstants) {
	v, g = v[:len(p)], g[:len(p)]
	for i := range p {
		gi := g[i] * c.clip
		v[i] = c.alpha*v[i] + c.rest*(gi*gi)
		step := gi / (float32(math.Sqrt(float64(v[i]))) + c.eps)
		p[i] += c.minusRate * (step + c.decay*p[i])
	}
}
