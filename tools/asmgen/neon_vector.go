package main

// vectors writes the sums and products of vectors, of whole groups of 16 numbers.
func (t *text) vectors() {
	t.begin("dotNEON", "(x, y *float32, groups int) float32", "It returns Σ x_i y_i.", 28)
	t.arguments("x", "y", "groups")
	for v := range 4 {
		t.zero(v)
	}
	t.label("next")
	t.several(true, 4, 4, 0, 31)
	t.several(true, 4, 8, 1, 31)
	for v := range 4 {
		t.fmla(v, 4+v, 8+v)
	}
	t.next(2)
	t.fadd(0, 0, 1)
	t.fadd(2, 2, 3)
	t.fadd(0, 0, 2)
	t.faddp(0, 0, 0)
	t.faddp(0, 0, 0)
	t.op("FMOVS F0, ret+24(FP)")
	t.op("RET")

	t.begin("axpyNEON", "(a float32, x, y *float32, groups int)", "It adds a·x to y.", 32)
	t.factor()
	t.op("MOVD R1, R4")
	t.label("next")
	t.several(true, 4, 4, 0, 31)
	t.several(true, 4, 8, 1, 31)
	for v := range 4 {
		t.fmla(8+v, 4+v, 0)
	}
	t.several(false, 4, 8, 4, 31)
	t.next(2)
	t.op("RET")

	t.begin("scaleNEON", "(a float32, x, y *float32, groups int)", "It sets y to a·x.", 32)
	t.factor()
	t.label("next")
	t.several(true, 4, 4, 0, 31)
	for v := range 4 {
		t.fmul(4+v, 4+v, 0)
	}
	t.several(false, 4, 4, 1, 31)
	t.next(2)
	t.op("RET")

	t.begin("columnDots16NEON", "(sums, x *float32, xRow int, y *float32, yRow, rows int)", "It adds Σ_r x_r y_r to 16 sums; strides are in bytes.", 48)
	t.arguments("sums", "x", "xRow", "y", "yRow", "rows")
	t.op("MOVD R0, R6")
	t.several(true, 4, 0, 6, 31)
	t.label("next")
	t.several(true, 4, 4, 1, 2)
	t.several(true, 4, 8, 3, 4)
	for v := range 4 {
		t.fmla(v, 4+v, 8+v)
	}
	t.next(5)
	t.several(false, 4, 0, 0, 31)
	t.op("RET")
}

// factor loads the arguments of axpy and scale: the factor to V0, x, y and the groups to R0, R1 and R2.
func (t *text) factor() {
	t.op("MOVD $a+0(FP), R3")
	for i, arg := range []string{"x", "y", "groups"} {
		t.op("MOVD %s+%d(FP), R%d", arg, 8+8*i, i)
	}
	t.repeatHere(0, 3)
}

// accumulate writes chains of multiply-adds over 16 vectors that stay in registers.
func (t *text) accumulate() {
	t.begin("accumulateNEON", "(a, b float32, y *float32, blocks, rounds int)", "It adds a·b to blocks of 64 elements, rounds times, which are at least 1.", 32)
	t.op("MOVD $a+0(FP), R3")
	t.repeatHere(0, 3)
	t.op("MOVD $b+4(FP), R3")
	t.repeatHere(1, 3)
	for i, arg := range []string{"y", "blocks", "rounds"} {
		t.op("MOVD %s+%d(FP), R%d", arg, 8+8*i, i)
	}
	t.label("block")
	t.op("MOVD R0, R4")
	t.op("MOVD R2, R5")
	const first, vectors = 4, 16
	for v := first; v < first+vectors; v += 4 {
		t.several(true, 4, v, 4, 31)
	}
	t.label("next")
	for v := first; v < first+vectors; v++ {
		t.fmla(v, 0, 1)
	}
	t.next(5)
	for v := first; v < first+vectors; v += 4 {
		t.several(false, 4, v, 0, 31)
	}
	t.op("SUBS $1, R1, R1")
	t.op("BNE block")
	t.op("RET")
}

// next ends a loop that counts a register down.
func (t *text) next(count int) {
	t.op("SUBS $1, R%d, R%d", count, count)
	t.op("BNE next")
}

// moves writes the copies that pack matrices.
func (t *text) moves() {
	t.begin("copyRows16NEON", "(dst, src *float32, srcRow, rows int)", "It copies rows of 16, srcRow bytes apart.", 32)
	t.arguments("dst", "src", "srcRow", "rows")
	t.label("next")
	t.several(true, 4, 0, 1, 2)
	t.several(false, 4, 0, 0, 31)
	t.next(3)
	t.op("RET")

	t.begin("transposeBlocks", "(dst *float32, dstRow int, src *float32, srcRow, blocks int)",
		"It transposes four rows of src, 4·blocks elements long, to 4·blocks rows of dst; strides are in bytes.", 40)
	t.arguments("dst", "dstRow", "src", "srcRow", "blocks")
	for r := 5; r < 8; r++ { // the other rows
		from := r - 1
		if r == 5 {
			from = 2
		}
		t.op("ADD R3, R%d, R%d", from, r)
	}
	t.label("next")
	for i, r := range []int{2, 5, 6, 7} {
		t.several(true, 1, i, r, 31)
	}
	t.transpose4(0)
	for i := range 4 {
		t.several(false, 1, i, 0, 1)
	}
	t.next(4)
	t.op("RET")
}

