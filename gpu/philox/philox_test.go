package philox_test

import (
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"pgregory.net/rapid"
)

// The known answers of the Random123 publication (Salmon et al. 2011) for Philox4x32 with ten rounds: all
// zeros, all ones, and the digits of π.
func TestBlockKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	tests := []struct {
		name    string
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{"zeros", [4]uint32{}, [2]uint32{},
			[4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{"ones", [4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{"pi", [4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := philox.Block(tt.key, tt.counter); got != tt.want {
				t.Errorf("Block(%08x, %08x) = %08x, want %08x", tt.key, tt.counter, got, tt.want)
			}
		})
	}
}

// The documented address layout: the same known answer reached through seed, stream and position.
func TestSourceAddressLayout(t *testing.T) {
	s := philox.New(0x299f31d0a4093822, 0x0370734413198a2e)
	const block = 0x85a308d3243f6a88 % (1 << 62) // the block number of a word position has 62 bits
	want := philox.Block([2]uint32{0xa4093822, 0x299f31d0}, [4]uint32{0x243f6a88, 0x05a308d3, 0x13198a2e, 0x03707344})
	if got := s.BlockAt(block); got != want {
		t.Errorf("BlockAt(%#x) = %08x, want %08x", uint64(block), got, want)
	}
	for i, w := range want {
		if got := s.At(4*block + uint64(i)); got != w {
			t.Errorf("word %d = %08x, want %08x", i, got, w)
		}
	}
	if got := philox.New(0, 0).Uint64(); got != 0xe169c58d6627e8d5 {
		t.Errorf("first Uint64 of (0, 0) = %#x: the first word must be the low half", got)
	}
}

func TestValuesDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, stream := rapid.Uint64().Draw(t, "seed"), rapid.Uint64().Draw(t, "stream")
		positions := rapid.SliceOfN(rapid.Uint64Range(0, 1<<62), 1, 20).Draw(t, "positions")
		walker := philox.New(seed, stream)
		for _, p := range positions {
			want := philox.New(seed, stream).At(p)
			if got := walker.At(p); got != want {
				t.Fatalf("At(%d) = %08x after other reads, %08x alone", p, got, want)
			}
			walker.Seek(p)
			if got := walker.Uint32(); got != want {
				t.Fatalf("Uint32 after Seek(%d) = %08x, want %08x", p, got, want)
			}
			if walker.Position() != p+1 {
				t.Fatalf("position %d after reading %d", walker.Position(), p)
			}
		}
	})
}

func TestAddressedValuesEqualSequentialOnes(t *testing.T) {
	uniform, normal, at := philox.New(7, 1), philox.New(7, 1), philox.New(7, 1)
	for i := range uint64(100) {
		if got, want := at.Float64At(i), uniform.Float64(); got != want {
			t.Fatalf("Float64At(%d) = %v, Float64 = %v", i, got, want)
		}
		if got, want := at.NormalAt(i), normal.Normal(); got != want {
			t.Fatalf("NormalAt(%d) = %v, Normal = %v", i, got, want)
		}
	}
}

// Moments of 100,000 draws against their values; the bounds are five standard errors, and the seed is fixed.
func TestMoments(t *testing.T) {
	const n = 100_000
	const fiveErrors = 5 / 316.2277660168379 // 5/√n
	tests := []struct {
		name           string
		draw           func(*philox.Source) float64
		mean, variance float64
		fourth         float64 // central
	}{
		{"Float64", (*philox.Source).Float64, 0.5, 1.0 / 12, 1.0 / 80},
		{"Float32", func(s *philox.Source) float64 { return float64(s.Float32()) }, 0.5, 1.0 / 12, 1.0 / 80},
		{"Normal", (*philox.Source).Normal, 0, 1, 3},
		{"IntN(6)", func(s *philox.Source) float64 { return float64(s.IntN(6)) }, 2.5, 35.0 / 12, 14.7291666},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := philox.New(1, 2)
			var m1, m2 float64
			for range n {
				d := tt.draw(s) - tt.mean
				m1 += d / n
				m2 += d * d / n
			}
			if math.Abs(m1) > fiveErrors*math.Sqrt(tt.variance) {
				t.Errorf("mean off by %v", m1)
			}
			if bound := fiveErrors * math.Sqrt(tt.fourth-tt.variance*tt.variance); math.Abs(m2-tt.variance) > bound {
				t.Errorf("variance %v, want %v ± %v", m2, tt.variance, bound)
			}
		})
	}
}

