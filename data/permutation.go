package data

// The order of pixels that published results on permuted MNIST share: numpy.random.RandomState(92916).permutation(784)
// (expRNN, dtriv, asRNN and scoRNN).
const pixelSeed = 92916

// numpyPermutation returns numpy.random.RandomState(seed).permutation(n): the generator MT19937 of Matsumoto and
// Nishimura (1998), and Fisher–Yates from the last element down with numbers that are masked and drawn again where
// they are too large.
func numpyPermutation(seed uint32, n int) []int32 {
	g := newTwister(seed)
	order := naturalOrder(n)
	for i := n - 1; i > 0; i-- {
		mask := uint32(1)
		for mask < uint32(i) {
			mask = mask<<1 | 1
		}
		j := g.next() & mask
		for j > uint32(i) {
			j = g.next() & mask
		}
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// Sizes and constants of MT19937.
const (
	twisterWords  = 624
	twisterMiddle = 397
	twisterMatrix = 0x9908b0df
)

// twister is the generator MT19937.
type twister struct {
	state [twisterWords]uint32
	used  int // words of the state that were given out
}

func newTwister(seed uint32) *twister {
	g := &twister{used: twisterWords}
	g.state[0] = seed
	for i := uint32(1); i < twisterWords; i++ {
		last := g.state[i-1]
		g.state[i] = 1812433253*(last^last>>30) + i
	}
	return g
}

func (g *twister) next() uint32 {
	if g.used == twisterWords {
		g.twist()
	}
	y := g.state[g.used]
	g.used++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (g *twister) twist() {
	for i := range g.state {
		y := g.state[i]&0x80000000 | g.state[(i+1)%twisterWords]&0x7fffffff
		next := g.state[(i+twisterMiddle)%twisterWords] ^ y>>1
		if y&1 != 0 {
			next ^= twisterMatrix
		}
		g.state[i] = next
	}
	g.used = 0
}