// transpose4 transposes the 4 × 4 matrix in four registers from v on, by way of the four behind them.
func (t *text) transpose4(v int) {
	for i := range 2 {
		t.three(0x4e802800, "TRN1", v+4+2*i, v+2*i, v+2*i+1)
		t.three(0x4e806800, "TRN2", v+5+2*i, v+2*i, v+2*i+1)
	}
	for i := range 2 {
		a, b := v+4+i, v+6+i
		t.word(0x4ec02800|b<<16|a<<5|(v+i), "TRN1 V%d.2D, V%d.2D, V%d.2D", v+i, a, b)
		t.word(0x4ec06800|b<<16|a<<5|(v+2+i), "TRN2 V%d.2D, V%d.2D, V%d.2D", v+2+i, a, b)
	}
}

// wide is an instruction d = n ∘ m, or d += n ∘ m, on two lanes of double precision.
func (t *text) wide(code int, name string, d, n, m int) {
	t.word(code|m<<16|n<<5|d, "%s V%d.2D, V%d.2D, V%d.2D", name, d, n, m)
}

func (t *text) wideFMLA(d, n, m int) { t.wide(0x4e60cc00, "FMLA", d, n, m) }

// widen makes double precision of a vector: its lower half in low, the upper in high.
func (t *text) widen(low, high, v int) {
	t.word(0x0e617800|v<<5|low, "FCVTL V%d.2D, V%d.2S", low, v)
	t.word(0x4e617800|v<<5|high, "FCVTL2 V%d.2D, V%d.4S", high, v)
}

// double writes the sums in double precision.
func (t *text) double() {
	t.begin("squares16", "(x *float32, groups int) float64", "It returns Σ x_i² in double precision, of groups of 16.", 24)
	t.arguments("x", "groups")
	for v := range 4 {
		t.zero(v)
	}
	t.label("next")
	t.several(true, 4, 4, 0, 31)
	for v := range 4 {
		t.widen(8, 9, 4+v)
		t.wideFMLA(v, 8, 8)
		t.wideFMLA(v, 9, 9)
	}
	t.next(1)
	for _, p := range [][2]int{{0, 1}, {2, 3}, {0, 2}} {
		t.wide(0x4e60d400, "FADD", p[0], p[0], p[1])
	}
	t.word(0x7e70d800, "FADDP D0, V0.2D")
	t.op("FMOVD F0, ret+16(FP)")
	t.op("RET")

	t.begin("addProducts4", "(sums *float64, x, y *float32, vectors int)", "It adds x_i y_i to double-precision sums, for vectors of four.", 32)
	t.arguments("sums", "x", "y", "vectors")
	t.op("MOVD R0, R4")
	t.label("next")
	t.several(true, 1, 0, 1, 31)
	t.several(true, 1, 1, 2, 31)
	t.several(true, 2, 2, 0, 31) // as bits
	t.widen(4, 5, 0)
	t.widen(6, 7, 1)
	t.wideFMLA(2, 4, 6)
	t.wideFMLA(3, 5, 7)
	t.several(false, 2, 2, 4, 31)
	t.next(3)
	t.op("RET")

	t.begin("combineRows16", "(sums *float64, factor float64, f *float32, rows *float64, pitch, count int)",
		"It sets 16 sums to factor·Σ_k f_k·rows_k; the pitch is in bytes.", 48)
	t.op("MOVD sums+0(FP), R0")
	t.op("FMOVD factor+8(FP), F28")
	for i, arg := range []string{"f", "rows", "pitch", "count"} {
		t.op("MOVD %s+%d(FP), R%d", arg, 16+8*i, 1+i)
	}
	for v := range 8 {
		t.zero(v)
	}
	t.label("next")
	t.repeat(16, 1, 31)
	t.word(0x0e617800|16<<5|17, "FCVTL V17.2D, V16.2S")
	t.op("ADD $64, R2, R5")
	t.several(true, 4, 8, 2, 3)
	t.several(true, 4, 12, 5, 31)
	for v := range 8 {
		t.wideFMLA(v, 8+v, 17)
	}
	t.next(4)
	for v := range 8 {
		t.word(0x4fc09000|28<<16|v<<5|v, "FMUL V%d.2D, V%d.2D, V28.D[0]", v, v)
	}
	t.several(false, 4, 0, 0, 31)
	t.several(false, 4, 4, 0, 31)
	t.op("RET")
}
