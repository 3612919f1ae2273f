package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// row is a line of the table: a variant of a kernel on a family of cards.
type row struct {
	kernel, variant, family    string
	subgroup                   int // lanes of a wave
	vgprs, sgprs               int // registers of a wave
	spilledVGPRs, spilledSGPRs int
	scratch                    int // bytes of memory of a wave for what does not fit in registers
	lds                        int // bytes of shared memory
	waves                      int // resident on a SIMD unit
	code                       int // bytes
	instructions               int
	latency, inverseThroughput int // cycles
	hot, loops                 tally
	looped                     bool // hot is in a loop
}

// newRow reads a row from what the compiler says.
func newRow(family string, c compiled) (row, error) {
	k := shaders.Lookup(c.Kernel)
	r := row{kernel: c.Kernel, variant: variantName(k, c.Spec), family: family, subgroup: c.Subgroup}
	for name, to := range map[string]*int{
		"VGPRs": &r.vgprs, "SGPRs": &r.sgprs, "Spilled VGPRs": &r.spilledVGPRs, "Spilled SGPRs": &r.spilledSGPRs,
		"Scratch size": &r.scratch, "LDS size": &r.lds, "Subgroups per SIMD": &r.waves, "Code size": &r.code,
		"Instructions": &r.instructions, "Latency": &r.latency, "Inverse Throughput": &r.inverseThroughput,
	} {
		v, ok := c.Statistics[name]
		if !ok {
			return row{}, fmt.Errorf("%s, %s, %s: the driver has no statistic %q", r.kernel, r.variant, family, name)
		}
		*to = int(v)
	}
	if c.Subgroup != 32 && c.Subgroup != 64 {
		return row{}, fmt.Errorf("%s, %s, %s: waves of %d lanes", r.kernel, r.variant, family, c.Subgroup)
	}
	r.waves /= c.Subgroup / 32 // RADV counts a wave of 64 lanes as two
	blocks, err := parseAssembly(c.Assembly)
	if err != nil {
		return row{}, fmt.Errorf("%s, %s, %s: %w", r.kernel, r.variant, family, err)
	}
	hot, looped := hotBlock(blocks)
	r.hot, r.looped, r.loops = count(hot.instructions), looped, loopTally(blocks)
	return r, nil
}

// variantName lists the specialization constants that differ from their
// defaults.
func variantName(k *shaders.Kernel, spec []uint32) string {
	var parts []string
	for i, s := range k.Spec {
		if spec[i] != s.Default {
			parts = append(parts, s.Name+"="+specText(s.Type, spec[i]))
		}
	}
	if len(parts) == 0 {
		return "defaults"
	}
	return strings.Join(parts, " ")
}

// specText writes a specialization constant given by its bits.
func specText(typ string, bits uint32) string {
	switch typ {
	case "float":
		return strconv.FormatFloat(float64(math.Float32frombits(bits)), 'g', -1, 32)
	case "int":
		return strconv.Itoa(int(int32(bits)))
	}
	return strconv.FormatUint(uint64(bits), 10)
}

// cells returns the row as the table shows it, in the order of columns.
func (r row) cells() []string {
	loop := "no loop"
	if r.looped {
		loop = strconv.Itoa(r.hot.vector)
	}
	cells := []string{r.kernel, r.variant, r.family}
	for _, n := range []int{r.subgroup, r.vgprs, r.sgprs, r.spilledVGPRs, r.spilledSGPRs, r.scratch, r.lds, r.waves, r.code, r.instructions, r.latency, r.inverseThroughput} {
		cells = append(cells, strconv.Itoa(n))
	}
	return append(cells, loop, r.hot.share(), r.loops.share(), strconv.Itoa(r.hot.vmem), strconv.Itoa(r.hot.lds), strconv.Itoa(r.hot.smem))
}

// fault says why a row must not be, nil if it may.
func (r row) fault() error {
	if r.spilledVGPRs == 0 && r.spilledSGPRs == 0 && r.scratch == 0 {
		return nil
	}
	return fmt.Errorf("%s, %s, spills on %s: %d vector and %d scalar registers, %d bytes of scratch memory a wave: use fewer registers (smaller tiles, no array indexed by a variable)",
		r.kernel, r.variant, r.family, r.spilledVGPRs, r.spilledSGPRs, r.scratch)
}
