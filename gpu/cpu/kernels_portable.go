package cpu

import "math"

// portable is the form in Go that runs everywhere.
var portable = kernels{
	name: "portable", key: "generic", rows: 4, cols: 4, half: 4,
	multiply:  multiplyPortable,
	copyPanel: copyPanelPortable,
	transpose: transposePortable,
	dot:       dotPortable,
	axpy:      axpyPortable,
	scale:     scalePortable,

	squares:     squaresPortable,
	addProducts: addProductsPortable,
	columnDots:  columnDotsPortable,
	combineRows: combineRowsPortable,
	adam:        adamPortable,
	rmsprop:     rmspropPortable,
	tanh:        tanhPortable,
	exp:         expPortable,
	unit:        unitPortable,
	gateRows:    gateRowsPortable,
	softmax:     softmaxPortable,
	dropout:     dropoutPortable,
	accumulate:  accumulatePortable,
}

// multiplyPortable is the micro-kernel in Go.
func multiplyPortable(rows int, t *tile) {
	if t.panels == 1 {
		multiplyPanelPortable(rows, t)
		return
	}
	panel := *t
	for q := range t.panels {
		if q > 0 {
			panel.advance(t.cols, t.bNext)
		}
		multiplyPanelPortable(rows, &panel)
	}
}

// multiplyPanelPortable makes one tile. A tile of fewer than four rows repeats its last row and drops the result, so that
// every element is computed by the same instructions whatever the tile.
func multiplyPanelPortable(rows int, t *tile) {
	r1, r2, r3 := min(1, rows-1)*t.aRow, min(2, rows-1)*t.aRow, min(3, rows-1)*t.aRow
	var s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33 float32
	for p := range t.depth {
		at := p * t.aCol
		b := t.b[p*t.bRow : p*t.bRow+4 : p*t.bRow+4]
		b0, b1, b2, b3 := b[0], b[1], b[2], b[3]
		a0 := t.a[at]
		s00 += a0 * b0
		s01 += a0 * b1
		s02 += a0 * b2
		s03 += a0 * b3
		a1 := t.a[at+r1]
		s10 += a1 * b0
		s11 += a1 * b1
		s12 += a1 * b2
		s13 += a1 * b3
		a2 := t.a[at+r2]
		s20 += a2 * b0
		s21 += a2 * b1
		s22 += a2 * b2
		s23 += a2 * b3
		a3 := t.a[at+r3]
		s30 += a3 * b0
		s31 += a3 * b1
		s32 += a3 * b2
		s33 += a3 * b3
	}
	s := [4][4]float32{{s00, s01, s02, s03}, {s10, s11, s12, s13}, {s20, s21, s22, s23}, {s30, s31, s32, s33}}
	for r := range rows {
		finishRow(r, s[r][:t.cols], t)
	}
}

// finishRow adds, applies the epilogue and stores one row of sums.
func finishRow(r int, sums []float32, t *tile) {
	for j, v := range sums {
		if t.scale != nil {
			v *= t.scale[j]
		}
		if t.mul != nil {
			v += float32(t.mul[j] * t.with[r*t.withRow+j])
		}
		if t.add != nil {
			v += t.add[r*t.addRow+j]
		}
		var at float32
		if t.e != nil {
			at = t.e[r*t.eRow+j]
		}
		v = t.epilogue.apply(v, at, t.slope)
		t.c[r*t.cRow+j] = v
		if t.d != nil {
			t.d[r*t.dRow+j] = v
		}
	}
}

func copyPanelPortable(dst, src []float32, srcRow, rows int) {
	for p := range rows {
		copy(dst[p*4:p*4+4], src[p*srcRow:])
	}
}

func transposePortable(dst []float32, dstRow int, src []float32, srcRow int, depth, cols int) {
	for j := range cols {
		for p, v := range src[j*srcRow : j*srcRow+depth] {
			dst[p*dstRow+j] = v
		}
	}
}

// dotPortable sums in four strands, which a processor can keep busy.
func dotPortable(x, y []float32) float32 {
	y = y[:len(x)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += x[i] * y[i]
		s1 += x[i+1] * y[i+1]
		s2 += x[i+2] * y[i+2]
		s3 += x[i+3] * y[i+3]
	}
	for ; i < len(x); i++ {
		s0 += x[i] * y[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func axpyPortable(a float32, x, y []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += a * v
	}
}

func scalePortable(a float32, x, y []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = a * v
	}
}

func columnDotsPortable(sums, x []float32, xRow int, y []float32, yRow, rows int) {
	for r := range rows {
		a, b := x[r*xRow:][:len(sums)], y[r*yRow:][:len(sums)]
		for j := range sums {
			sums[j] += float32(a[j] * b[j])
		}
	}
}

func tanhPortable(x []float32) {
	for i, v := range x {
		x[i] = float32(math.Tanh(float64(v)))
	}
}

func expPortable(x []float32) {
	for i, v := range x {
		x[i] = float32(math.Exp(float64(v)))
	}
}

// squaresPortable returns Σ x_i² in double precision, in four strands.
func squaresPortable(x []float32) float64 {
	var s [4]float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a, b, c, d := float64(x[i]), float64(x[i+1]), float64(x[i+2]), float64(x[i+3])
		s[0] += a * a
		s[1] += b * b
		s[2] += c * c
		s[3] += d * d
	}
	for ; i < len(x); i++ {
		s[0] += float64(x[i]) * float64(x[i])
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}

func addProductsPortable(sums []float64, x, y []float32) {
	sums, y = sums[:len(x)], y[:len(x)]
	for j, v := range x {
		sums[j] += float64(v) * float64(y[j])
	}
}

func combineRowsPortable(sums *[16]float64, factor float64, f []float32, rows []float64, pitch int) {
	clear(sums[:])
	for k, v := range f {
		for j, r := range rows[k*pitch:][:16] {
			sums[j] += float64(v) * r
		}
	}
	for j := range sums {
		sums[j] *= factor
	}
}
