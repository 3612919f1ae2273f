package ranks

import (
	"encoding/binary"
	"math"
	"time"
	"unsafe"
)

// direct is how many bytes more a rank may send so that a sum takes one exchange instead of two: what a network moves in the latency of
// a message, 10 Gbit/s in 50 µs. It decides about time alone.
const direct = 64 << 10

// Sum writes to dst the sum over all ranks of src, as long on each, and to tail that of tail, in the order of the ranks. dst is only written, from its
// first element to its last, and must not overlap src.
//
// What a rank sends for n words: to each other rank all of them, in one exchange, where that costs no more than
// a latency (with two ranks it never does); else, in a first exchange, each rank its part, which that rank adds up, and in a second one the sum of its own
// part: 2(N−1)/N·n words, the least that there is.
func (g *Group) Sum(dst, src []float32, tail []float64) error {
	if g.Alone() {
		copy(dst, src)
		return nil
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return g.sum(dst, src, tail)
}

// Begin is a Sum that goes on beside what the rank does next: dst and src are its own until Wait, or any other call but Begin and Fail, has returned.
// Sums that are begun go on one after the other, in the order of the calls.
func (g *Group) Begin(dst, src []float32) {
	if g.Alone() {
		copy(dst, src)
		return
	}
	before, done := g.begun, make(chan error, 1)
	if before == nil {
		g.since = time.Now()
	}
	g.begun = done
	g.awaited.Store(false)
	go func() {
		if before != nil {
			if err := <-before; err != nil {
				done <- err
				return
			}
		}
		g.beside = true
		err := g.sum(dst, src, nil)
		g.beside = false
		done <- err
	}()
}

// Wait returns when all sums that were begun have ended, with the error of the first that failed.
func (g *Group) Wait() error {
	if g == nil || g.begun == nil {
		return nil
	}
	start := time.Now()
	g.awaited.Store(true)
	err := <-g.begun
	g.begun = nil
	g.traffic.Beside += start.Sub(g.since)
	g.traffic.Waited += time.Since(start)
	return err
}

// sum is Sum of more ranks than one, of which no other is under way.
func (g *Group) sum(dst, src []float32, tail []float64) error {
	n, size := len(src), g.Size()
	if more := float64(size-1) * (1 - 2/float64(size)) * float64(n) * 4; more <= direct {
		return g.sumDirect(dst, src, tail)
	}
	return g.sumInParts(dst, src, tail)
}

// sumDirect sends everything to everyone.
func (g *Group) sumDirect(dst, src []float32, tail []float64) error {
	g.send = appendFloats(g.send[:0], src)
	g.send = appendTail(g.send, tail)
	g.sendAll(g.send)
	g.receive(len(g.send))
	if err := g.exchange(); err != nil {
		return err
	}
	g.parts[g.Rank()] = g.send
	g.add(dst, 4*len(src), tail)
	return nil
}

// sumInParts has every rank add up a part and send it to all.
func (g *Group) sumInParts(dst, src []float32, tail []float64) error {
	size, me := g.Size(), g.Rank()
	g.send = g.send[:0]
	ends := make([]int, size)
	for r := range size {
		first, count := Part(len(src), r, size)
		g.send = appendTail(appendFloats(g.send, src[first:first+count]), tail)
		ends[r] = len(g.send)
	}
	start := 0
	for r, end := range ends {
		g.out[r] = g.send[start:end]
		start = end
	}
	mine := g.out[me]
	g.receive(len(mine))
	if err := g.exchange(); err != nil {
		return err
	}
	g.parts[me] = mine
	_, count := Part(len(src), me, size)
	if cap(g.own) < count {
		g.own = make([]float32, count)
	}
	own := g.own[:count]
	g.add(own, 4*count, tail)
	g.sendAll(bytesOf(own))
	for r := range size {
		if _, count := Part(len(src), r, size); r != me {
			g.parts[r] = grown(g.parts[r], 4*count)
			g.in[r] = g.parts[r]
		}
	}
	if err := g.exchange(); err != nil {
		return err
	}
	for r := range size {
		sum := own
		if r != me {
			sum = floatsOf(g.parts[r])
		}
		at, _ := Part(len(src), r, size)
		copy(dst[at:], sum)
	}
	return nil
}

// receive expects so many bytes of every other rank.
func (g *Group) receive(n int) {
	for r := range g.parts {
		if r != g.Rank() {
			g.parts[r] = grown(g.parts[r], n)
			g.in[r] = g.parts[r]
		}
	}
}

// grown returns n bytes, those of b where it has as many.
func grown(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// block is how many words are added up at a time.
const block = 2048

// add writes the sum of the words of all parts, which have so many bytes, to dst, and that of what follows them to tail. g.parts of this
// rank, which is memory of another slice, is taken out.
func (g *Group) add(dst []float32, words int, tail []float64) {
	var sum [block]float32
	for at := 0; at < len(dst); at += block {
		s := sum[:min(block, len(dst)-at)]
		for r, part := range g.parts {
			x := floatsOf(part[:words])[at : at+len(s)]
			if r == 0 {
				copy(s, x)
				continue
			}
			for i := range s {
				s[i] += x[i]
			}
		}
		copy(dst[at:], s)
	}
	for i := range tail {
		total := 0.0
		for _, part := range g.parts {
			total += math.Float64frombits(binary.LittleEndian.Uint64(part[words+8*i:]))
		}
		tail[i] = total
	}
	g.parts[g.Rank()] = nil
}

func appendTail(b []byte, tail []float64) []byte {
	for _, v := range tail {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

func appendFloats(b []byte, x []float32) []byte { return append(b, bytesOf(x)...) }

// bytesOf and floatsOf are the same memory. Ranks have one byte order: that of a program for one system.
func bytesOf(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}

func floatsOf(b []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}
