package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// rates is what the cost model knows of a kind of device.
type rates struct {
	launch  float64 // seconds of a dependent operation on top of its arithmetic
	flops   float64 // flops a second of the small products met here
	reflect float64 // flops a second of one-at-a-time reflections
	inverse float64 // flops a second of a triangular inverse
}

// deviceRates are rounded from measurements of this package's benchmarks on the CPU executor and lavapipe, two cores each; those of
// hardware devices are the launch cost and the rates that such sizes reach there. Only their ratios matter for the choice.
func deviceRates(info gpu.Info) rates {
	switch info.Kind {
	case gpu.CPU, gpu.Fake:
		return rates{launch: 4e-6, flops: 80e9, reflect: 20e9, inverse: 3e9}
	case gpu.SoftwareGPU:
		return rates{launch: 50e-6, flops: 6e9, reflect: 2e9, inverse: 0.4e9}
	}
	return rates{launch: 5e-6, flops: 1e12, reflect: 1e11, inverse: 1e10}
}

// blockSizes are the candidates for the block of BlockedWY.
var blockSizes = []int{16, 32, 64, 128}

// candidates returns the configurations that can be chosen from.
func (c ProductConfig) candidates() []ProductConfig {
	var out []ProductConfig
	add := func(a Algorithm, block int) {
		d := c
		d.Algorithm, d.Block = a, block
		out = append(out, d)
	}
	if c.Algorithm == AlgorithmAuto || c.Algorithm == Sequential {
		add(Sequential, 0)
	}
	if c.Algorithm == AlgorithmAuto || c.Algorithm == CompactWY {
		add(CompactWY, max(c.Reflectors, 1))
	}
	if c.Algorithm == AlgorithmAuto || c.Algorithm == BlockedWY {
		if c.Block > 0 {
			add(BlockedWY, min(c.Block, max(c.Reflectors, 1)))
			return out
		}
		for _, b := range blockSizes {
			if b < c.Reflectors {
				add(BlockedWY, b)
			}
		}
		if c.Algorithm == BlockedWY && c.Reflectors <= blockSizes[0] {
			add(BlockedWY, max(c.Reflectors, 1))
		}
	}
	return out
}

// resolve chooses the algorithm and the block by the cost model.
func (c ProductConfig) resolve(info gpu.Info) ProductConfig {
	r := deviceRates(info)
	best, least := c, 0.0
	for i, d := range c.candidates() {
		if s := d.seconds(r); i == 0 || s < least {
			best, least = d, s
		}
	}
	return best
}

// seconds models one preparation, one application and, unless ForwardOnly, one gradient.
func (c ProductConfig) seconds(r rates) float64 {
	B, n, m, b := float64(c.Batch), float64(c.Dim), float64(c.Reflectors), float64(c.Block)
	once := 4 * B * n * m
	if c.Algorithm == Sequential {
		flops := once
		if !c.ForwardOnly {
			flops += 2 * once
		}
		return flops/r.reflect + r.launch
	}
	blocks := max(m/max(b, 1), 1)
	// Reflector j begins with j zeros, so that a product with all of them does (1 − m/2n) of the work.
	part := 1 - m/(2*n)
	prepare := part*n*m*b/r.flops + m*b*b/3/r.inverse + r.launch*2*blocks
	forward := (part*once+2*B*m*b)/r.flops + 3*blocks*r.launch
	if c.ForwardOnly {
		return prepare + forward
	}
	backward := (2*(part*once+2*B*m*b)+4*B*n*m+2*n*m*b+2*B*m*b)/r.flops + (5*blocks+6)*r.launch
	return prepare + forward + backward
}
