package cpu

// lanes is the number of single-precision numbers of a vector.
const lanes = 4

// neon is the form for arm64, whose processors all have these vectors.
var neon = onVectors(kernels{name: "NEON", key: "neon", rows: 5, cols: 16, half: 16, multiply: multiplyNEON, copyPanel: copyPanelNEON, accumulate: accumulateByNEON})

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
func finish16NEON(rows int, t *tile, column int)

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
func accumulateNEON(a, b float32, y *float32, blocks, rounds int)

// accumulateByNEON takes blocks of 16 vectors.
func accumulateByNEON(y []float32, a, b float32, rounds int) {
	if rounds > 0 {
		accumulateNEON(a, b, &y[:accumulateBlock][0], accumulateBlock/64, rounds)
	}
}

// multiplyNEON leaves the sums of a panel in the tile's own memory and finishes them from there.
func multiplyNEON(rows int, t *tile) {
	if t.cols < 16 {
		sumsNEON(rows, t, 0)
		if whole := t.cols &^ 3; whole > 0 {
			finishNEON(rows, t, whole/4)
		}
		if t.cols%4 > 0 {
			finishColumns(rows, t.cols&^3, t)
		}
		return
	}
	for q := range t.panels {
		sumsNEON(rows, t, q*t.bNext)
		finish16NEON(rows, t, q*4*16)
	}
}

// nothing stands for operands of products over nothing.
var nothing [1]float32

// sumsNEON makes the sums of a panel, whose part of b begins words from the first panel's.
func sumsNEON(rows int, t *tile, words int) {
	a, b := &nothing[0], &nothing[0]
	if t.depth > 0 {
		a, b = &t.a[0], &t.b[words]
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
