package main

import "slices"

// trips are how often a loop is assumed to run inside those around it, since a
// kernel's push constants are not known here: an outer loop 8 times, one in it 4
// times, and any deeper one twice. ACO's own estimates assume the same.
var trips = []int{8, 4, 2}

// maxDepth bounds the depth that counts.
const maxDepth = 6

// weight is how often a block at a depth of loops is assumed to run.
func weight(depth int) int {
	w := 1
	for d := range min(depth, maxDepth) {
		w *= trips[min(d, len(trips)-1)]
	}
	return w
}

// hotBlock returns the block in which a kernel is assumed to spend its time, and
// whether it is in a loop. A block in a loop with at least productFMAs
// multiply-adds is a product: of those the one with most multiply-adds times its
// weight, since the other blocks of a recurrence, which finish a time step and may
// be longer, run once beside a product that runs over all of K. Without a product
// it is the block with most vector instructions times its weight, the largest one
// where nothing is in a loop.
func hotBlock(blocks []block) (block, bool) {
	depths := loopDepths(blocks)
	best, most, product := 0, -1, false
	for i, b := range blocks {
		t := count(b.instructions)
		isProduct := depths[i] > 0 && t.fma >= productFMAs
		if product && !isProduct {
			continue
		}
		n := t.vector * weight(depths[i])
		if isProduct {
			n = t.fma * weight(depths[i])
		}
		if n > most || isProduct && !product {
			best, most, product = i, n, isProduct
		}
	}
	return blocks[best], depths[best] > 0
}

// loopTally tallies all blocks that are in loops by their weights, all blocks
// where nothing is in a loop: the hot block with what is done beside it.
func loopTally(blocks []block) tally {
	depths := loopDepths(blocks)
	least := min(slices.Max(depths), 1)
	var sum tally
	for i, b := range blocks {
		if depths[i] >= least {
			sum.add(count(b.instructions), weight(depths[i]))
		}
	}
	return sum
}

// loopDepths returns for each block how many loops it is in. A loop is what
// lies between the target of jumps backwards and the last of these: the compiler
// keeps the blocks of a loop together, in order.
func loopDepths(blocks []block) []int {
	at := map[string]int{}
	for i, b := range blocks {
		if b.label != "" {
			at[b.label] = i
		}
	}
	last := map[int]int{} // by the first block of a loop
	for i, b := range blocks {
		if to, ok := at[b.jump]; ok && to <= i {
			last[to] = i
		}
	}
	depths := make([]int, len(blocks))
	for first, end := range last {
		for i := first; i <= end; i++ {
			depths[i]++
		}
	}
	return depths
}
