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

// remark is a kind of thing that is worth a look.
type remark struct {
	text string
	// judge returns how bad a row is, 0 if it is not, and what to say of the worst.
	judge func(r row) (badness float64, worst string)
}

var remarks = []remark{
	{fmt.Sprintf("fewer than %d waves", fewWaves), func(r row) (float64, string) {
		return float64(max(0, fewWaves-r.waves)), fmt.Sprint(r.waves)
	}},
	{fmt.Sprintf("more than %d VGPR", manyVGPRs), func(r row) (float64, string) {
		return float64(max(0, r.vgprs-manyVGPRs)), fmt.Sprint(r.vgprs)
	}},
	{fmt.Sprintf("more than %d KiB of LDS", muchLDS>>10), func(r row) (float64, string) {
		return float64(max(0, r.lds-muchLDS)), fmt.Sprintf("%d bytes", r.lds)
	}},
	{fmt.Sprintf("a product with an FMA share below %.0f %%", 100*leastFMA), func(r row) (float64, string) {
		if !r.looped || r.hot.fma < productFMAs {
			return 0, ""
		}
		return max(0, leastFMA-float64(r.hot.fma)/float64(r.hot.vector)), r.hot.share()
	}},
}

// remarks lists by kernel what is worth a look, as Markdown. Rows of a kernel
// are neighbours.
func (t *table) remarks() string {
	var b strings.Builder
	for rest := t.rows; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].kernel == rest[0].kernel {
			n++
		}
		for _, m := range remarks {
			b.WriteString(m.line(rest[:n]))
		}
		rest = rest[n:]
	}
	if b.Len() == 0 {
		return "Nothing.\n"
	}
	return b.String()
}

// line sums up the rows of a kernel, empty if none is bad.
func (m remark) line(rows []row) string {
	bad, most, said := 0, 0.0, ""
	for _, r := range rows {
		badness, worst := m.judge(r)
		if badness > 0 {
			bad++
		}
		if badness > most {
			most, said = badness, fmt.Sprintf("%s (%s, %s)", worst, r.variant, r.family)
		}
	}
	if bad == 0 {
		return ""
	}
	return fmt.Sprintf("- %s: %s in %d of %d lines, the worst %s\n", rows[0].kernel, m.text, bad, len(rows), said)
}
