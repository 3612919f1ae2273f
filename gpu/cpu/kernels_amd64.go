package cpu

import "golang.org/x/sys/cpu"

//go:generate go run ../../tools/asmgen -kernel multiply512 -out multiply_avx512_amd64.s
//go:generate go run ../../tools/asmgen -kernel multiply256 -out multiply_avx2_amd64.s
//go:generate go run ../../tools/asmgen -kernel narrow512 -out narrow_avx512_amd64.s
//go:generate go run ../../tools/asmgen -kernel vector -out vector_amd64.s
//go:generate go run ../../tools/asmgen -kernel lstm -out lstm_amd64.s
//go:generate go run ../../tools/asmgen -kernel gru -out gru_amd64.s

// lanes is the number of single-precision numbers of a vector.
const lanes = 8

// multiplyAVX512 and multiplyAVX2 are the micro-kernel for tiles of up to 14 × 32 and 6 × 16. The former masks the columns beyond
// the tile's; the latter touches whole vectors only.
//
//go:noescape
func multiplyAVX512(rows int, t *tile)

// multiplyAVX512Half is multiplyAVX512 for tiles of up to 14 × 16, on vectors of half the size, with the same results.
//
//go:noescape
func multiplyAVX512Half(rows int, t *tile)

//go:noescape
func multiplyAVX2(rows int, t *tile)

var avx512 = onVectors(kernels{name: "AVX-512", key: "avx512", rows: 14, cols: 32, half: 16, multiply: fastest512(), copyPanel: copyPanel128, accumulate: accumulateBy512})

var avx2 = onVectors(kernels{name: "AVX2", key: "avx2", rows: 6, cols: 16, half: 8, multiply: multiplyWholeVectors, copyPanel: copyPanel64, accumulate: accumulateBy256})

// processorKernels returns the forms written for this processor that it can run, best first.
func processorKernels() []*kernels {
	var all []*kernels
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasBMI2 {
		all = append(all, &avx512)
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		all = append(all, &avx2)
	}
	return all
}

// multiplyWholeVectors runs tiles that end within a vector on the tile's own memory, and finishes them in Go.
func multiplyWholeVectors(rows int, t *tile) {
	if t.cols == 8 || t.cols == 16 {
		multiplyAVX2(rows, t)
		return
	}
	whole := *t
	t.scale, t.mul, t.add, t.d, t.c, t.cRow, t.epilogue = nil, nil, nil, nil, t.edge[:], 16, store
	multiplyAVX2(rows, t)
	t.scale, t.mul, t.add, t.d, t.c, t.cRow, t.epilogue = whole.scale, whole.mul, whole.add, whole.d, whole.c, whole.cRow, whole.epilogue
	for r := range rows {
		finishRow(r, t.edge[r*16:r*16+t.cols], t)
	}
}

// multiplyNarrowByHalves runs narrow tiles on vectors of half the size: where the processor loads and multiplies whole ones in two
// halves anyway, half a vector is loaded for each multiplication of one of two instead of a whole one for each.
func multiplyNarrowByHalves(rows int, t *tile) {
	if t.cols <= 16 {
		multiplyAVX512Half(rows, t)
		return
	}
	multiplyAVX512(rows, t)
}

// fastest512 returns the micro-kernel on AVX-512 that suits the processor.
func fastest512() func(rows int, t *tile) {
	if cpu.X86.HasAVX512VL && halvesVectors() {
		return multiplyNarrowByHalves
	}
	return multiplyAVX512
}

// halvesVectors tells whether the processor is of AMD's family 19h (Zen 4), which carries out operations on 512 bits in two halves.
func halvesVectors() bool {
	_, b, c, d := cpuid(0)
	if b != 0x68747541 || d != 0x69746e65 || c != 0x444d4163 { // AuthenticAMD
		return false
	}
	signature, _, _, _ := cpuid(1)
	return signature>>8&0xf+signature>>20&0xff == 0x19
}
