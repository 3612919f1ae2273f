package main

import (
	"fmt"
	"strings"
)

// tally counts the instructions of a block by what they keep busy.
type tally struct {
	vector int // arithmetic and memory instructions of vector registers
	fma    int // of these, fused multiply-adds and dot products
	vmem   int // loads and stores of buffers
	lds    int // loads and stores of shared memory
	smem   int // scalar loads: uniform addresses, not counted as vector
}

// add adds another tally a number of times.
func (t *tally) add(u tally, times int) {
	t.vector += u.vector * times
	t.fma += u.fma * times
	t.vmem += u.vmem * times
	t.lds += u.lds * times
	t.smem += u.smem * times
}

// share writes which part of the vector instructions is multiply-adds.
func (t tally) share() string {
	if t.vector == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f %%", 100*float64(t.fma)/float64(t.vector))
}

// opPrefixes are the beginnings of the mnemonics of AMD's instruction sets
// (RDNA 2 and 3 ISA guides, instruction formats).
var opPrefixes = []string{"s_", "v_", "ds_", "buffer_", "tbuffer_", "global_", "flat_", "scratch_", "image_", "exp", "lds_"}

// knownOp tells whether a word is a mnemonic. The disassembler writes
// "(invalid instruction)" for what it does not know.
func knownOp(op string) bool { return op == "(invalid" || hasPrefix(op, opPrefixes...) }

// count tallies instructions.
func count(list []instruction) tally {
	var t tally
	for _, in := range list {
		switch {
		case strings.HasPrefix(in.op, "v_dual_"):
			// Two operations in one: v_dual_fmac_f32 … :: v_dual_mul_f32 …
			for _, half := range strings.Split(in.text, "::") {
				t.vector++
				op, _, _ := strings.Cut(strings.TrimSpace(half), " ")
				if isFMA("v_" + strings.TrimPrefix(op, "v_dual_")) {
					t.fma++
				}
			}
		case strings.HasPrefix(in.op, "v_"):
			t.vector++
			if isFMA(in.op) {
				t.fma++
			}
		case hasPrefix(in.op, "ds_", "lds_"):
			t.vector++
			t.lds++
		case hasPrefix(in.op, "buffer_", "tbuffer_", "global_", "flat_", "scratch_", "image_"):
			t.vector++
			t.vmem++
		case hasPrefix(in.op, "s_load_", "s_buffer_load_"):
			t.smem++
		}
	}
	return t
}

// isFMA tells whether a vector instruction is a multiply-add or dot product.
func isFMA(op string) bool { return hasPrefix(op, "v_fma", "v_pk_fma", "v_dot") }

func hasPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
