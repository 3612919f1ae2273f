package exact

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(rnnGradient) }

func rnnGradient(o gpu.RNNGradient) {
	delta, h, x := window(o.Delta), window(o.H), window(o.X)
	// sum adds δ_i times what f gives for a row, over all rows.
	sum := func(i int, f func(row int) float64) float64 {
		s := 0.0
		for row := range o.Delta.Rows {
			s += delta.at(row, i) * f(row)
		}
		return s
	}
	each(o.DW, func(i, j int, _ float64) float64 { return sum(i, func(row int) float64 { return h.at(row, j) }) })
	each(o.DWx, func(i, j int, _ float64) float64 { return sum(i, func(row int) float64 { return x.at(row, j) }) })
	each(o.DBias, func(_, j int, _ float64) float64 { return sum(j, func(int) float64 { return 1 }) })
	each(o.DDiag, func(_, j int, _ float64) float64 { return sum(j, func(row int) float64 { return h.at(row, j) }) })
}
