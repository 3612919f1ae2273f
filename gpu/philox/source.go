package philox

import "hash/fnv"

// Source reads the words of one stream of one seed. The zero value is not usable: call New. A Source is
// not safe for concurrent use; two Sources of one address give the same numbers, so make one each.
type Source struct {
	key      [2]uint32
	stream   uint64
	position uint64 // of the next word

	block  [4]uint32 // the block that number names
	number uint64
	filled bool
}

// New returns a Source at position 0 of the given stream of the given seed. Every pair of numbers is
// valid, and no two pairs overlap.
func New(seed, stream uint64) *Source {
	return &Source{key: [2]uint32{uint32(seed), uint32(seed >> 32)}, stream: stream}
}

// Stream returns the stream number that belongs to a name (64-bit FNV-1a). Give each use of a seed a
// name of its own; where a use needs a numbered series of streams (one for each epoch, say), add the number.
func Stream(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	return h.Sum64()
}

// Position returns the position of the word that Uint32 would return next.
func (s *Source) Position() uint64 { return s.position }

// Seek makes position p (in 32-bit words from the start of the stream) the next to be read.
func (s *Source) Seek(p uint64) { s.position = p }

// At returns word p of the stream and leaves the Source where it is.
func (s *Source) At(p uint64) uint32 {
	if b := p / 4; !s.filled || b != s.number {
		s.block = s.BlockAt(b)
		s.number, s.filled = b, true
	}
	return s.block[p%4]
}

// BlockAt returns block b of the stream, the words 4b to 4b+3, and leaves the Source where it is.
func (s *Source) BlockAt(b uint64) [4]uint32 {
	return Block(s.key, [4]uint32{uint32(b), uint32(b >> 32), uint32(s.stream), uint32(s.stream >> 32)})
}

// Uint32 returns the next word.
func (s *Source) Uint32() uint32 {
	w := s.At(s.position)
	s.position++
	return w
}

// Uint64 returns the next two words, the first as the low half.
func (s *Source) Uint64() uint64 {
	low := s.Uint32()
	return uint64(s.Uint32())<<32 | uint64(low)
}
