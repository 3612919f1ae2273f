// Package inspect tells of a trained network what its factors give for nothing: spectra, norms, and the terms of its generalisation bound.
package inspect

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/hh"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Weight is what there is to know of a weight matrix.
type Weight struct {
	Name       string
	Rows       int
	Cols       int
	Factored   bool // U diag(σ) Vᵀ: the singular values are its parameters
	Reflectors int
	Sigma      []float64 // singular values, largest first
	Norm       float64   // ‖W‖₂ = max σ
	Frobenius  float64   // ‖W‖_F
	Condition  float64   // max σ / min σ; 0 where min σ is 0
	Recurrent  bool      // it is applied at every time step
}

// Weights returns every weight matrix of a checkpoint in the order of the layers. Errors: model.ErrCheckpoint for tensors that are missing or
// contradict each other, and for a number that is not finite.
func Weights(ck *model.Checkpoint) ([]Weight, error) {
	for _, t := range ck.Tensors {
		if where := t.NotFinite(); where != "" {
			return nil, fmt.Errorf("%w: not finite: %s", model.ErrCheckpoint, where)
		}
	}
	layers, err := ck.Config.Network()
	if err != nil {
		return nil, err
	}
	var all []Weight
	err = layers.Each(func(name string, l nn.Layer) error {
		r := reader{ck: ck, scope: name + "."}
		r.layer(l)
		all = append(all, r.weights...)
		return r.err
	})
	return all, err
}

// reader reads the weights of a layer, and keeps the first error.
type reader struct {
	ck      *model.Checkpoint
	scope   string
	weights []Weight
	err     error
}

func (r *reader) layer(l nn.Layer) {
	switch l := l.(type) {
	case *nn.Recurrent:
		r.weight("", l.Weight, true)
		if !l.Direct {
			r.dense("Wx", false)
		}
	case nn.Gated:
		r.weight("", l.Gates().Weight, true)
		r.dense("Wx", false)
	case *nn.Linear:
		r.weight("", l.Weight, false)
	case *nn.Residual:
		r.weight("1.", l.W1, false)
		r.weight("2.", l.W2, false)
	case *nn.Dropout, nn.MeanOverTime: // they have no weights
	case *nn.Embedding:
		r.dense("W", false)
	default:
		r.fail(fmt.Errorf("%w: layer %s is a %T, of which inspect knows nothing", model.ErrConfig, r.scope, l))
	}
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) weight(prefix string, w nn.Weight, recurrent bool) {
	switch w := w.(type) {
	case *hh.Weight:
		r.factored(prefix, w, recurrent)
	case *nn.Dense, nil:
		r.dense(prefix+"W", recurrent)
	case nn.Tied:
	default:
		r.fail(fmt.Errorf("%w: %s has a weight %T, of which inspect knows nothing", model.ErrConfig, r.scope+prefix, w))
	}
}

func (r *reader) tensor(name string) model.NamedTensor {
	t, ok := r.ck.Tensor(r.scope + name)
	if !ok {
		r.fail(fmt.Errorf("%w: it has no tensor %s", model.ErrCheckpoint, r.scope+name))
	}
	return t
}

// dense computes the singular values of a free matrix.
func (r *reader) dense(name string, recurrent bool) {
	t := r.tensor(name)
	if r.err != nil || len(t.Data) == 0 {
		return
	}
	m := mat.NewDense(t.Rows, t.Cols, nil)
	for i, v := range t.Data {
		m.RawMatrix().Data[i] = float64(v)
	}
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDNone) {
		r.fail(fmt.Errorf("%w: the singular values of %s do not converge", model.ErrCheckpoint, t.Name))
		return
	}
	r.add(Weight{Name: t.Name, Rows: t.Rows, Cols: t.Cols, Sigma: svd.Values(nil), Recurrent: recurrent})
}

// factored reads the singular values, and measures the factors.
func (r *reader) factored(prefix string, w *hh.Weight, recurrent bool) {
	s := r.tensor(prefix + "s")
	if r.err != nil {
		return
	}
	out := Weight{Name: r.scope + prefix + "W", Factored: true, Reflectors: w.Reflectors, Rows: s.Cols, Cols: s.Cols, Recurrent: recurrent}
	for _, v := range (hh.Band{Center: w.Center, Radius: w.Radius, Map: w.Map}).Sigma(s.Data) {
		out.Sigma = append(out.Sigma, math.Abs(float64(v)))
	}
	slices.SortFunc(out.Sigma, func(a, b float64) int { return cmp.Compare(b, a) })
	if w.Reflectors > 0 { // a checkpoint holds no empty tensors
		u, v := r.tensor(prefix+"U"), r.tensor(prefix+"V")
		if r.err != nil {
			return
		}
		out.Rows, out.Cols = u.Cols, v.Cols
	}
	r.add(out)
}

func (r *reader) add(w Weight) {
	sum := 0.0
	for _, s := range w.Sigma {
		sum += s * s
	}
	w.Norm, w.Frobenius = w.Sigma[0], math.Sqrt(sum)
	if low := w.Sigma[len(w.Sigma)-1]; low > 0 {
		w.Condition = w.Norm / low
	}
	r.weights = append(r.weights, w)
}

// Quantile returns the value below which the share q of the numbers lies, of numbers sorted largest first, by linear interpolation.
func Quantile(sorted []float64, q float64) float64 {
	at := (1 - q) * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-1)
	j := min(i+1, len(sorted)-1)
	return sorted[i] + (at-float64(i))*(sorted[j]-sorted[i])
}

// Bin is a part of a histogram: the numbers from From up to, and in the last bin with, To.
type Bin struct {
	From, To float64
	Count    int
}

// Histogram divides the range of the singular values into equal bins; there is one where all are equal.
func (w Weight) Histogram(bins int) []Bin {
	lo, hi := w.Sigma[len(w.Sigma)-1], w.Sigma[0]
	if !(hi-lo > 1e-7*hi) {
		return []Bin{{lo, hi, len(w.Sigma)}}
	}
	out := make([]Bin, bins)
	step := (hi - lo) / float64(bins)
	for i := range out {
		out[i].From, out[i].To = lo+float64(i)*step, lo+float64(i+1)*step
	}
	for _, s := range w.Sigma {
		out[min(int((s-lo)/step), bins-1)].Count++
	}
	return out
}
