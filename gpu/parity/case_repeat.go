package parity

import (
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// repeats is how often repeatCases repeat an operation.
const repeats = 3

// repeatCases repeat the short cases of the operations that take several items in a launch, and of every other operation the first one: each item
// has values of its own, and all are held against float64.
func repeatCases(l *list) {
	many := map[string]bool{}
	for _, op := range []string{"gemm", "gram", "tri_solve", "scale", "copy", "sigma", "sigma_backward", "svd_tangent", "normalize_reflectors", "program"} {
		many[op] = true
	}
	seen := map[string]bool{}
	for _, c := range slices.Clone(l.cases) {
		if !c.Short || !many[c.Op] && seen[c.Op] {
			continue
		}
		seen[c.Op] = true
		l.add(c.Op, fmt.Sprintf("%d times %s", repeats, c.Name), true, func(t *trial) { repeatTrial(t, c) })
	}
}

// repeatTrial places the operands of a case several times, at regular distances.
func repeatTrial(t *trial, c Case) {
	var first *trial
	distance := 0
	for i := range repeats {
		one := newTrial(c)
		one.item = i
		c.build(one)
		if i == 0 {
			first = one
			t.lay = one.lay
			distance = (one.words+guard+alignment-1)/alignment*alignment + one.lay.off // no multiple of 4 where operands are none
		}
		for _, o := range one.operands {
			o.t, o.off = t, o.off+i*distance
		}
		t.operands = append(t.operands, one.operands...)
		t.expects = append(t.expects, one.expects...)
		t.words = i*distance + one.words
	}
	t.op = func() []gpu.Op {
		var ops []gpu.Op
		first.buf = t.buf
		for _, op := range first.op() {
			ops = append(ops, gpu.Repeat{Op: op, Count: repeats, Steps: []gpu.Step{{Buf: t.buf, Words: distance}}})
		}
		return ops
	}
}
