package parity

import (
	"errors"
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// failed is the result of a case that could not run.
func failed(c Case, err error) Result {
	if errors.Is(err, gpu.ErrUnsupported) {
		return Result{Op: c.Op, Case: c.Name, Unsupported: true, Err: err}
	}
	return Result{Op: c.Op, Case: c.Name, Worst: math.MaxFloat64, WorstAbs: math.MaxFloat64, Err: err}
}

// judge compares the buffer's words after the run with what is expected.
func (t *trial) judge(c Case, got []float32) Result {
	v := verdict{Result: Result{Op: c.Op, Case: c.Name}}
	for _, e := range t.expects {
		t.each(e, func(word, i int) { v.compare(t, e, word, i, got[word]) })
	}
	v.untouched(t, got)
	return v.result()
}

// judgePair compares the words after the run on two devices with each other.
func (t *trial) judgePair(c Case, a, b []float32) Result {
	v := verdict{Result: Result{Op: c.Op, Case: c.Name}}
	for _, e := range t.expects {
		t.each(e, func(word, i int) {
			switch {
			case e.bits != nil:
				v.bits(t, word, math.Float32bits(b[word]), math.Float32bits(a[word]))
			case e.tol.Data == nil:
				v.number(t, word, b[word], float64(a[word]), 0)
			default:
				v.number(t, word, b[word], float64(a[word]), 2*e.tol.Data[i])
			}
		})
	}
	return v.result()
}

// each calls f with every word of the expectation and its index in want.
func (t *trial) each(e expectation, f func(word, i int)) {
	o := e.operand
	for r := range e.want.Rows {
		for j := range o.cols {
			f(o.off+(e.row+r)*o.stride+j, r*o.cols+j)
		}
	}
}

// verdict is a result in the making.
type verdict struct {
	Result
	wrong int // elements beyond their tolerance
}

// compare judges one word of an expectation.
func (v *verdict) compare(t *trial, e expectation, word, i int, got float32) {
	switch {
	case e.bits != nil:
		v.bits(t, word, math.Float32bits(got), e.bits[i])
	case e.tol.Data != nil && math.IsInf(e.tol.Data[i], 1):
	case math.Float32bits(got) == unwritten:
		v.note(t, word, math.MaxFloat64, math.MaxFloat64, 0, "was not written, want %g", e.want.Data[i])
	case e.band != nil && !(float64(got) >= e.band[0] && float64(got) <= e.band[1]):
		v.note(t, word, math.MaxFloat64, math.MaxFloat64, 0, "is %.9g, outside [%.9g, %.9g]", got, e.band[0], e.band[1])
	case e.tol.Data == nil:
		v.number(t, word, got, e.want.Data[i], 0)
	default:
		v.number(t, word, got, e.want.Data[i], e.tol.Data[i])
	}
}

func (v *verdict) bits(t *trial, word int, got, want uint32) {
	if got != want {
		v.note(t, word, math.MaxFloat64, math.MaxFloat64, 0, "is %#08x, want %#08x", got, want)
	}
}

// number judges one number; tolerance 0 means equal, but that 0 may stand for a denormal number.
func (v *verdict) number(t *trial, word int, got float32, want, tol float64) {
	g := float64(got)
	switch d := math.Abs(g - want); {
	case g == want || g != g && want != want || tol == 0 && g == 0 && math.Abs(want) < smallest:
	case math.IsNaN(d) || math.IsInf(d, 0):
		v.note(t, word, math.MaxFloat64, math.MaxFloat64, tol, "is %g, want %g", g, want)
	case tol == 0:
		v.note(t, word, d/math.SmallestNonzeroFloat32, d, 0, "is %.9g, want exactly %.9g", g, want)
	case d/tol > v.Worst || d > tol:
		v.note(t, word, d/tol, d, tol, "is %.9g, want %.9g ± %.3g (off by %.3g)", g, want, tol, d)
	}
}

// note keeps the worst element, and the error where it is beyond its tolerance.
func (v *verdict) note(t *trial, word int, ratio, abs, tol float64, format string, args ...any) {
	if ratio > 1 {
		v.wrong++
	}
	if ratio <= v.Worst && v.Err != nil {
		return
	}
	if ratio > v.Worst {
		v.Worst, v.WorstAbs, v.Tolerance = ratio, abs, tol
	}
	if ratio > 1 {
		v.Err = errors.New(t.locate(word) + " " + fmt.Sprintf(format, args...))
	}
}

// untouched verifies that every word that is not an output kept its bits.
func (v *verdict) untouched(t *trial, got []float32) {
	output := make([]bool, len(got))
	for _, e := range t.expects {
		t.each(e, func(word, _ int) { output[word] = true })
	}
	for word, w := range t.image() {
		a, b := math.Float32bits(w), math.Float32bits(got[word])
		if !output[word] && a != b {
			v.wrong++
			v.Worst, v.WorstAbs = math.MaxFloat64, math.MaxFloat64
			v.Err = fmt.Errorf("%s was overwritten: %#08x became %#08x (%g)", t.locate(word), a, b, got[word])
			return
		}
	}
}

func (v *verdict) result() Result {
	if v.wrong > 1 && v.Err != nil {
		v.Err = fmt.Errorf("%w; %d words are wrong", v.Err, v.wrong)
	}
	v.Pass = v.Err == nil
	return v.Result
}
