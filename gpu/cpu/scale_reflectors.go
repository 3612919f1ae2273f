package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(scaleReflectors) }

func scaleReflectors(c *compiler, op gpu.ScaleReflectors) (task, error) {
	u, y, s, m := bind(op.U), bind(op.Y), bind(op.S).data, op.PerSet()
	step := max(1, elementwiseTile/max(u.cols, 1))
	return task{plan: "rows", phases: []phase{{ceilDiv(u.rows, step), func(_, t int) {
		for j := t * step; j < min((t+1)*step, u.rows); j++ {
			row := y.row(j)
			clear(row[:j%m])
			s[j] = scaleReflector(row[j%m:], u.row(j)[j%m:])
		}
	}}}}, nil
}

// scaleReflector writes s·u to y and returns s, a power of two (gpu.ScaleReflectors). y may be u.
func scaleReflector(y, u []float32) float32 {
	largest := uint32(0) // bits of magnitudes are in the order of the magnitudes
	for _, v := range u {
		largest = max(largest, math.Float32bits(v)&^signBit)
	}
	k := scaleExponent(largest)
	if largest == 0 {
		copy(y, u)
		return 1
	}
	s := power2(k)
	for i, v := range u {
		y[i] = timesPower2(v, k, s)
	}
	return s
}

const signBit = 1 << 31

// scaleExponent returns the k of gpu.ScaleReflectors from the bits of the largest magnitude.
func scaleExponent(bits uint32) int { return min(max(127-int(bits>>23), -126), 127) }

// power2 returns 2ᵏ for −126 ≤ k ≤ 127.
func power2(k int) float32 { return math.Float32frombits(uint32(k+127) << 23) }

// timesPower2 returns x·2ᵏ for s = 2ᵏ. A denormal x, which arithmetic takes for zero here, is made from its bits.
func timesPower2(x float32, k int, s float32) float32 {
	bits := math.Float32bits(x)
	if bits&^signBit >= 1<<23 || bits<<1 == 0 {
		return x * s
	}
	mantissa := float32(bits&(1<<23-1)) * 0x1p-75 * power2(max(k-74, -126)) // x = mantissa·2⁻¹⁴⁹
	return math.Float32frombits(math.Float32bits(mantissa) | bits&signBit)
}
