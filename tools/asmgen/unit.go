package main

import (
	"fmt"
	"math"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Predicate of VCMPPS: not equal, or not comparable.
const notEqual = 4

// unitActivations writes the activations with a parameter for each unit, and what back-propagation multiplies by.
func unitActivations() {
	declareGates()
	for _, x := range []float32{0, 1, minScale, nearOne, -2, -1, math.Ln2 / 2, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9} {
		number(x)
	}
	for _, bits := range []uint32{signBit, absBits, 127, 1 << 22} {
		vectorOf(bits)
	}
	modReLU()
	gateModReLU()
	rows("scaledTanhVectors", "func(x, unit *float32, vectors int)", "replaces x by tanh(unit·x)/unit", []string{"x", "unit"}, scaledTanh)
	rows("gateScaledTanhVectors", "func(v, h, unit, sums *float32, vectors int)",
		"replaces v by v·(1 − u²) with u = unit·h, and adds v·((1 − u²)·artanh u − u), v as it was, to sums", []string{"v", "h", "unit", "sums"}, gateScaledTanh)
}

// rows writes a function over vectors of eight elements of as many arrays as there are names; f gets the addresses of theirs.
func rows(name, signature, what string, names []string, f func(at []reg.Register)) {
	TEXT(name, NOSPLIT, signature)
	Doc(name + " " + what + ", for vectors of eight.")
	at := make([]reg.Register, len(names))
	for i, n := range names {
		at[i] = Load(Param(n), GP64())
	}
	n := Load(Param("vectors"), GP64())
	Label("next")
	f(at)
	for _, a := range at {
		ADDQ(operand.U8(32), a)
	}
	DECQ(n)
	JNZ(operand.LabelRef("next"))
	VZEROUPPER()
	RET()
}

// blocks writes a function over rows of vectors of eight elements of as many arrays as there are names, each with the bytes between its rows,
// which may be 0. before runs once, f for every vector, with the places of theirs.
func blocks(name, what string, names []string, before func(), f func(at []operand.Mem)) {
	var arguments []string
	for _, n := range names {
		arguments = append(arguments, fmt.Sprintf("%s *float32, %sRow int", n, n))
	}
	TEXT(name, NOSPLIT, fmt.Sprintf("func(%s, vectors, rows int)", strings.Join(arguments, ", ")))
	Doc(name + " " + what + ", for rows of vectors of eight.")
	base, pitch := make([]reg.Register, len(names)), make([]reg.Register, len(names))
	for i, n := range names {
		base[i], pitch[i] = Load(Param(n), GP64()), Load(Param(n+"Row"), GP64())
	}
	bytes, left := Load(Param("vectors"), GP64()), Load(Param("rows"), GP64())
	SHLQ(operand.U8(5), bytes)
	before()
	offset := GP64()
	Label("row")
	XORQ(offset, offset)
	Label("next")
	at := make([]operand.Mem, len(names))
	for i := range names {
		at[i] = operand.Mem{Base: base[i], Index: offset, Scale: 1}
	}
	f(at)
	ADDQ(operand.U8(32), offset)
	CMPQ(offset, bytes)
	JNE(operand.LabelRef("next"))
	for i := range names {
		ADDQ(pitch[i], base[i])
	}
	DECQ(left)
	JNZ(operand.LabelRef("row"))
	VZEROUPPER()
	RET()
}

// kept returns a register with a constant, for a loop.
func kept(constant operand.Mem) reg.VecVirtual {
	v := YMM()
	VMOVUPS(constant, v)
	return v
}

// load reads the vector at an address.
func load(a reg.Register) reg.VecVirtual {
	v := YMM()
	VMOVUPS(operand.Mem{Base: a}, v)
	return v
}

// modReLU is sign(x)·max(|x| + b, 0), and 0 where x is. NaN stays NaN.
func modReLU() {
	var signs, sizes, zero reg.VecVirtual
	blocks("modReLUVectors", "replaces x by sign(x)·max(|x| + unit, 0), 0 at 0", []string{"x", "unit"}, func() {
		signs, sizes, zero = kept(vectorOf(signBit)), kept(vectorOf(absBits)), YMM()
		VXORPS(zero, zero, zero)
	}, func(at []operand.Mem) {
		x, size, sign := YMM(), YMM(), YMM()
		VMOVUPS(at[0], x)
		VANDPS(sizes, x, size)
		VANDPS(signs, x, sign)
		VCMPPS(operand.U8(notEqual), zero, x, x)
		VADDPS(at[1], size, size)
		VMAXPS(size, zero, size) // the sum where it is NaN
		VORPS(sign, size, size)
		VANDPS(x, size, size)
		VMOVUPS(size, at[0])
	})
}

// gateModReLU is the way back: the derivative is 1 where h is not 0, that by the bias the sign of h.
func gateModReLU() {
	var signs, zero reg.VecVirtual
	blocks("gateModReLUVectors", "replaces v by 0 where h is 0, and adds v with the sign of h to sums", []string{"v", "h", "sums"}, func() {
		signs, zero = kept(vectorOf(signBit)), YMM()
		VXORPS(zero, zero, zero)
	}, func(at []operand.Mem) {
		v, h := YMM(), YMM()
		VMOVUPS(at[1], h)
		VCMPPS(operand.U8(notEqual), zero, h, v)
		VANDPS(at[0], v, v)
		VANDPS(signs, h, h)
		VMOVUPS(v, at[0])
		VXORPS(h, v, v)
		VADDPS(at[2], v, v)
		VMOVUPS(v, at[2])
	})
}

// The least scale of a unit's tanh, and the greatest number below 1.
const (
	minScale = 0x1p-20
	nearOne  = 1 - 0x1p-24
)

// scaleOf loads the scales of the units, which count as minScale at least.
func scaleOf(a reg.Register) reg.VecVirtual {
	least := YMM()
	VMOVUPS(number(minScale), least)
	VMAXPS(operand.Mem{Base: a}, least, least) // NaN where the scale is
	return least
}

// scaledTanh is tanh(a·x)/a = E/((E + 2)·a), with one division.
func scaledTanh(at []reg.Register) {
	x, a := load(at[0]), scaleOf(at[1])
	VMULPS(a, x, x)
	above := doubledExponential(x)
	VMULPS(a, above, above)
	VDIVPS(above, x, x)
	VMOVUPS(x, operand.Mem{Base: at[0]})
}

// gateScaledTanh is the way back, with u = a·h = tanh(a·z): the derivative is 1 − u², and that by a is ((1 − u²)·artanh u − u)/a².
// Where u is rounded to 1, artanh is taken of the number before.
func gateScaledTanh(at []reg.Register) {
	v, u := load(at[0]), scaleOf(at[2])
	VMULPS(operand.Mem{Base: at[1]}, u, u)
	sign, size, one, derivative := YMM(), YMM(), YMM(), YMM()
	VMOVUPS(number(1), one)
	VMOVAPS(one, derivative)
	VFNMADD231PS(u, u, derivative)
	VMULPS(v, derivative, derivative)
	VMOVUPS(derivative, operand.Mem{Base: at[0]})
	VANDPS(vectorOf(signBit), u, sign)
	VANDPS(vectorOf(absBits), u, u)
	VMOVUPS(number(nearOne), size)
	VMINPS(u, size, size) // u where it is NaN
	rest := artanhRest(size, one)
	VXORPS(sign, v, v)
	VMOVUPS(operand.Mem{Base: at[3]}, size)
	VFMADD231PS(rest, v, size)
	VMOVUPS(size, operand.Mem{Base: at[3]})
}

// artanhRest returns (1 − u²)·artanh u − u for u in [0, 1). With the power of two 2ᵏ next to (1 + u)/(1 − u),
//
//	artanh u = k·½ ln 2 + artanh s,   s = ((1 + u) − 2ᵏ(1 − u)) / ((1 + u) + 2ᵏ(1 − u)),   |s| < 0.21
//
// and the series of artanh s = s + s·more to s⁹ has a relative error of 1e-8. Where k is 0, s is u, and u is taken out of the sum before it can
// cancel: u·((1 − u²)·more − u²).
func artanhRest(u, one reg.VecVirtual) reg.VecVirtual {
	above, below, k, power := YMM(), YMM(), YMM(), YMM()
	VADDPS(u, one, above)
	VSUBPS(u, one, below)
	VPSUBD(below, above, k) // of the bits, which count nearly as the logarithm does
	VPADDD(vectorOf(1<<22), k, k)
	VPSRAD(operand.U8(23), k, k)
	VPADDD(vectorOf(127), k, power)
	VPSLLD(operand.U8(23), power, power)
	s, bottom, plus := YMM(), YMM(), YMM()
	VADDPS(power, one, plus)
	VSUBPS(power, one, s)
	VFMADD231PS(plus, u, s) // (1 − 2ᵏ) + u(1 + 2ᵏ): 2u where k is 0
	VMOVAPS(above, bottom)
	VFMADD231PS(power, below, bottom)
	VDIVPS(bottom, s, s)
	square, series, logarithm := YMM(), YMM(), YMM()
	VMULPS(s, s, square)
	polynomial(series, square, []uint32{math.Float32bits(1.0 / 3), math.Float32bits(1.0 / 5), math.Float32bits(1.0 / 7), math.Float32bits(1.0 / 9)})
	VMULPS(square, series, series)
	near := YMM()
	VMOVAPS(one, near)
	VFNMADD231PS(square, one, near)
	VFMSUB213PS(square, series, near) // (1 − s²)·series − s²
	VMULPS(u, near, near)
	VFMADD213PS(s, s, series) // s + s·series
	VCVTDQ2PS(k, logarithm)
	VFMADD231PS(number(math.Ln2/2), logarithm, series)
	VMULPS(above, below, below)
	VFMSUB213PS(u, below, series)
	isNear := YMM()
	VPXOR(isNear, isNear, isNear)
	VPCMPEQD(isNear, k, isNear)
	VBLENDVPS(isNear, near, series, series)
	return series
}
