package cpu

// The functions in vector_amd64.s; tools/asmgen says what they do. Counts are at least 1 for all but dot and axpy.
//
//go:noescape
func dotAVX2(x, y *float32, n int) float32

//go:noescape
func axpyAVX2(a float32, x, y *float32, n int)

//go:noescape
func scaleAVX2(a float32, x, y *float32, n int)

//go:noescape
func columnDots64(sums, x *float32, xRow int, y *float32, yRow, rows int)

//go:noescape
func columnDots8(sums, x *float32, xRow int, y *float32, yRow, rows int)

//go:noescape
func copyRows64(dst, src *float32, srcRow, rows int)

//go:noescape
func copyRows128(dst, src *float32, srcRow, rows int)

//go:noescape
func accumulateAVX2(a, b float32, y *float32, blocks, rounds int)

//go:noescape
func accumulateAVX512(a, b float32, y *float32, blocks, rounds int)

func cpuid(leaf uint32) (eax, ebx, ecx, edx uint32)

func dotVector(x, y []float32) float32 {
	if len(x) == 0 {
		return 0
	}
	return dotAVX2(&x[0], &y[:len(x)][0], len(x))
}

func axpyVector(a float32, x, y []float32) {
	if len(x) > 0 {
		axpyAVX2(a, &x[0], &y[:len(x)][0], len(x))
	}
}

func scaleVector(a float32, x, y []float32) {
	if len(x) > 0 {
		scaleAVX2(a, &x[0], &y[:len(x)][0], len(x))
	}
}

func columnDotsVector(sums, x []float32, xRow int, y []float32, yRow, rows int) {
	if rows == 0 {
		return
	}
	cols := len(sums)
	_, _ = x[(rows-1)*xRow:][:cols], y[(rows-1)*yRow:][:cols]
	j := 0
	for ; j+64 <= cols; j += 64 {
		columnDots64(&sums[j], &x[j], 4*xRow, &y[j], 4*yRow, rows)
	}
	for ; j+8 <= cols; j += 8 {
		columnDots8(&sums[j], &x[j], 4*xRow, &y[j], 4*yRow, rows)
	}
	if j < cols {
		columnDotsPortable(sums[j:], x[j:], xRow, y[j:], yRow, rows)
	}
}

// accumulateBy256 and accumulateBy512 take blocks of 12 vectors.
func accumulateBy256(y []float32, a, b float32, rounds int) {
	if rounds > 0 {
		accumulateAVX2(a, b, &y[:accumulateBlock][0], accumulateBlock/(12*8), rounds)
	}
}

func accumulateBy512(y []float32, a, b float32, rounds int) {
	if rounds > 0 {
		accumulateAVX512(a, b, &y[:accumulateBlock][0], accumulateBlock/(12*16), rounds)
	}
}

func copyPanel64(dst, src []float32, srcRow, rows int) {
	if rows > 0 {
		_, _ = dst[16*rows-1], src[(rows-1)*srcRow+15]
		copyRows64(&dst[0], &src[0], 4*srcRow, rows)
	}
}

func copyPanel128(dst, src []float32, srcRow, rows int) {
	if rows > 0 {
		_, _ = dst[32*rows-1], src[(rows-1)*srcRow+31]
		copyRows128(&dst[0], &src[0], 4*srcRow, rows)
	}
}
