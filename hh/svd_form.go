package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Form is a way to compute an SVD weight and its gradient. Both give the same numbers up to rounding.
type Form uint8

// The forms of an SVD weight.
const (
	// FormAuto takes the form that costs less.
	FormAuto Form = iota
	// FormDense materialises Q(U) and Q(V): right for many reflectors, m > 0.37 n, and for small weights, since it takes fewer
	// operations. Square weights only.
	FormDense
	// FormThin forms W as diagonal plus low rank, through m × n matrices alone: right for few reflectors, and for a W that is not square.
	FormThin
	// FormLowRank does not form W at all: it stays diagonal plus low rank (SVD.LowRank), for a recurrence with m₁+m₂ well below n,
	// whose every step then costs less than with W. Square weights only; it is never chosen by FormAuto, since the caller has to
	// use that form.
	FormLowRank
)

func (f Form) String() string {
	switch f {
	case FormAuto:
		return "auto"
	case FormDense:
		return "dense"
	case FormThin:
		return "thin"
	case FormLowRank:
		return "low-rank"
	}
	return "unknown"
}

// fewLimit is the rows up to which the arithmetic of square weights costs less than launching it.
const fewLimit = 128

// denseFits tells whether the dense form can be used at all.
func (c SVDConfig) denseFits() bool {
	return c.Rows == c.Cols && c.ReflectorsU > 0 && c.ReflectorsV > 0
}

// chooseForm resolves FormAuto for as many weights side by side. The zero Info compares flops.
func (c SVDConfig) chooseForm(info gpu.Info, count int) Form {
	switch {
	case c.Form != FormAuto:
		return c.Form
	case graphics(info):
		return c.cheaperForm(deviceRates(info), count)
	case c.denseFits() && (c.Rows*count <= fewLimit || c.denseFlops() < c.thinFlops()):
		return FormDense
	}
	return FormThin
}

// tall tells whether a W of more rows than columns is computed as a square one: it takes fewer products over all rows, which pays for few
// reflectors, and more of reflectors with each other.
func (c SVDConfig) tall() bool {
	p, q, m := float64(c.Rows), float64(c.Cols), float64(c.ReflectorsU)
	return c.Padded && c.Rows > c.Cols && m > 0 && m*(26*p-4*q) < 6*p*q
}

// thinFlops models materialise and gradient of the thin form.
func (c SVDConfig) thinFlops() float64 {
	p, q, m1, m2 := float64(c.Rows), float64(c.Cols), float64(c.ReflectorsU), float64(c.ReflectorsV)
	if c.Rows == c.Cols { // lowRankForm
		flops := p*(4*(m1*m1+m2*m2)+6*m1*m2) + 2*p*p*(m1+m2)
		if !c.ForwardOnly {
			flops += p*(8*(m1*m1+m2*m2)+16*m1*m2) + 4*p*p*(m1+m2)
		}
		return flops
	}
	squares := 4*(p*m1*m1+q*m2*m2) + 2*m1*m2*(q+min(p, q))
	flops := squares + 2*p*q*(m1+m2)
	if !c.ForwardOnly {
		flops += squares + 2*p*q*(3*m1+4*m2)
	}
	return flops
}

// denseFlops models the same of the dense form, less half of its products of triangles, which are left out.
func (c SVDConfig) denseFlops() float64 {
	n, m := float64(c.Rows), float64(c.ReflectorsU+c.ReflectorsV)
	squares := 2 * n * (float64(c.ReflectorsU*c.ReflectorsU) + float64(c.ReflectorsV*c.ReflectorsV))
	flops := squares + 2*n*n*m + 2*n*n*n
	if !c.ForwardOnly {
		flops += 2*squares + 2*n*n*m + 4*n*n*n
	}
	return flops
}
