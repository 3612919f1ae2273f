package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

//go:generate go run ../../tools/asmgen -kernel neon -to neon_arm64.s

// kernels is one form of the inner loops.
type kernels struct {
	name string // for people: "AVX-512"
	key  string // value of SPECTRAL_CPU
	rows int    // most rows of a tile
	cols int    // columns of a panel, the most of a tile
	half int    // columns of the narrow panel that is used where no more are needed; = cols where there is none

	// multiply runs t.panels tiles of 1 … rows rows and t.cols columns.
	multiply func(rows int, t *tile)
	// copyPanel copies rows of cols elements, srcRow apart, to rows that follow one another.
	copyPanel func(dst, src []float32, srcRow, rows int)
	// transpose writes dst[p·dstRow + j] = src[j·srcRow + p] for p < depth, j < cols.
	transpose func(dst []float32, dstRow int, src []float32, srcRow int, depth, cols int)
	// dot returns Σ x_i y_i, axpy adds a·x to y and scale sets y to a·x, over the length of x.
	dot   func(x, y []float32) float32
	axpy  func(a float32, x, y []float32)
	scale func(a float32, x, y []float32)
	// columnDots adds Σ_r x[r·xRow+j]·y[r·yRow+j], over rows rows in order, to sums[j].
	columnDots func(sums, x []float32, xRow int, y []float32, yRow, rows int)
	// squares returns Σ x_i² in double precision; addProducts adds x_i y_i to double-precision sums, over the length of x.
	squares     func(x []float32) float64
	addProducts func(sums []float64, x, y []float32)
	// combineRows sets sums[j] to factor·Σ_k f[k]·rows[k·pitch+j].
	combineRows func(sums *[16]float64, factor float64, f []float32, rows []float64, pitch int)
	// adam makes a step of Adam over the length of p.
	adam func(p, m, v, g []float32, c *adamConstants)
	// rmsprop makes a step of RMSprop over the length of p.
	rmsprop func(p, v, g []float32, c *rmspropConstants)
	// tanh and exp replace every element of x by its function.
	tanh, exp func(x []float32)
	unit      unitKernels
	gateRows  gateRowKernels
	softmax   softmaxKernels
	// dropout writes the elements of x that stay, scaled, and zeros to y.
	dropout func(y, x []float32, s *dropSettings)
	// accumulate adds a·b to accumulateBlock elements, rounds times.
	accumulate func(y []float32, a, b float32, rounds int)
}

// available lists the forms that this processor can run, best first; the portable one is last.
func available() []*kernels { return append(processorKernels(), &portable) }

// chooseKernels returns the form named key, the best one for "".
func chooseKernels(key string) (*kernels, error) {
	all := available()
	if key == "" {
		return all[0], nil
	}
	var keys []string
	for _, k := range all {
		if k.key == key {
			return k, nil
		}
		keys = append(keys, k.key)
	}
	return nil, &gpu.Error{Op: "open cpu", Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf("SPECTRAL_CPU=%s; this processor can run %v", key, keys)}
}

// across runs the micro-kernel for rows rows and any number of columns, of which t describes the first panel. Panels of b are packed,
// or with bRow > 0 rows of b lie so many words apart. It uses the tile up.
func (k *kernels) across(rows, cols int, t *tile, bRow int) {
	t.panels, t.cols, t.bRow, t.bNext = cols/k.cols, k.cols, k.cols, t.depth*k.cols
	if bRow > 0 {
		t.bRow, t.bNext = bRow, k.cols
	}
	rest := cols - t.panels*k.cols
	if t.panels > 0 {
		k.multiply(rows, t)
		if rest == 0 {
			return
		}
		t.advance(t.panels*k.cols, t.panels*t.bNext)
	}
	t.panels, t.cols = 1, rest
	if bRow == 0 {
		t.bRow = k.panel(rest)
	}
	k.multiply(rows, t)
}

// panel returns how many columns the panel of a tile of the given number of columns has.
func (k *kernels) panel(cols int) int {
	if cols <= k.half {
		return k.half
	}
	return k.cols
}

// padded returns the columns that the panels of a matrix of the given number of columns take up.
func (k *kernels) padded(cols int) int {
	whole := cols / k.cols * k.cols
	if rest := cols - whole; rest > 0 {
		return whole + k.panel(rest)
	}
	return whole
}
