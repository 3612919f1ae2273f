package gpu

import "math"

// Dropout sets elements to zero at random and scales the others, so that the mean stays (Srivastava et al. 2014):
//
//	Y_ij = X_ij / keep  with probability keep = 1 − Rate,  else 0     (R × n)
//
// Which elements stay depends on Seed, Stream, the word in Clock and the place (i, j) alone, and is the same on every device: the same
// operation applied to a gradient is the way back, and no mask is stored. Clock (1 × 1, uint32, may be absent: 0) is read on the device:
// a program that was recorded once draws anew for each step of which the host writes the number there. Give every use of a seed a
// Stream of its own (philox.Stream of its name).
//
// Period > 0 gives rows i and i + Period one mask: with the number of samples B, rows t·B + b of a sequence are masked alike at all time
// steps t (Gal & Ghahramani 2016). X may be absent: ones, so that Y is the mask. Y may be X.
//
// Part gives the rows of Y the masks of the rows of a larger matrix that they are; with Period, after the remainder was taken.
//
// The numbers: eight neighbouring elements 8g … 8g+7 of row i (Part.Row of i mod Period) take 16 bits each, low half first, of the four words of block
// number (Clock << 32) + i·⌈n/8⌉ + g of Philox 4x32-10 (philox.Source.BlockAt); an element stays where its bits are below Threshold.
type Dropout struct {
	Y, X, Clock  View
	Rate         float64 // in [0, 1); rounded to a multiple of 2⁻¹⁶
	Seed, Stream uint64
	Period       int
	Unscaled     bool // the elements that stay are X_ij
	Part         Part
}

// Threshold returns keep·2¹⁶, rounded, and what the elements that stay are multiplied by, 2¹⁶/Threshold, or 1 if Unscaled.
func (o Dropout) Threshold() (threshold uint32, scale float32) {
	threshold = uint32(math.Round((1 - o.Rate) * (1 << 16)))
	if o.Unscaled {
		return threshold, 1
	}
	return threshold, (1 << 16) / float32(threshold)
}

// DropoutLanes is the number of neighbouring elements that share a block of random numbers.
const DropoutLanes = 8

// Name implements Op.
func (o Dropout) Name() string { return "dropout" }

// Check implements Op.
func (o Dropout) Check() error {
	const op = "dropout"
	if !(o.Rate >= 0 && o.Rate <= 1-0x1p-16) {
		return shapeError(op, "rate %g is outside of [0, 1)", o.Rate)
	}
	if o.Period < 0 {
		return shapeError(op, "period %d", o.Period)
	}
	if err := firstError(o.Part.check(op), o.Y.checkWindow(op, "Y")); err != nil {
		return err
	}
	if blocks := (o.Y.Cols + DropoutLanes - 1) / DropoutLanes; o.Y.Rows > 0 && blocks > math.MaxUint32/(o.Part.Row(o.Y.Rows-1)+1) {
		return shapeError(op, "Y = %v has more elements than there are random numbers for", o.Y)
	}
	return firstError(o.X.checkOptional(op, "X", o.Y.Rows, o.Y.Cols), o.Clock.checkOptional(op, "Clock", 1, 1),
		sameOrDisjoint(op, "Y", o.Y, named{"X", o.X}), disjoint(op, "Y", o.Y, named{"Clock", o.Clock}))
}

// Access implements Op.
func (o Dropout) Access() []Access { return accessList{}.reads(o.X, o.Clock).writes(o.Y) }

// Cost implements Op.
func (o Dropout) Cost() Cost { return Cost{int64(o.Y.Len()), bytesOf(o.X, o.Y)} }
