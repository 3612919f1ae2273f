package parity

import "fmt"

// embeddingSpec is a table of rows that tokens name.
type embeddingSpec struct {
	rows, entries, cols int
	kind                string // "", "outside" (some tokens are), "one" (all name one row)
	lay                 layout
}

func (s embeddingSpec) String() string {
	return fmt.Sprintf("%d of %d×%d %v %s", s.rows, s.entries, s.cols, s.lay, s.kind)
}

// embeddingSpecs calls add with tables and numbers of tokens of all sizes.
func embeddingSpecs(add func(short bool, i int, s embeddingSpec)) {
	layouts, kinds := []layout{padded, tight, wide, skewed}, []string{"", "outside", "one"}
	i := 0
	next := func(short bool, rows, entries, cols int) {
		add(short, i, embeddingSpec{rows, entries, cols, kinds[i%3], layouts[i%4]})
		i++
	}
	for j, n := range sizes {
		next(n == 33, sizes[(3*j+2)%len(sizes)], n, sizes[(7*j+5)%len(sizes)])
		next(n == 32, n, sizes[(7*j+1)%len(sizes)], sizes[(3*j+4)%len(sizes)])
	}
	for _, s := range [][3]int{{0, 5, 7}, {5, 7, 0}, {0, 0, 0}, {5, 0, 3}} {
		next(true, s[0], s[1], s[2])
	}
	for _, s := range [][3]int{{700, 1000, 200}, {9000, 50, 12}, {9000, 3000, 5}, {5000, 2, 3}, {40, 20, 3000}} {
		next(false, s[0], s[1], s[2])
	}
}

// tokens returns the tokens of a table.
func (s embeddingSpec) tokens(t *trial) []int {
	src := t.source("Tokens")
	tokens := make([]int, s.rows)
	for i := range tokens {
		switch {
		case s.entries == 0:
			tokens[i] = i - 2
		case s.kind == "one":
			tokens[i] = s.entries / 2
		case s.kind == "outside" && i%3 == 1:
			tokens[i] = []int{-1, s.entries, 1<<31 - 1, -1 << 31}[i%4]
		default:
			tokens[i] = src.IntN(s.entries)
		}
	}
	return tokens
}

// count returns the most rows that one token has.
func count(tokens []int) int {
	most, seen := 0, map[int]int{}
	for _, v := range tokens {
		seen[v]++
		most = max(most, seen[v])
	}
	return most
}
