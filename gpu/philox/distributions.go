package philox

import (
	"fmt"
	"math"
	"math/bits"
)

// Unit maps a word to float32 in [0, 1): its upper 24 bits times 2⁻²⁴, exact in float32.
func Unit(word uint32) float32 { return float32(word>>8) * 0x1p-24 }

// Float32 returns a value uniform in [0, 1) with 24 bits, from one word.
func (s *Source) Float32() float32 { return Unit(s.Uint32()) }

// Float64 returns a value uniform in [0, 1) with 53 bits, from two words.
func (s *Source) Float64() float64 { return unit64(s.Uint64()) }

// Float64At returns value i of the stream read as uniform values, i.e. what Float64 would return after
// Seek(2i), and leaves the Source where it is.
func (s *Source) Float64At(i uint64) float64 {
	return unit64(uint64(s.At(2*i+1))<<32 | uint64(s.At(2*i)))
}

func unit64(w uint64) float64 { return float64(w>>11) * 0x1p-53 }

// Normal returns a value of the standard normal distribution, from four words, by the first half of the
// Box–Muller transform: √(−2 ln(1−u)) cos 2πv. Its magnitude is at most 8.6, the reach of 53 bits.
func (s *Source) Normal() float64 {
	u := s.Float64()
	return boxMuller(u, s.Float64())
}

// NormalAt returns value i of the stream read as normal values, i.e. what Normal would return after
// Seek(4i), and leaves the Source where it is.
func (s *Source) NormalAt(i uint64) float64 {
	return boxMuller(s.Float64At(2*i), s.Float64At(2*i+1))
}

// boxMuller takes u and v in [0, 1); 1−u is in (0, 1], so the logarithm is finite.
func boxMuller(u, v float64) float64 {
	return math.Sqrt(-2*math.Log(1-u)) * math.Cos(2*math.Pi*v)
}

// IntN returns an integer uniform in [0, n), without bias: the high half of a 64×64-bit product, drawn
// again in the rare case (at most n/2⁶⁴) that would favour small values (Lemire 2019). It takes two words
// a draw. It panics if n < 1, which is a bug of the caller.
func (s *Source) IntN(n int) int {
	if n < 1 {
		panic(fmt.Sprintf("philox: IntN(%d): the bound must be at least 1", n))
	}
	bound := uint64(n)
	high, low := bits.Mul64(s.Uint64(), bound)
	if low < bound {
		for threshold := -bound % bound; low < threshold; {
			high, low = bits.Mul64(s.Uint64(), bound)
		}
	}
	return int(high)
}

// Perm returns a uniformly random permutation of 0 … n−1. It panics if n < 0, which is a bug of the caller.
func (s *Source) Perm(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	Shuffle(s, p)
	return p
}

// Shuffle puts x in a uniformly random order (Fisher–Yates), taking 2(len(x)−1) words of s.
func Shuffle[E any](s *Source, x []E) {
	for i := len(x) - 1; i > 0; i-- {
		j := s.IntN(i + 1)
		x[i], x[j] = x[j], x[i]
	}
}
