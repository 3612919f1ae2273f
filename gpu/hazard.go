package gpu

import (
	"cmp"
	"slices"
)

// Hazards derives barriers from reads and writes. Feed it the accesses of each dispatch in order: Next tells whether a barrier
// has to stand before it because it reads or writes what was written, or writes what was read, since the last barrier.
// One barrier orders everything before it, so the pending set empties: the result is the least number of full barriers for
// the given order.
type Hazards struct {
	reads, writes map[any][]span
	// Full makes Next answer true always (SPECTRAL_SYNC=full), to bisect a suspected missing barrier.
	Full    bool
	started bool
}

type span struct{ lo, hi int }

// Range is a range of some memory, identified by any comparable key.
type Range struct {
	Key    any
	Lo, Hi int
	Write  bool
}

// Next tells whether a barrier is needed before work that makes the given accesses, and records them.
func (h *Hazards) Next(acc []Range) bool {
	if h.reads == nil {
		h.reads, h.writes = map[any][]span{}, map[any][]span{}
	}
	barrier := h.Full && h.started
	h.started = true
	for _, a := range acc {
		if barrier {
			break
		}
		if a.Hi <= a.Lo {
			continue
		}
		barrier = touches(h.writes[a.Key], a) || a.Write && touches(h.reads[a.Key], a)
	}
	if barrier {
		clear(h.reads)
		clear(h.writes)
	}
	for _, a := range acc {
		if a.Hi <= a.Lo {
			continue
		}
		m := h.reads
		if a.Write {
			m = h.writes
		}
		m[a.Key] = insertSpan(m[a.Key], span{a.Lo, a.Hi})
	}
	return barrier
}

func touches(spans []span, a Range) bool {
	for _, s := range spans {
		if s.lo < a.Hi && a.Lo < s.hi {
			return true
		}
	}
	return false
}

// insertSpan adds s to a sorted list of disjoint spans, merging those that touch.
func insertSpan(spans []span, s span) []span {
	i, _ := slices.BinarySearchFunc(spans, s, func(a, b span) int { return cmp.Compare(a.hi, b.lo) })
	j := i
	for j < len(spans) && spans[j].lo <= s.hi {
		s.lo, s.hi = min(s.lo, spans[j].lo), max(s.hi, spans[j].hi)
		j++
	}
	return slices.Replace(spans, i, j, s)
}

// Ranges turns accesses of operations into ranges keyed by buffer.
func Ranges(acc []Access) []Range {
	out := make([]Range, len(acc))
	for i, a := range acc {
		out[i] = Range{Key: a.Buf, Lo: a.Lo, Hi: a.Hi, Write: a.Write}
	}
	return out
}
