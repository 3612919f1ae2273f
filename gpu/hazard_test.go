package gpu_test

import (
	"fmt"
	"math/bits"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func read(key string, lo, hi int) gpu.Range { return gpu.Range{Key: key, Lo: lo, Hi: hi} }
func write(key string, lo, hi int) gpu.Range {
	return gpu.Range{Key: key, Lo: lo, Hi: hi, Write: true}
}

func TestHazards(t *testing.T) {
	type work = []gpu.Range
	for _, c := range []struct {
		name string
		work []work
		want []bool
	}{
		{"read after write", []work{{write("a", 0, 4)}, {read("a", 3, 5)}}, []bool{false, true}},
		{"write after read", []work{{read("a", 0, 4)}, {write("a", 3, 5)}}, []bool{false, true}},
		{"write after write", []work{{write("a", 0, 4)}, {write("a", 3, 5)}}, []bool{false, true}},
		{"read after read", []work{{read("a", 0, 4)}, {read("a", 0, 4)}}, []bool{false, false}},
		{"apart", []work{{write("a", 0, 4)}, {read("a", 4, 8)}, {write("a", 8, 9)}}, []bool{false, false, false}},
		{"the last word", []work{{write("a", 0, 4)}, {read("a", 3, 4)}}, []bool{false, true}},
		{"other memory", []work{{write("a", 0, 4)}, {read("b", 0, 4)}, {write("b", 4, 8)}}, []bool{false, false, false}},
		{"in place is no hazard with itself", []work{{read("a", 0, 4), write("a", 0, 4)}}, []bool{false}},
		{"in place twice", []work{{read("a", 0, 4), write("a", 0, 4)}, {read("a", 0, 4), write("a", 0, 4)}}, []bool{false, true}},
		{"a barrier orders all before it", []work{{write("a", 0, 4)}, {write("b", 0, 4)}, {read("a", 0, 4)}, {read("b", 0, 4)}}, []bool{false, false, true, false}},
		{"what follows a barrier counts anew", []work{{write("a", 0, 4)}, {read("a", 0, 4), write("b", 0, 4)}, {read("b", 0, 1)}}, []bool{false, true, true}},
		{"an older read", []work{{read("a", 0, 9)}, {read("a", 20, 30)}, {write("a", 5, 6)}}, []bool{false, false, true}},
		{"between two spans", []work{{write("a", 0, 4)}, {write("a", 8, 12)}, {read("a", 4, 8)}}, []bool{false, false, false}},
		{"over many spans", []work{{write("a", 8, 9)}, {write("a", 0, 1)}, {write("a", 4, 5)}, {read("a", 5, 8)}, {read("a", 2, 5)}}, []bool{false, false, false, false, true}},
		{"nothing", []work{{}, {}}, []bool{false, false}},
		{"an empty range inside of one", []work{{write("a", 0, 10)}, {read("a", 5, 5)}, {write("a", 5, 5)}}, []bool{false, false, false}},
		{"an empty range leaves nothing", []work{{write("a", 5, 5)}, {read("a", 0, 10)}}, []bool{false, false}},
	} {
		var h gpu.Hazards
		var got []bool
		for _, w := range c.work {
			got = append(got, h.Next(w))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestFullSyncHasABarrierEverywhere(t *testing.T) {
	h := gpu.Hazards{Full: true}
	for i := range 4 {
		if got := h.Next([]gpu.Range{read("a", 0, 1)}); got != (i > 0) {
			t.Errorf("work %d: barrier %t", i, got)
		}
	}
}

// conflict tells whether two pieces of work may not run at the same time, word by word.
func conflict(a, b []gpu.Range) bool {
	for _, x := range a {
		for _, y := range b {
			for w := max(x.Lo, y.Lo); w < min(x.Hi, y.Hi); w++ {
				if x.Key == y.Key && (x.Write || y.Write) {
					return true
				}
			}
		}
	}
	return false
}

// sound tells whether barriers (bit i: before work i) separate every two pieces of work that conflict.
func sound(work [][]gpu.Range, barriers uint) bool {
	for j := range work {
		for i := range j {
			between := barriers >> (i + 1) & (1<<(j-i) - 1) // before i+1 … j
			if between == 0 && conflict(work[i], work[j]) {
				return false
			}
		}
	}
	return true
}

// TestHazardsAreSoundAndLeast compares Hazards with all sets of barriers.
func TestHazardsAreSoundAndLeast(t *testing.T) {
	access := rapid.Custom(func(r *rapid.T) gpu.Range {
		lo := rapid.IntRange(0, 12).Draw(r, "lo")
		return gpu.Range{
			Key: fmt.Sprint("buffer", rapid.IntRange(0, 1).Draw(r, "key")), Lo: lo, Hi: lo + rapid.IntRange(0, 4).Draw(r, "length"),
			Write: rapid.Bool().Draw(r, "write"),
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		work := rapid.SliceOfN(rapid.SliceOfN(access, 0, 3), 1, 8).Draw(r, "work")
		var h gpu.Hazards
		var got uint
		for i, w := range work {
			if h.Next(w) {
				got |= 1 << i
			}
		}
		if !sound(work, got) {
			r.Fatalf("barriers %b leave a hazard", got)
		}
		for set := uint(0); set < 1<<len(work); set++ {
			if bits.OnesCount(set) < bits.OnesCount(got) && sound(work, set) {
				r.Fatalf("barriers %b, but %b are enough", got, set)
			}
		}
	})
}

// TestHazardsOfManyRanges has more spans than the other tests, against the model without minimality.
func TestHazardsOfManyRanges(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(r, "n")
		var h gpu.Hazards
		var work [][]gpu.Range
		var barriers uint64
		for i := range n {
			lo := rapid.IntRange(0, 200).Draw(r, "lo")
			w := []gpu.Range{{Key: "a", Lo: lo, Hi: lo + rapid.IntRange(1, 6).Draw(r, "length"), Write: rapid.Bool().Draw(r, "write")}}
			before := false // whether it conflicts with anything since the last barrier
			for j := i - 1; j >= 0; j-- {
				before = before || conflict(work[j], w)
				if barriers>>j&1 != 0 {
					break
				}
			}
			got := h.Next(w)
			if got != before {
				r.Fatalf("work %d %v: barrier %t, want %t", i, w, got, before)
			}
			if got {
				barriers |= 1 << i
			}
			work = append(work, w)
		}
	})
}

func TestRangesOfAccesses(t *testing.T) {
	dev, _ := open(t)
	b := buffer(t, dev, "b", 100)
	got := gpu.Ranges(gpu.Copy{Y: b.View(50, 2, 5), X: gpu.View{Buf: b, Off: 3, Rows: 2, Cols: 5, Stride: 9}}.Access())
	want := []gpu.Range{{Key: b, Lo: 3, Hi: 17}, {Key: b, Lo: 50, Hi: 60, Write: true}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
}
