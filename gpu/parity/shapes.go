package parity

import (
	"fmt"
)

// shape is a matrix's size, with the layout of everything in the case.
type shape struct {
	rows, cols int
	lay        layout
}

func (s shape) String() string { return fmt.Sprintf("%d×%d %v", s.rows, s.cols, s.lay) }

// shapes are sizes paired so that each occurs as rows and as columns, in every layout; the first few are the short ones.
func shapes() []shape {
	layouts := []layout{padded, tight, wide, skewed}
	list := []shape{{33, 31, padded}, {1, 129, skewed}, {7, 32, tight}, {0, 5, tight}, {5, 0, padded}, {0, 0, tight}}
	for i, r := range sizes {
		list = append(list, shape{r, sizes[(3*i+2)%len(sizes)], layouts[i%4]}, shape{r, sizes[(7*i+5)%len(sizes)], layouts[(i+2)%4]})
	}
	return append(list, shape{300, 1000, wide}, shape{1, 70001, skewed}, shape{70001, 1, padded})
}

const shortShapes = 6

// words32 places an operand of arbitrary words: small integers (denormal as fp32), NaN with a payload, and any other.
func (t *trial) words32(name string, rows, cols int) *operand {
	src := t.source(name)
	o := t.out(name, rows, cols)
	o.bits = make([]uint32, rows*cols)
	for i := range o.bits {
		w := src.Uint32()
		switch w % 4 {
		case 0:
			w = w >> 8 % 1000
		case 1:
			w |= 0x7fc00000
		}
		if w == unwritten {
			w++
		}
		o.bits[i] = w
	}
	return o
}
