package main

import (
	"slices"
	"strings"
	"testing"
)

// listing makes assembly of lines "label:", ">label" for a jump, or a mnemonic
// with a count: "v_mul 3".
func listing(t *testing.T, lines string) []block {
	t.Helper()
	var b strings.Builder
	for _, l := range strings.Split(lines, ",") {
		l = strings.TrimSpace(l)
		switch op, n, _ := strings.Cut(l, " "); {
		case strings.HasSuffix(l, ":"):
			b.WriteString(l + "\n")
		case l[0] == '>':
			b.WriteString("\ts_cbranch_scc1 " + l[1:] + " ; 0\n")
		default:
			for range len(n) { // one letter an instruction
				b.WriteString("\t" + op + " v0, v0 ; 0\n")
			}
		}
	}
	blocks, err := parseAssembly(b.String())
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

// x is a count for listing.
func x(n int) string { return strings.Repeat("x", n) }

func TestLoopDepths(t *testing.T) {
	for _, c := range []struct {
		name, lines string
		want        []int
	}{
		{"straight", "BB0:, v_a x, >BB1, BB1:, s_endpgm x", []int{0, 0}},
		{"forwards only", "BB0:, >BB2, BB1:, v_a x, BB2:, v_a x", []int{0, 0, 0}},
		{"one block on itself", "BB0:, v_a x, BB1:, v_a x, >BB1, v_a x", []int{0, 1, 0}},
		{"with an exit", "BB0:, v_a x, BB1:, >BB3, v_a x, >BB1, BB3:, v_a x", []int{0, 1, 1, 0}},
		{"nested", "BB0:, v_a x, BB1:, v_a x, BB2:, v_a x, >BB2, v_a x, >BB1, v_a x", []int{0, 1, 2, 1, 0}},
		{"two in a row", "BB0:, v_a x, >BB0, BB1:, v_a x, >BB1, v_a x", []int{1, 1, 0}},
		{"continue is no loop of its own", "BB1:, v_a x, >BB1, v_a x, >BB1, v_a x", []int{1, 1, 0}},
		{"nested with the same end", "BB1:, v_a x, BB2:, v_a x, >BB2, >BB1, v_a x", []int{1, 2, 1, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := loopDepths(listing(t, c.lines)); !slices.Equal(got, c.want) {
				t.Errorf("depths %v, want %v", got, c.want)
			}
		})
	}
}

func TestHotBlock(t *testing.T) {
	for _, c := range []struct {
		name, lines string
		label       string
		looped      bool
	}{
		{"no loop: the largest", "BB0:, v_a xx, BB1:, v_a xxx, BB2:, v_a x", "BB1", false},
		{"a loop before a longer end", "BB0:, v_a x, BB1:, v_a xx, >BB1, BB2:, v_a xxxxxxxxx", "BB1", true},
		{"work beside a small inner loop", "BB0:, v_a x, BB1:, v_a xxxxx, BB2:, v_a x, >BB2, >BB1", "BB1", true},
		{"inner loop", "BB0:, v_a x, BB1:, v_a xxxxxxx, BB2:, v_a xx, >BB2, >BB1", "BB2", true},
		{"a loop over a few rows in a loop of the same depth as the sum", "BB1:, v_a x, BB2:, v_fma xxxxx, >BB2, BB3:, v_a x, BB4:, v_a xx, >BB4, >BB3, >BB1", "BB2", true},
		{"scalar instructions weigh nothing", "BB0:, v_a x, BB1:, s_a xxxxxxxx, >BB1, BB2:, v_a xx, >BB2", "BB2", true},
		{"a product before a longer block", "BB1:, v_fma " + x(16) + ", v_a xx, BB2:, v_a " + x(30) + ", >BB1", "BB1", true},
		{"a product behind a longer block", "BB1:, v_a " + x(30) + ", BB2:, v_fma " + x(16) + ", >BB1", "BB2", true},
		{"the larger of two products", "BB1:, v_fma " + x(17) + ", v_a " + x(9) + ", >BB1, BB2:, v_fma " + x(18) + ", >BB2", "BB2", true},
		{"the product that runs more often", "BB1:, v_fma " + x(32) + ", BB2:, v_fma " + x(16) + ", >BB2, >BB1", "BB2", true},
		{"too few multiply-adds for a product", "BB1:, v_fma " + x(15) + ", BB2:, v_a " + x(16) + ", >BB1", "BB2", true},
		{"a product outside of loops is none", "BB0:, v_fma " + x(99) + ", BB1:, v_a " + x(13) + ", >BB1", "BB1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, looped := hotBlock(listing(t, c.lines))
			if b.label != c.label || looped != c.looped {
				t.Errorf("hot block %s (in a loop: %v), want %s (%v)", b.label, looped, c.label, c.looped)
			}
		})
	}
}

func TestLoopTally(t *testing.T) {
	for _, c := range []struct {
		name, lines string
		vector, fma int
	}{
		{"no loop: everything", "BB0:, v_fma xx, BB1:, v_a xxx", 5, 2},
		{"outside of loops does not count", "BB0:, v_a xxx, BB1:, v_a x, v_fma xx, >BB1, v_a xx", 24, 16},
		{"an inner loop and what is beside it", "BB1:, v_a xxx, BB2:, v_fma xx, v_a x, >BB2, v_a xx, >BB1", 5*8 + 3*32, 2 * 32},
	} {
		if got := loopTally(listing(t, c.lines)); got.vector != c.vector || got.fma != c.fma {
			t.Errorf("%s: %+v, want %d multiply-adds of %d vector instructions", c.name, got, c.fma, c.vector)
		}
	}
}

// The hot block of a product with a staging loop around the loop over K, as the
// compiler makes it for both families.
func TestHotBlockOfProduct(t *testing.T) {
	for _, family := range families {
		t.Run(family, func(t *testing.T) {
			b, looped := hotBlock(fixture(t, "nested_"+family+".asm"))
			got := count(b.instructions)
			// 8 FMA on one vec4 of B and two values from shared memory; address arithmetic.
			want := tally{vector: 13, fma: 8, vmem: 1, lds: 1, smem: 1}
			if !looped || got != want {
				t.Errorf("block %s, in a loop: %v: %+v, want %+v", b.label, looped, got, want)
			}
		})
	}
}
