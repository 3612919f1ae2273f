package hh

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// Start is how the parameters of a Weight begin. The zero Start is Random.
type Start struct {
	U, V nn.Init // m × rows and m × cols; nil draws independent directions, as Random does
	S    nn.Init // 1 × min(rows, cols); nil leaves s = 0, σ = σ*, but N(0, 1) where σ* = 0
	Same bool    // V is U; the weight must be square

	of *Factorization // whose values these are; nil for any
}

// complete fills in what is left out, for an m × rows and an m × cols side. The error is gpu.ErrShape.
func (s Start) complete(m, rows, cols int) (Start, error) {
	if s.Same && rows != cols {
		return s, shapeError("weight", "a start with U = V needs a square weight; this is %d×%d", rows, cols)
	}
	if f := s.of; f != nil && (f.Rows != rows || f.Cols != cols || f.ReflectorsU() != m || f.ReflectorsV() != m) {
		return s, shapeError("weight", "a start from the factors of a %d×%d matrix with %d and %d reflectors; this weight is %d×%d with %d a side", f.Rows, f.Cols, f.ReflectorsU(), f.ReflectorsV(), rows, cols, m)
	}
	if s.U == nil {
		s.U = randomReflectors
	}
	if s.V == nil && !s.Same {
		s.V = randomReflectors
	}
	s.U, s.V = unitLength(s.U), unitLength(s.V)
	return s, nil
}

// unitLength has reflectors begin with lengths between ½ and 2, whatever those that init draws have; 0 stays.
func unitLength(init nn.Init) nn.Init {
	if init == nil {
		return nil
	}
	return func(dst []float32, rows, cols int, src *philox.Source) {
		init(dst, rows, cols, src)
		for j := range rows {
			row := dst[j*cols : (j+1)*cols]
			square := 0.0
			for _, v := range row {
				square += float64(v) * float64(v)
			}
			if square < 0.25 || square > 4 {
				scaleToUnit(row)
			}
		}
	}
}

// Random draws independent directions, as Zhang, Lei & Dhillon (2018) start (InitReflectors).
func Random() Start { return Start{U: randomReflectors, V: randomReflectors} }

func randomReflectors(dst []float32, m, n int, src *philox.Source) {
	must(InitReflectors(dst, m, n, src))
}

// SameReflectors draws U and has V = U, so that W = diag(σ): the identity where σ* = 1. Unlike with zero reflectors every one of them trains.
func SameReflectors() Start { return Start{U: randomReflectors, Same: true} }

// Haar draws both orthogonal factors uniformly, up to signs of their columns (HaarReflectors). It needs as many reflectors as rows and
// columns; with fewer the first ones are those of Haar's measure.
func Haar() Start { return Start{U: haarReflectors, V: haarReflectors} }

func haarReflectors(dst []float32, m, n int, src *philox.Source) {
	all := make([]float32, n*n)
	_, err := HaarReflectors(all, n, src)
	must(err)
	copy(dst, all[:m*n])
}

// Angles draws the angle of a rotation.
type Angles func(src *philox.Source) float64

// The angles of rotations that recurrences are known to start well from.
var (
	// Henaff is uniform on (−π, π) (Henaff, Szlam & LeCun 2016), good for copying.
	Henaff Angles = func(src *philox.Source) float64 { return (2*src.Float64() - 1) * math.Pi }
	// Cayley is uniform on (0, π/2), as scoRNN starts (Helfrich, Willmott & Ye 2018).
	Cayley Angles = func(src *philox.Source) float64 { return src.Float64() * math.Pi / 2 }
	// CayleyExp is tan(θ/2) with θ uniform on (0, π/2), as expRNN starts (Lezcano-Casado & Martínez-Rubio 2019), good for images.
	CayleyExp Angles = func(src *philox.Source) float64 { return math.Tan(src.Float64() * math.Pi / 4) }
)

// Rotations makes W block-diagonal: rotations of the planes (0, 1), (2, 3), … by drawn angles, one for each pair of reflectors, and the identity
// on what is left. With θ the angle of plane j,
//
//	u_j = cos(θ/2) e_2j + sin(θ/2) e_2j+1,   v_j = e_2j
//
// The planes are disjoint, so that all reflections commute. n/2 reflectors a side fill every plane; those beyond are the same on both
// sides and cancel. Without angles they are Henaff's.
func Rotations(angles Angles) Start {
	if angles == nil {
		angles = Henaff
	}
	return Start{U: rotationSide(angles, true), V: rotationSide(angles, false)}
}

func rotationSide(angles Angles, left bool) nn.Init {
	return func(dst []float32, m, n int, src *philox.Source) {
		clear(dst)
		planes := min(m, n/2)
		for j := range planes {
			row := dst[j*n : (j+1)*n]
			if left {
				half := angles(src) / 2
				row[2*j], row[2*j+1] = float32(math.Cos(half)), float32(math.Sin(half))
			} else {
				row[2*j] = 1
			}
		}
		rest := philox.New(uint64(n), philox.Stream("hh/rotations")) // the same on both sides
		for j := planes; j < m; j++ {
			unitNormal(dst[j*n+j:(j+1)*n], rest)
		}
	}
}

// sameAs returns an Init that draws what the tensor name in this scope draws.
func sameAs(p *nn.Params, name string, init nn.Init) nn.Init {
	stream := philox.Stream("init/" + p.Name(name))
	return func(dst []float32, rows, cols int, _ *philox.Source) {
		init(dst, rows, cols, philox.New(p.Seed, stream))
	}
}

// must panics on an error that only sizes of this package's own could cause.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// From starts from given factors of the weight's shape, which must have as many reflectors on both sides as the weight. σ outside the band is
// ErrBand, or is moved into it where the band says Clamp; moved is the largest change.
func From(f *Factorization, band Band) (start Start, moved float64, err error) {
	if err := f.Check(); err != nil {
		return Start{}, 0, err
	}
	s, moved, err := f.Parameters(band)
	if err != nil {
		return Start{}, moved, err
	}
	return Start{U: values(f.U), V: values(f.V), S: values(s), of: f}, moved, nil
}

// values is an Init that writes given values.
func values(v []float32) nn.Init {
	return func(dst []float32, _, _ int, _ *philox.Source) { copy(dst, v) }
}
