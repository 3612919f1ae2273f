package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The polynomials below are minimax fits of the relative error, made with reweighted least squares on 1,500 Chebyshev points:
//
//	eʳ ≈ 1 + r + r²·expTail(r),      |r| ≤ ½ ln 2,  error 0.06 × 2⁻²⁴ before rounding
//	tanh x ≈ x + x³·tanhTail(x²),    |x| ≤ 0.625,   error 0.08 × 2⁻²⁴ before rounding
var (
	expTail  = []uint32{0x3efffffe, 0x3e2aaa48, 0x3d2aac7a, 0x3c091d36, 0x3ab511a9}
	tanhTail = []uint32{0xbeaaaa99, 0x3e08838f, 0xbd5c1d8c, 0x3ca90f05, 0xbbbadcf8}
)

// constants remembers the vectors that were declared, by their bits.
var constants = map[uint32]operand.Mem{}

// vectorOf returns a vector in memory whose eight elements have the given bits.
func vectorOf(bits uint32) operand.Mem {
	if m, ok := constants[bits]; ok {
		return m
	}
	m := GLOBL(fmt.Sprintf("eight%08x", bits), RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, operand.U32(bits))
	}
	constants[bits] = m
	return m
}

func number(x float32) operand.Mem { return vectorOf(math.Float32bits(x)) }

// elementwise writes a function that replaces vectors of eight elements by f of them.
func elementwise(name, what string, f func(x reg.VecVirtual)) {
	for _, v := range []float32{1, -2, 10, 0.625, -104, 89, math.Log2E, ln2High, ln2Low} {
		number(v)
	}
	for _, bits := range append(append([]uint32{}, expTail...), append(tanhTail, signBit, absBits, 127)...) {
		vectorOf(bits)
	}
	TEXT(name, NOSPLIT, "func(x *float32, vectors int)")
	Doc(name + " replaces every element x of vectors of eight by " + what + ".")
	at, n := Load(Param("x"), GP64()), Load(Param("vectors"), GP64())
	Label("next")
	x := YMM()
	VMOVUPS(operand.Mem{Base: at}, x)
	f(x)
	VMOVUPS(x, operand.Mem{Base: at})
	ADDQ(operand.U8(32), at)
	DECQ(n)
	JNZ(operand.LabelRef("next"))
	VZEROUPPER()
	RET()
}

// ln 2 in two parts, of which the first has so few bits that its products with exponents are exact.
const (
	ln2High = 0x1.62ep-1
	ln2Low  = float32(math.Ln2 - ln2High)
	signBit = 0x80000000
	absBits = 0x7fffffff
)

// exponential replaces x by eˣ = 2ⁿ·eʳ with n the nearest integer to x/ln 2. The power of two is applied in two steps, so that
// results below the normal numbers are rounded and results beyond them are infinite. NaN stays NaN.
func exponential(x reg.VecVirtual) {
	half, limit := YMM(), YMM()
	VMOVUPS(number(-104), limit)
	VMAXPS(x, limit, x) // x where it is NaN
	VMOVUPS(number(89), limit)
	VMINPS(x, limit, x)
	n := mantissa(x)
	VCVTPS2DQ(n, n)
	VPSRAD(operand.U8(1), n, half)
	VPSUBD(half, n, n)
	for _, e := range []reg.VecVirtual{half, n} {
		VPADDD(vectorOf(127), e, e)
		VPSLLD(operand.U8(23), e, e)
		VMULPS(e, x, x)
	}
}

// mantissa replaces x by eʳ, x = n·ln 2 + r, and returns n.
func mantissa(x reg.VecVirtual) (n reg.VecVirtual) {
	n = YMM()
	VMULPS(number(math.Log2E), x, n)
	VROUNDPS(operand.U8(8), n, n) // to nearest
	VFNMADD231PS(number(ln2High), n, x)
	VFNMADD231PS(number(ln2Low), n, x)
	p, square := tail(x)
	VADDPS(number(1), x, x)
	VFMADD231PS(p, square, x)
	return n
}

// tanh replaces x by tanh x: a polynomial near zero, 1 − 2/(e²ˣ+1) with the sign of x elsewhere. NaN stays NaN.
func tanh(x reg.VecVirtual) {
	size, sign, square, near := YMM(), YMM(), YMM(), YMM()
	VANDPS(vectorOf(signBit), x, sign)
	VANDPS(vectorOf(absBits), x, size)
	VMULPS(x, x, square)
	polynomial(near, square, tanhTail)
	VMULPS(x, square, square)
	VFMADD213PS(x, square, near)
	far, small, one := YMM(), YMM(), YMM()
	VMOVUPS(number(10), far)
	VMINPS(size, far, far) // size where it is NaN
	VADDPS(far, far, far)
	n := mantissa(far) // of 20 at most: one power of two is enough
	powerOfTwo(n)
	VMULPS(n, far, far)
	VMOVUPS(number(1), one)
	VADDPS(one, far, far)
	two := YMM()
	VMOVUPS(number(-2), two)
	VDIVPS(far, two, far)
	VADDPS(one, far, far)
	VORPS(sign, far, far)
	VCMPPS(operand.U8(1), number(0.625), size, small) // size < 0.625
	VBLENDVPS(small, near, far, x)
}

// polynomial sets p to the polynomial with the given coefficients, the constant first, at x.
func polynomial(p, x reg.VecVirtual, coefficients []uint32) {
	last := len(coefficients) - 1
	VMOVUPS(vectorOf(coefficients[last]), p)
	for i := last - 1; i >= 0; i-- {
		VFMADD213PS(vectorOf(coefficients[i]), x, p)
	}
}
