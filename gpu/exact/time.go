package exact

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() {
	implement(timeSum)
	implement(hadamard)
}

func timeSum(o gpu.TimeSum) {
	x := window(o.X)
	each(o.Y, func(b, j int, old float64) float64 {
		sum := 0.0
		for t := range o.Steps() {
			sum += x.at(t*o.Y.Rows+b, j)
		}
		sum *= float64(o.Alpha)
		if o.Beta != 0 {
			sum += float64(o.Beta) * old
		}
		return sum
	})
}

func hadamard(o gpu.Hadamard) {
	a, b := window(o.A).clone(), window(o.B)
	each(o.Y, func(i, j int, old float64) float64 {
		v := float64(o.Alpha) * a.or(i, j, 1) * b.at(i%o.B.Rows, j)
		if o.Beta != 0 {
			v += float64(o.Beta) * old
		}
		return v
	})
}
