//go:build amd64 || arm64

package cpu

// onVectors returns k with what the functions below do in place of the portable form.
func onVectors(k kernels) kernels {
	k.transpose = transposeVector
	k.dot, k.axpy, k.scale = dotVector, axpyVector, scaleVector
	k.columnDots = columnDotsVector
	k.squares, k.addProducts, k.combineRows = squaresVector, addProductsVector, combineRowsVector
	k.adam, k.rmsprop = adamVector, rmspropVector
	k.tanh, k.exp = tanhVector, expVector
	k.unit, k.gateRows, k.softmax, k.dropout = unitVectors, gateRowsVectors, softmaxVectors, dropoutVector
	return k
}

// The functions in vector_*.s; tools/asmgen says what they do. Counts are at least 1.
//
//go:noescape
func transposeBlocks(dst *float32, dstRow int, src *float32, srcRow, blocks int)

//go:noescape
func squares16(x *float32, groups int) float64

//go:noescape
func addProducts4(sums *float64, x, y *float32, vectors int)

//go:noescape
func combineRows16(sums *float64, factor float64, f *float32, rows *float64, pitch, count int)

//go:noescape
func adamVectors(p, m, v, grad *float32, vectors int, constants *float32)

//go:noescape
func rmspropVectors(p, v, grad *float32, vectors int, constants *float32)

//go:noescape
func expVectors(x *float32, vectors int)

//go:noescape
func tanhVectors(x *float32, vectors int)

func squaresVector(x []float32) float64 {
	whole, sum := len(x)&^15, 0.0
	if whole > 0 {
		sum = squares16(&x[0], whole/16)
	}
	return sum + squaresPortable(x[whole:])
}

func addProductsVector(sums []float64, x, y []float32) {
	whole := len(x) &^ 3
	if whole > 0 {
		_, _ = sums[whole-1], y[whole-1]
		addProducts4(&sums[0], &x[0], &y[0], whole/4)
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
	whole := len(p) &^ (lanes - 1)
	if whole > 0 {
		_, _, _ = m[whole-1], v[whole-1], g[whole-1]
		adamVectors(&p[0], &m[0], &v[0], &g[0], whole/lanes, &c.clip)
	}
	adamPortable(p[whole:], m[whole:], v[whole:], g[whole:], c)
}

func rmspropVector(p, v, g []float32, c *rmspropConstants) {
	whole := len(p) &^ (lanes - 1)
	if whole > 0 {
		_, _ = v[whole-1], g[whole-1]
		rmspropVectors(&p[0], &v[0], &g[0], whole/lanes, &c.clip)
	}
	rmspropPortable(p[whole:], v[whole:], g[whole:], c)
}

// transposeVector moves whole blocks of lanes × lanes by vectors and the edges one by one.
func transposeVector(dst []float32, dstRow int, src []float32, srcRow int, depth, cols int) {
	wholeDepth, wholeCols := depth&^(lanes-1), cols&^(lanes-1)
	if wholeDepth > 0 && wholeCols > 0 {
		_, _ = dst[(wholeDepth-1)*dstRow+wholeCols-1], src[(wholeCols-1)*srcRow+wholeDepth-1]
		for j := 0; j < wholeCols; j += lanes {
			transposeBlocks(&dst[j], 4*dstRow, &src[j*srcRow], 4*srcRow, wholeDepth/lanes)
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
	whole := len(x) &^ (lanes - 1)
	if whole > 0 {
		expVectors(&x[0], whole/lanes)
	}
	if whole < len(x) {
		var rest [lanes]float32
		copy(rest[:], x[whole:])
		expVectors(&rest[0], 1)
		copy(x[whole:], rest[:])
	}
}

func tanhVector(x []float32) {
	whole := len(x) &^ (lanes - 1)
	if whole > 0 {
		tanhVectors(&x[0], whole/lanes)
	}
	if whole < len(x) {
		var rest [lanes]float32
		copy(rest[:], x[whole:])
		tanhVectors(&rest[0], 1)
		copy(x[whole:], rest[:])
	}
}
