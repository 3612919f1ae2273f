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
func transpose8(dst *float32, dstRow int, src *float32, srcRow, blocks int)

//go:noescape
func copyRows64(dst, src *float32, srcRow, rows int)

//go:noescape
func copyRows128(dst, src *float32, srcRow, rows int)

//go:noescape
func squaresAVX2(x *float32, groups int) float64

//go:noescape
func addProductsAVX2(sums *float64, x, y *float32, vectors int)

//go:noescape
func combineRows16(sums *float64, factor float64, f *float32, rows *float64, pitch, count int)

func cpuid(leaf uint32) (eax, ebx, ecx, edx uint32)

//go:noescape
func adamVectors(p, m, v, grad *float32, vectors int, constants *float32)

//go:noescape
func rmspropVectors(p, v, grad *float32, vectors int, constants *float32)

//go:noescape
func expVectors(x *float32, vectors int)

//go:noescape
func tanhVectors(x *float32, vectors int)

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

func squaresVector(x []float32) float64 {
	whole, sum := len(x)&^15, 0.0
	if whole > 0 {
		sum = squaresAVX2(&x[0], whole/16)
	}
	return sum + squaresPortable(x[whole:])
}

func addProductsVector(sums []float64, x, y []float32) {
	whole := len(x) &^ 3
	if whole > 0 {
		_, _ = sums[whole-1], y[whole-1]
		addProductsAVX2(&sums[0], &x[0], &y[0], whole/4)
	}
	addProductsPortable(sums[whole:], x[whole:], y[whole:])
}

func combineRowsVector(sums *[16]float64, factor float64, f []float32, rows []float64, pitch int) {
	if len(f) == 0 {
		clear(sums[:])
		return
	}
	_ = rows[(len(f)-1)*pitch:][:16]
	combineRows16(&sums[0], factor, &f[0], &rows[0], 8*pitch, len(f))
}

func adamVector(p, m, v, g []float32, c *adamConstants) {
	whole := len(p) &^ 7
	if whole > 0 {
		_, _, _ = m[whole-1], v[whole-1], g[whole-1]
		adamVectors(&p[0], &m[0], &v[0], &g[0], whole/8, &c.clip)
	}
	adamPortable(p[whole:], m[whole:], v[whole:], g[whole:], c)
}

func rmspropVector(p, v, g []float32, c *rmspropConstants) {
	whole := len(p) &^ 7
	if whole > 0 {
		_, _ = v[whole-1], g[whole-1]
		rmspropVectors(&p[0], &v[0], &g[0], whole/8, &c.clip)
	}
	rmspropPortable(p[whole:], v[whole:], g[whole:], c)
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

// transposeAVX2 moves whole blocks of 8 × 8 by vectors and the edges one by one.
func transposeAVX2(dst []float32, dstRow int, src []float32, srcRow int, depth, cols int) {
	wholeDepth, wholeCols := depth&^7, cols&^7
	if wholeDepth > 0 && wholeCols > 0 {
		_, _ = dst[(wholeDepth-1)*dstRow+wholeCols-1], src[(wholeCols-1)*srcRow+wholeDepth-1]
		for j := 0; j < wholeCols; j += 8 {
			transpose8(&dst[j], 4*dstRow, &src[j*srcRow], 4*srcRow, wholeDepth/8)
		}
	}
	if wholeDepth < depth && wholeCols > 0 {
		transposePortable(dst[wholeDepth*dstRow:], dstRow, src[wholeDepth:], srcRow, depth-wholeDepth, wholeCols)
	}
	if wholeCols < cols {
		transposePortable(dst[wholeCols:], dstRow, src[wholeCols*srcRow:], srcRow, depth, cols-wholeCols)
	}
}

// expVector and tanhVector run whole vectors in place and the rest in a vector of its own, so that what becomes of an element does
// not depend on its place.
func expVector(x []float32) {
	whole := len(x) &^ 7
	if whole > 0 {
		expVectors(&x[0], whole/8)
	}
	if whole < len(x) {
		var rest [8]float32
		copy(rest[:], x[whole:])
		expVectors(&rest[0], 1)
		copy(x[whole:], rest[:])
	}
}

func tanhVector(x []float32) {
	whole := len(x) &^ 7
	if whole > 0 {
		tanhVectors(&x[0], whole/8)
	}
	if whole < len(x) {
		var rest [8]float32
		copy(rest[:], x[whole:])
		tanhVectors(&rest[0], 1)
		copy(x[whole:], rest[:])
	}
}
