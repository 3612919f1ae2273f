// Package philox is the project's one source of random numbers: the counter-based generator
// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
// (SC 2011).
//
// A value is a pure function of its address (seed, stream, position). Nothing depends on how many
// values were drawn before it, on the order of drawing, on the executor or on a resumed run: whoever
// knows the address gets the same bits.
//
//   - Block is the generator itself, one 128-bit block from a 128-bit counter and a 64-bit key.
//   - Source reads one stream of a seed in order (Uint32, Float64, Normal, IntN, Perm) or at any
//     position (At, Float64At, NormalAt, Seek).
//   - Stream turns a name such as "mnist/shuffle" into a stream number, so that no two users of one
//     seed share numbers and nobody keeps a table of stream numbers.
//   - Shuffle permutes any slice.
//
// Address layout, for kernels that compute the same numbers: the key is (low, high) half of the seed,
// the counter words 0 and 1 are the (low, high) half of the block number, the words 2 and 3 the
// (low, high) half of the stream; word p of a stream is word p mod 4 of block ⌊p/4⌋.
//
// Integers and uniform values are the same bits on every machine. Normal uses math.Log and math.Cos,
// which may differ in the last bit of float64 from one processor family to another.
//
// The generator is fast and statistically sound; it is not meant for secrets.
package philox
