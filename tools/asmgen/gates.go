package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// What recurrences with gates share: functions for arguments whose exponentials neither overflow nor fall below the normal numbers, so
// that one multiplication by a power of two is enough. Beyond the limits both functions have reached what they round to.
const (
	logisticLimit = 87
	tanhLimit     = 9.5
)

// declareGates declares the vectors of constants that the functions below read.
func declareGates() {
	for _, v := range []float32{1, 2, -1, -logisticLimit, logisticLimit, -tanhLimit, tanhLimit, -math.Log2E, 2 * math.Log2E, ln2High, ln2Low} {
		number(v)
	}
	for _, bits := range append(append([]uint32{}, expTail...), 127) {
		vectorOf(bits)
	}
}

// clampTo bounds x to ±limit; NaN stays NaN.
func clampTo(x reg.VecVirtual, limit float32) {
	bound := YMM()
	VMOVUPS(number(-limit), bound)
	VMAXPS(x, bound, x) // x where it is NaN
	VMOVUPS(number(limit), bound)
	VMINPS(x, bound, x)
}

// powerOfTwo replaces n, whole numbers, by the powers of two.
func powerOfTwo(n reg.VecVirtual) {
	VCVTPS2DQ(n, n)
	VPADDD(vectorOf(127), n, n)
	VPSLLD(operand.U8(23), n, n)
}

// tail returns r²·expTail(r), and r + that is eʳ − 1; as two factors.
func tail(r reg.VecVirtual) (p, square reg.VecVirtual) {
	p, square = YMM(), YMM()
	polynomial(p, r, expTail)
	VMULPS(r, r, square)
	return p, square
}

// logistic replaces x by σ(x) = 1/(1 + e⁻ˣ), e⁻ˣ = 2ⁿ·eʳ.
func logistic(x reg.VecVirtual) {
	clampTo(x, logisticLimit)
	n, one := YMM(), YMM()
	VMULPS(number(-math.Log2E), x, n)
	VROUNDPS(operand.U8(8), n, n)       // to nearest
	VFNMSUB231PS(number(ln2High), n, x) // −x − n·ln 2
	VFNMADD231PS(number(ln2Low), n, x)  // the rest of it
	p, square := tail(x)
	VMOVUPS(number(1), one)
	VADDPS(one, x, x)
	VFMADD231PS(p, square, x)
	powerOfTwo(n)
	VFMADD213PS(one, n, x)
	VDIVPS(x, one, x)
}

// hyperbolic replaces x by tanh x = E/(E + 2) with E = e²ˣ − 1.
func hyperbolic(x reg.VecVirtual) {
	rest := doubledExponential(x)
	VDIVPS(rest, x, x)
}

// doubledExponential replaces x by E = e²ˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1), which has no cancellation near zero, and returns E + 2.
func doubledExponential(x reg.VecVirtual) (above reg.VecVirtual) {
	clampTo(x, tanhLimit)
	n, rest := YMM(), YMM()
	VMULPS(number(2*math.Log2E), x, n)
	VROUNDPS(operand.U8(8), n, n)
	VADDPS(x, x, x)
	VFNMADD231PS(number(ln2High), n, x)
	VFNMADD231PS(number(ln2Low), n, x)
	p, square := tail(x)
	VFMADD231PS(p, square, x) // eʳ − 1
	powerOfTwo(n)
	VADDPS(number(-1), n, rest)
	VFMADD213PS(rest, n, x)
	VADDPS(number(2), x, rest)
	return rest
}

// gateAddresses loads the first words of a struct of addresses, in their order.
func gateAddresses(count int) []reg.Register {
	args := Load(Param("row"), GP64())
	list := make([]reg.Register, count)
	for i := range list {
		r := GP64()
		MOVQ(operand.Mem{Base: args, Disp: 8 * i}, r)
		list[i] = r
	}
	return list
}

// gateStride makes bytes of a number of words, and returns three times as many too.
func gateStride(words reg.Register) (bytes, three reg.Register) {
	t := GP64()
	SHLQ(operand.U8(2), words)
	LEAQ(operand.Mem{Base: words, Index: words, Scale: 2}, t)
	return words, t
}

// advance moves addresses by a vector.
func advanceVector(addresses ...reg.Register) {
	for _, r := range addresses {
		ADDQ(operand.U8(32), r)
	}
}
