package main

// tripCount is how often a loop is assumed to run, since a kernel's push
// constants are not known here.
const tripCount = 8

// maxDepth bounds the weight of a block.
const maxDepth = 5

// hotBlock returns the block in which a kernel is assumed to spend its time:
// the one with most vector instructions times 8 for every loop around it. It
// returns false and the largest block where nothing is in a loop.
func hotBlock(blocks []block) (block, bool) {
	depths := loopDepths(blocks)
	best, bestWeight, bestDepth := 0, -1, 0
	for i, b := range blocks {
		weight := count(b.instructions).vector
		for range min(depths[i], maxDepth) {
			weight *= tripCount
		}
		if weight > bestWeight {
			best, bestWeight, bestDepth = i, weight, depths[i]
		}
	}
	return blocks[best], bestDepth > 0
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