func TestRanges(t *testing.T) {
	if u := philox.Unit(math.MaxUint32); u >= 1 || u != 1-0x1p-24 {
		t.Errorf("Unit of the largest word = %v, want 1 − 2⁻²⁴", u)
	}
	if u := philox.Unit(0); u != 0 {
		t.Errorf("Unit(0) = %v", u)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := philox.New(rapid.Uint64().Draw(t, "seed"), 0)
		n := rapid.IntRange(1, math.MaxInt).Draw(t, "n")
		if v := s.IntN(n); v < 0 || v >= n {
			t.Fatalf("IntN(%d) = %d", n, v)
		}
		if v := s.Float64(); v < 0 || v >= 1 {
			t.Fatalf("Float64 = %v", v)
		}
		if v := s.Normal(); math.IsNaN(v) || math.Abs(v) > 8.6 {
			t.Fatalf("Normal = %v", v)
		}
	})
}

func TestIntNRefusesEmptyRange(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("IntN(0) did not panic")
		}
	}()
	philox.New(0, 0).IntN(0)
}

func TestPermIsAPermutation(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 31, 32, 33, 127, 128, 129} {
		p := philox.New(3, 4).Perm(n)
		if again := philox.New(3, 4).Perm(n); !slices.Equal(p, again) {
			t.Errorf("n=%d: two permutations of one address differ", n)
		}
		slices.Sort(p)
		for i, v := range p {
			if v != i {
				t.Fatalf("n=%d: not a permutation: sorted entry %d is %d", n, i, v)
			}
		}
	}
}

// Every order of three must come up equally often: 6,000 shuffles, six counts of 1,000 ± 5 standard errors.
func TestShuffleIsUniform(t *testing.T) {
	counts := map[[3]int]int{}
	s := philox.New(5, 6)
	for range 6000 {
		counts[[3]int(s.Perm(3))]++
	}
	if len(counts) != 6 {
		t.Fatalf("%d orders of 3 seen, want 6", len(counts))
	}
	for order, c := range counts {
		if math.Abs(float64(c)-1000) > 5*math.Sqrt(1000*5.0/6) {
			t.Errorf("order %v came %d times of 6000", order, c)
		}
	}
}

func TestStreamsDiffer(t *testing.T) {
	seen := map[uint64]string{}
	for _, name := range []string{"", "a", "b", "ab", "ba", "mnist/shuffle", "adding/train", "adding/test"} {
		id := philox.Stream(name)
		if other, ok := seen[id]; ok {
			t.Errorf("streams %q and %q are both %d", name, other, id)
		}
		seen[id] = name
	}
	a, b := philox.New(1, philox.Stream("a")), philox.New(1, philox.Stream("b"))
	if a.Uint64() == b.Uint64() {
		t.Error("two streams of one seed begin alike")
	}
}

func TestSourceDoesNotAllocate(t *testing.T) {
	var sink float64
	x := make([]int32, 50)
	allocs := testing.AllocsPerRun(100, func() {
		s := philox.New(1, philox.Stream("allocations")+3)
		s.Seek(99)
		sink += s.Normal() + float64(s.IntN(10))
		philox.Shuffle(s, x)
	})
	if allocs != 0 {
		t.Errorf("%v allocations a run, want 0", allocs)
	}
}

func BenchmarkUint32(b *testing.B) {
	s := philox.New(1, 2)
	b.SetBytes(4)
	for b.Loop() {
		s.Uint32()
	}
}
