package gpu

import "math"

// Noise writes random numbers of mean 0 and the given standard deviation:
//
//	Y_ij = Deviation·z_ij,   z_ij = (S_ij − 8·32767.5) / √(8·(2³² − 1)/12)   (R × n)
//
// S is the sum of eight whole numbers, each uniform in 0 … 2¹⁶−1. Such a sum is normally distributed but for its tails (Irwin–Hall: the excess
// kurtosis is −0.15, |z| < 4.9), and needs no function that devices compute differently: what is drawn is the same on every device, to the bit.
//
// The numbers depend on Seed, Stream, the word in Clock and the place (i, j) alone. Clock (1 × 1, uint32, may be absent: 0) is read on the
// device: a program that was recorded once draws anew for each step of which the host writes the number there. Give every use of a seed a
// Stream of its own (philox.Stream of its name). Element (i, j) takes the eight half words of block number
// (Clock << 32) + Part.Row(i)·n + j of Philox 4x32-10 (philox.Source.BlockAt).
type Noise struct {
	Y, Clock     View
	Deviation    float32 // 0 or more
	Seed, Stream uint64
	Part         Part // gives the rows of Y the noise of the rows of a larger matrix that they are
}

// NoiseMean is the mean of the sum of eight half words.
const NoiseMean = 8 * 65535 / 2

// Factor returns what the sum, less its mean, is multiplied by.
func (o Noise) Factor() float32 {
	return float32(float64(o.Deviation) / math.Sqrt(8*(1<<32-1)/12.0))
}

// Name implements Op.
func (o Noise) Name() string { return "noise" }

// Check implements Op.
func (o Noise) Check() error {
	const op = "noise"
	if !(o.Deviation >= 0) || math.IsInf(float64(o.Deviation), 1) {
		return shapeError(op, "a standard deviation of %g; want a number of 0 or more", o.Deviation)
	}
	if err := firstError(o.Part.check(op), o.Y.checkWindow(op, "Y")); err != nil {
		return err
	}
	if o.Y.Rows > 0 && o.Y.Cols > math.MaxUint32/(o.Part.Row(o.Y.Rows-1)+1) {
		return shapeError(op, "Y = %v has more elements than there are random numbers for", o.Y)
	}
	return firstError(o.Clock.checkOptional(op, "Clock", 1, 1), disjoint(op, "Y", o.Y, named{"Clock", o.Clock}))
}

// Access implements Op.
func (o Noise) Access() []Access { return accessList{}.reads(o.Clock).writes(o.Y) }

// Cost implements Op.
func (o Noise) Cost() Cost { return Cost{int64(o.Y.Len()), bytesOf(o.Y)} }
