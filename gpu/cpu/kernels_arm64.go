package cpu

// neon is the form for arm64, whose processors all have these vectors. What it does not name is the portable form's.
var neon = neonKernels()

func neonKernels() kernels {
	k := portable
	k.name, k.key, k.rows, k.cols, k.half = "NEON", "neon", 5, 16, 16
	k.multiply, k.copyPanel = multiplyNEON, copyPanelNEON
	k.dot, k.axpy, k.scale, k.squares, k.columnDots = dotVector, axpyVector, scaleVector, squaresVector, columnDotsVector
	k.tanh, k.exp = tanhVector, expVector
	return k
}

// processorKernels returns the forms written for this processor that it can run, best first.
func processorKernels() []*kernels { return []*kernels{&neon} }

// The functions in neon_arm64.s; tools/asmgen says what they do. Counts are at least 1.

//go:noescape
func sums1NEON(a *float32, aRow, aCol int, b *float32, bRow, depth int, sums *float32)

//go:noescape
func sums2NEON(a *float32, aRow, aCol int, b *float32, bRow, depth int, sums *float32)

//go:noescape
func sums3NEON(a *float32, aRow, aCol int, b *float32, bRow, depth int, sums *float32)

//go:noescape
func sums4NEON(a *float32, aRow, aCol int, b *float32, bRow, depth int, sums *float32)

//go:noescape
func sums5NEON(a *float32, aRow, aCol int, b *float32, bRow, depth int, sums *float32)

//go:noescape
func finishNEON(rows int, t *tile, vectors int)

//go:noescape
func dotNEON(x, y *float32, groups int) float32

//go:noescape
func axpyNEON(a float32, x, y *float32, groups int)

//go:noescape
func scaleNEON(a float32, x, y *float32, groups int)

//go:noescape
func columnDots16NEON(sums, x *float32, xRow int, y *float32, yRow, rows int)

//go:noescape
func copyRows16NEON(dst, src *float32, srcRow, rows int)

//go:noescape
func squaresNEON(x *float32, groups int) float64

//go:noescape
func expNEON(x *float32, vectors int)

//go:noescape
func tanhNEON(x *float32, vectors int)

// multiplyNEON leaves a tile's sums in its own memory and finishes them from there.
func multiplyNEON(rows int, t *tile) {
	panel := t
	var next tile
	if t.panels > 1 {
		next = *t
		panel = &next
	}
	for q := range t.panels {
		if q > 0 {
			panel.advance(t.cols, t.bNext)
		}
		multiplyPanelNEON(rows, panel)
	}
}

// nothing stands for operands of products over nothing.
var nothing [1]float32

func multiplyPanelNEON(rows int, t *tile) {
	a, b := &nothing[0], &nothing[0]
	if t.depth > 0 {
		a, b = &t.a[0], &t.b[0]
	}
	sums := &t.edge[0]
	switch rows {
	case 1:
		sums1NEON(a, 4*t.aRow, 4*t.aCol, b, 4*t.bRow, t.depth, sums)
	case 2:
		sums2NEON(a, 4*t.aRow, 4*t.aCol, b, 4*t.bRow, t.depth, sums)
	case 3:
		sums3NEON(a, 4*t.aRow, 4*t.aCol, b, 4*t.bRow, t.depth, sums)
	case 4:
		sums4NEON(a, 4*t.aRow, 4*t.aCol, b, 4*t.bRow, t.depth, sums)
	case 5:
		sums5NEON(a, 4*t.aRow, 4*t.aCol, b, 4*t.bRow, t.depth, sums)
	}
	whole := t.cols &^ 3
	if whole > 0 {
		finishNEON(rows, t, whole/4)
	}
	if whole < t.cols {
		finishColumns(rows, whole, t)
	}
}

// finishColumns finishes the columns from the given one on, which do not fill a vector.
func finishColumns(rows, from int, t *tile) {
	rest := *t
	if from > 0 {
		rest.advance(from, 0)
	}
	for r := range rows {
		finishRow(r, t.edge[16*r+from:16*r+t.cols], &rest)
	}
}

func copyPanelNEON(dst, src []float32, srcRow, rows int) {
	if rows > 0 {
		_, _ = dst[16*rows-1], src[(rows-1)*srcRow+15]
		copyRows16NEON(&dst[0], &src[0], 4*srcRow, rows)
	}
}

func dotVector(x, y []float32) float32 {
	whole, sum := len(x)&^15, float32(0)
	if whole > 0 {
		_ = y[whole-1]
		sum = dotNEON(&x[0], &y[0], whole/16)
	}
	return sum + dotPortable(x[whole:], y[whole:])
}

func axpyVector(a float32, x, y []float32) {
	whole := len(x) &^ 15
	if whole > 0 {
		_ = y[whole-1]
		axpyNEON(a, &x[0], &y[0], whole/16)
	}
	axpyPortable(a, x[whole:], y[whole:])
}

func scaleVector(a float32, x, y []float32) {
	whole := len(x) &^ 15
	if whole > 0 {
		_ = y[whole-1]
		scaleNEON(a, &x[0], &y[0], whole/16)
	}
	scalePortable(a, x[whole:], y[whole:])
}

func squaresVector(x []float32) float64 {
	whole, sum := len(x)&^15, 0.0
	if whole > 0 {
		sum = squaresNEON(&x[0], whole/16)
	}
	return sum + squaresPortable(x[whole:])
}

func columnDotsVector(sums, x []float32, xRow int, y []float32, yRow, rows int) {
	if rows == 0 {
		return
	}
	cols := len(sums)
	_, _ = x[(rows-1)*xRow:][:cols], y[(rows-1)*yRow:][:cols]
	j := 0
	for ; j+16 <= cols; j += 16 {
		columnDots16NEON(&sums[j], &x[j], 4*xRow, &y[j], 4*yRow, rows)
	}
	if j < cols {
		columnDotsPortable(sums[j:], x[j:], xRow, y[j:], yRow, rows)
	}
}

// expVector and tanhVector run whole vectors in place and the rest in a vector of its own, so that what becomes of an element does
// not depend on its place.
func expVector(x []float32)  { inVectors(x, expNEON) }
func tanhVector(x []float32) { inVectors(x, tanhNEON) }

func inVectors(x []float32, f func(x *float32, vectors int)) {
	whole := len(x) &^ 3
	if whole > 0 {
		f(&x[0], whole/4)
	}
	if whole < len(x) {
		var rest [4]float32
		copy(rest[:], x[whole:])
		f(&rest[0], 1)
		copy(x[whole:], rest[:])
	}
}
