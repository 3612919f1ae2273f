package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

// softmax writes the largest element of a row, and the exponentials of it with their sum.
func softmax() {
	largest()
	shiftedExponentials()
}

// largest keeps four maxima, each of eight lanes. A NaN is passed over.
func largest() {
	TEXT("largestVectors", NOSPLIT, "func(x, most *float32, groups int)")
	Doc("largestVectors raises the eight numbers of most to the largest elements of groups of 32, lane by lane.")
	x, most, n := Load(Param("x"), GP64()), Load(Param("most"), GP64()), Load(Param("groups"), GP64())
	first := load(most)
	rest := [...]operand.Op{YMM(), YMM(), YMM()}
	for _, r := range rest {
		VMOVAPS(first, r)
	}
	all := append([]operand.Op{first}, rest[:]...)
	Label("next")
	for i, r := range all {
		v := YMM()
		VMOVUPS(operand.Mem{Base: x, Disp: 32 * i}, v)
		VMAXPS(r, v, r) // r where v is NaN
	}
	ADDQ(operand.U32(128), x)
	DECQ(n)
	JNZ(operand.LabelRef("next"))
	VMAXPS(all[1], all[0], all[0])
	VMAXPS(all[3], all[2], all[2])
	VMAXPS(all[2], all[0], all[0])
	VMOVUPS(all[0], operand.Mem{Base: most})
	VZEROUPPER()
	RET()
}

// shiftedExponentials is eˣ⁻ˢ, element by element, and the sums of every eighth.
func shiftedExponentials() {
	TEXT("shiftedExpVectors", NOSPLIT, "func(y, x *float32, shift float32, vectors int, sums *float32)")
	Doc("shiftedExpVectors writes e to the power of x − shift to y for vectors of eight, and their sums, lane by lane, to sums.")
	shift, sum := YMM(), YMM()
	VBROADCASTSS(param("shift"), shift)
	VXORPS(sum, sum, sum)
	y, x, n, sums := Load(Param("y"), GP64()), Load(Param("x"), GP64()), Load(Param("vectors"), GP64()), Load(Param("sums"), GP64())
	Label("next")
	v := load(x)
	VSUBPS(shift, v, v)
	exponential(v)
	VMOVUPS(v, operand.Mem{Base: y})
	VADDPS(v, sum, sum)
	ADDQ(operand.U8(32), x)
	ADDQ(operand.U8(32), y)
	DECQ(n)
	JNZ(operand.LabelRef("next"))
	VMOVUPS(sum, operand.Mem{Base: sums})
	VZEROUPPER()
	RET()
}
