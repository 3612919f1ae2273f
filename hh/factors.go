package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// factors is what a product of reflectors in compact WY form needs of the reflectors alone: once for all batches. There are none for Sequential.
type factors struct {
	u             gpu.View
	gram, inverse gpu.View // m × m, for CompactWY
	blocks        gpu.View // K·b × b, for BlockedWY
}

// planFactors plans the factors of a resolved product in a unit.
func planFactors(unit *gpu.Buffer, c ProductConfig, u gpu.View) factors {
	f := factors{u: u}
	switch c.Algorithm {
	case CompactWY:
		f.gram, f.inverse = unit.Reserve(c.Reflectors, c.Reflectors), unit.Reserve(c.Reflectors, c.Reflectors)
	case BlockedWY:
		f.blocks = unit.Reserve(gpu.FactorRows(c.Reflectors, c.Block), c.Block)
	}
	return f
}

// prepare returns the operations that compute the factors.
func (f factors) prepare() []gpu.Op {
	switch {
	case !f.inverse.IsZero():
		return []gpu.Op{gpu.Gram{S: f.gram, U: f.u}, gpu.TriInverse{A: f.inverse, S: f.gram}}
	case !f.blocks.IsZero():
		return []gpu.Op{gpu.BlockFactors{A: f.blocks, U: f.u}}
	}
	return nil
}

// moved returns the factors with every view replaced.
func (f factors) moved(to func(gpu.View) gpu.View) factors {
	return factors{to(f.u), to(f.gram), to(f.inverse), to(f.blocks)}
}
