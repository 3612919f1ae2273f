package nn

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// Init fills a rows × cols matrix, row-major, with initial values.
type Init func(dst []float32, rows, cols int, src *philox.Source)

// Uniform draws from (−bound, bound).
func Uniform(bound float64) Init {
	return func(dst []float32, _, _ int, src *philox.Source) {
		for i := range dst {
			dst[i] = float32((2*src.Float64() - 1) * bound)
		}
	}
}

// FanIn draws from (−1/√cols, 1/√cols), as PyTorch's linear layers do.
func FanIn(dst []float32, rows, cols int, src *philox.Source) {
	Uniform(1/math.Sqrt(float64(max(cols, 1))))(dst, rows, cols, src)
}

// FanMax draws from (−1/√k, 1/√k), k the larger of rows and columns.
func FanMax(dst []float32, rows, cols int, src *philox.Source) {
	Uniform(1/math.Sqrt(float64(max(rows, cols, 1))))(dst, rows, cols, src)
}

// Xavier draws from (−g, g) with g = gain·√(6/(rows+cols)) (Glorot & Bengio 2010).
func Xavier(gain float64) Init {
	return func(dst []float32, rows, cols int, src *philox.Source) {
		Uniform(gain*math.Sqrt(6/float64(max(rows+cols, 1))))(dst, rows, cols, src)
	}
}

// Kaiming draws from N(0, 2/cols) (He et al. 2015).
func Kaiming(dst []float32, _, cols int, src *philox.Source) {
	std := math.Sqrt(2 / float64(max(cols, 1)))
	for i := range dst {
		dst[i] = float32(std * src.Normal())
	}
}

// Transposed draws the transpose of what init draws: a table whose rows are the columns of an input map.
func Transposed(init Init) Init {
	return func(dst []float32, rows, cols int, src *philox.Source) {
		drawn := make([]float32, len(dst))
		init(drawn, cols, rows, src)
		for i := range rows {
			for j := range cols {
				dst[i*cols+j] = drawn[j*rows+i]
			}
		}
	}
}

// UnitColumns makes every column a direction uniform on the sphere, so that an input of one value comes in with its own size.
func UnitColumns(dst []float32, rows, cols int, src *philox.Source) {
	for i := range dst {
		dst[i] = float32(src.Normal())
	}
	for j := range cols {
		sum := 0.0
		for i := range rows {
			sum += float64(dst[i*cols+j]) * float64(dst[i*cols+j])
		}
		for i := range rows {
			dst[i*cols+j] = float32(float64(dst[i*cols+j]) / math.Sqrt(math.Max(sum, 1e-30)))
		}
	}
}

// Identity writes ones on the main diagonal.
func Identity(dst []float32, rows, cols int, _ *philox.Source) {
	clear(dst)
	for i := range min(rows, cols) {
		dst[i*cols+i] = 1
	}
}

// Constant writes one value.
func Constant(v float32) Init {
	return func(dst []float32, _, _ int, _ *philox.Source) {
		for i := range dst {
			dst[i] = v
		}
	}
}

// Normal draws from N(0, std²).
func Normal(std float64) Init {
	return func(dst []float32, _, _ int, src *philox.Source) {
		for i := range dst {
			dst[i] = float32(std * src.Normal())
		}
	}
}
