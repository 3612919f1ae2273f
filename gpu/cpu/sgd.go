package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(sgd) }

func sgd(_ *compiler, op gpu.SGD) (task, error) {
	p, m, g := bind(op.P).data, bind(op.M).data, bind(op.G).data
	hyper, norm, groups := bind(op.Hyper).data, bind(op.Norm).data, bind(op.Groups)
	return task{plan: "blocks of parameters", phases: parameterBlocks(len(p), norm, groups, func(_, lo, hi int, scale, decay float32) {
		lr, momentum, clip := hyper[gpu.HyperLR]*scale, hyper[gpu.HyperBeta1], clipFactor(hyper, norm)
		for i := lo; i < hi; i++ {
			m[i] = momentum*m[i] + g[i]*clip
			p[i] -= lr * (m[i] + decay*p[i])
		}
	})}, nil
}
