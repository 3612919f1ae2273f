package cpu

// arena is the scratch memory of a program. Operations run one after another, so each of them lays out its own scratch from the
// arena's start; the arena is as large as the most demanding operation needs.
type arena struct {
	words   []float32
	promise *promise
	next    int // first free word of the operation at hand
	most    int
}

// reset begins the layout of the next operation.
func (a *arena) reset() { a.next = 0 }

// allocate provides the memory when every operation has made its layout.
func (a *arena) allocate(program string) (err error) {
	a.words, a.promise, err = allocate("scratch memory of program "+program, a.most)
	return err
}

// scratch is a piece of the arena: count blocks of the same number of words, each on a cache line of its own. Its words hold
// whatever the operation before left there.
type scratch struct {
	arena             *arena
	off, words, pitch int
}

// scratch reserves count blocks of the given number of words.
func (c *compiler) scratch(count, words int) scratch {
	a := c.arena
	s := scratch{arena: a, off: a.next, words: words, pitch: roundUp(words, lineWords)}
	a.next += count * s.pitch
	a.most = max(a.most, a.next)
	return s
}

// sharers returns how many workers share the tiles of a task out.
func (c *compiler) sharers() int {
	if c.alone {
		return 1
	}
	return c.threads
}

// perWorker reserves one block for every worker. The items of a repetition have the same ones.
func (c *compiler) perWorker(words int) scratch {
	if c.shared == nil {
		return c.scratch(c.threads, words)
	}
	if c.shared.next == len(c.shared.blocks) {
		c.shared.blocks = append(c.shared.blocks, c.scratch(c.threads, words))
	}
	c.shared.next++
	return c.shared.blocks[c.shared.next-1]
}

// block returns block i; for use while the program runs.
func (s scratch) block(i int) []float32 {
	lo := s.off + i*s.pitch
	return s.arena.words[lo : lo+s.words : lo+s.words]
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// oddLines returns a pitch of at least words+1 words for rows of that many: an odd number of cache lines, so that rows fall on
// different sets of the cache.
func oddLines(words int) int { return (words/lineWords + 1 | 1) * lineWords }

func ceilDiv(n, by int) int { return (n + by - 1) / by }

// part returns the bounds of part i of parts nearly equal parts of 0 … n−1.
func part(n, parts, i int) (lo, hi int) { return n * i / parts, n * (i + 1) / parts }

// blocks cuts a range into the fewest nearly equal pieces of at most the given length; piece returns piece i of count.
func (s span) blocks(most int) int { return ceilDiv(s.len(), most) }

func (s span) piece(i, count int) span {
	lo, hi := part(s.len(), count, i)
	return span{s.lo + lo, s.lo + hi}
}
