package hh

import (
	"math"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// rates is what the cost model knows of a kind of device.
type rates struct {
	launch  float64 // seconds of a dependent operation on top of its arithmetic
	flops   float64 // flops a second of the small products met here
	blocks  float64 // flops a second of blocks of reflectors
	step    float64 // seconds of passing on from one block to the next
	reflect float64 // flops a second of one-at-a-time reflections
	inverse float64 // flops a second of a triangular inverse
	// turn and element are the seconds that a reflection waits for the one before, whatever the batch, and what each of its n elements adds to
	// that: 0 where a processor is busy with the arithmetic all the time.
	turn, element float64
}

// deviceRates are rounded from measurements of this package's benchmarks on the CPU executor and lavapipe, two cores each; those of
// hardware devices are the launch cost and the rates that such sizes reach there, and of a reflection what a step of the paper's algorithm takes on
// an H200, launches subtracted. Only their ratios matter for the choice.
func deviceRates(info gpu.Info) rates {
	switch info.Kind {
	case gpu.CPU, gpu.Fake:
		return rates{launch: 4e-6, flops: 80e9, blocks: 80e9, step: 1e-6, reflect: 20e9, inverse: 3e9}
	case gpu.SoftwareGPU:
		return rates{launch: 80e-6, flops: 5e9, blocks: 17e9, step: 5e-6, reflect: 5e9, inverse: 0.4e9}
	}
	return rates{launch: 5e-6, flops: 1e12, blocks: 5e11, step: 4e-6, reflect: 1e12, inverse: 1e10, turn: 1.5e-7, element: 3e-10}
}

// blockSizes are the sizes of the blocks of BlockedWY.
var blockSizes = []int{4, 8, 16, 32}

// Blocks returns the sizes that the blocks of BlockedWY can have.
func Blocks() []int { return slices.Clone(blockSizes) }

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
		add(CompactWY, 0)
	}
	if c.Algorithm == AlgorithmAuto || c.Algorithm == BlockedWY {
		for _, b := range blockSizes {
			whole := b >= c.Reflectors && b/2 < c.Reflectors || b == blockSizes[0] && c.Reflectors <= b // one block, the least
			if b == c.Block || c.Block == 0 && (whole || b >= 16 && b < c.Reflectors) {
				add(BlockedWY, b)
			}
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

// reflections is the time of m reflections of n elements, one after the other, of so many flops.
func (r rates) reflections(flops, m, n float64) float64 {
	return max(flops/r.reflect, m*(r.turn+n*r.element))
}

// seconds models one preparation, one application and, unless ForwardOnly, one gradient.
func (c ProductConfig) seconds(r rates) float64 {
	B, n, m, b := float64(c.Batch), float64(c.Dim), float64(c.Reflectors), float64(c.Block)
	once := 4 * B * n * m
	if c.Algorithm == Sequential {
		flops, passes, launches := once, 1.0, 1.0
		if !c.ForwardOnly {
			flops, passes = 3*once, 3
			if r.turn > 0 { // the shares of the gradient are added up in launches of their own
				launches += 3
			}
		}
		return r.reflections(flops, passes*m, n) + launches*r.launch
	}
	if c.Algorithm == CompactWY {
		prepare := n*m*m/r.flops + m*m*m/3/r.inverse + 2*r.launch
		forward := (once+2*B*m*m)/r.flops + 4*r.launch
		if c.ForwardOnly {
			return prepare + forward
		}
		return prepare + forward + (3*once+6*B*m*m+2*n*m*m)/r.flops + 12*r.launch
	}
	// Reflector j begins with j zeros, so that a product with all of them does (1 − m/2n) of the work.
	part := 1 - m/(2*n)
	// A block's update of the batch reads and writes it, which takes as long as 16 reflectors' share of the update; the triangles of
	// the preparation are less efficient than whole products.
	blocks := math.Ceil(m / b)
	pass := part*once*(1+8/b) + B*m*b
	forward := (1.5*(part*n*m*b+m*b*b/3)+pass)/r.blocks + 2*r.launch + blocks*r.step
	if c.ForwardOnly {
		return forward
	}
	return forward + (2*pass+part*once+2*part*n*m*b)/r.blocks + 3*r.launch + 2*blocks*r.step
}
