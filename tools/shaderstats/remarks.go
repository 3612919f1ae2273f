package main

import (
	"fmt"
	"strings"
)

// What is worth a look on a real card. None of it fails the check: a kernel
// that is all multiply-adds does well with few waves, and one that is launched
// once does no harm.
const (
	fewWaves    = 8        // of 16 on a SIMD unit
	manyVGPRs   = 128      // of 256
	muchLDS     = 32 << 10 // bytes, of 64 KiB a work group
	leastFMA    = 0.60     // of the vector instructions of a hot block
	productFMAs = 16       // from so many on a hot block counts as that of a product
)

// remarks says what is worth a look about a row, nothing if all is well.
func (r row) remarks() []string {
	var list []string
	if r.waves < fewWaves {
		list = append(list, fmt.Sprintf("%d waves", r.waves))
	}
	if r.vgprs > manyVGPRs {
		list = append(list, fmt.Sprintf("%d VGPR", r.vgprs))
	}
	if r.lds > muchLDS {
		list = append(list, fmt.Sprintf("%d bytes of LDS", r.lds))
	}
	if r.looped && r.hot.fma >= productFMAs && float64(r.hot.fma) < leastFMA*float64(r.hot.vector) {
		list = append(list, fmt.Sprintf("%d FMA in %d vector instructions", r.hot.fma, r.hot.vector))
	}
	return list
}

// remarks lists the rows with remarks, as Markdown.
func (t *table) remarks() string {
	var b strings.Builder
	for _, r := range t.rows {
		if list := r.remarks(); len(list) > 0 {
			fmt.Fprintf(&b, "- %s, %s, %s: %s\n", r.kernel, r.variant, r.family, strings.Join(list, ", "))
		}
	}
	if b.Len() == 0 {
		return "Nothing.\n"
	}
	return b.String()
}
