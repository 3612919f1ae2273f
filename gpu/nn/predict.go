package nn

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Predict returns the outputs for samples, one a row: each has In.Length · In.Width values, step after step, and gives as many outputs as its
// layers leave. A value that is not finite, and an output, is gpu.ErrNotFinite. It plans the network for that many samples; what is called often keeps a Forward. Errors: gpu.ErrShape, gpu.ErrOutOfMemory.
func (n *Network) Predict(samples [][]float64) ([][]float64, error) {
	in := n.cfg.In
	if len(samples) == 0 {
		return nil, nil
	}
	if n.cfg.Tokens {
		return nil, shapeError("predict", "the network reads tokens, not values")
	}
	in.Batch = len(samples)
	f, err := n.Forward(in, false)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for b, s := range samples {
		if len(s) != in.Length*in.Width {
			return nil, shapeError("predict", "sample %d has %d values, want %d steps of %d", b, len(s), in.Length, in.Width)
		}
		for i, v := range s {
			if !finite(v) {
				return nil, &gpu.Error{Op: "predict", Kind: gpu.ErrNotFinite, Msg: fmt.Sprintf("value %d of sample %d is %g, which is no number of single precision", i, b, v)}
			}
			f.Values()[(i/in.Width*in.Batch+b)*in.Width+i%in.Width] = float32(v)
		}
	}
	y, err := f.Run()
	if err != nil {
		return nil, err
	}
	out := f.Shape()
	all := make([][]float64, in.Batch)
	for b := range all {
		for t := range out.Length {
			for i, v := range y[(t*in.Batch+b)*out.Width:][:out.Width] {
				if !finite(float64(v)) {
					return nil, &gpu.Error{Op: "predict", Kind: gpu.ErrNotFinite, Msg: fmt.Sprintf("output %d of sample %d is %g: a parameter is none or too large", i, b, v)}
				}
				all[b] = append(all[b], float64(v))
			}
		}
	}
	return all, nil
}

// PredictMat is Predict for the rows of a matrix of gonum.
func (n *Network) PredictMat(samples mat.Matrix) (*mat.Dense, error) {
	if absent(samples) {
		return nil, shapeError("predict", "the matrix is nil")
	}
	rows, cols := samples.Dims()
	in := make([][]float64, rows)
	for i := range in {
		in[i] = make([]float64, cols)
		for j := range cols {
			in[i][j] = samples.At(i, j)
		}
	}
	all, err := n.Predict(in)
	if err != nil || rows == 0 {
		return &mat.Dense{}, err
	}
	out := mat.NewDense(rows, len(all[0]), nil)
	for i, row := range all {
		out.SetRow(i, row)
	}
	return out, nil
}
