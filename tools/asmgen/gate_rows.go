package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gateRows writes what back-propagation through activations and masks does to rows.
func gateRows() {
	number(1)
	blocks("maskVectors", "writes v·mask to to, which may be v", []string{"to", "v", "mask"}, func() {}, func(at []operand.Mem) {
		v := YMM()
		VMOVUPS(at[1], v)
		VMULPS(at[2], v, v)
		VMOVUPS(v, at[0])
	})
	blocks("maskAddVectors", "replaces v by v·mask + add", []string{"v", "mask", "add"}, func() {}, func(at []operand.Mem) {
		v, add := YMM(), YMM()
		VMOVUPS(at[0], v)
		VMOVUPS(at[2], add)
		VFMADD231PS(at[1], v, add)
		VMOVUPS(add, at[0])
	})
	rows("gateTanhVectors", "func(v, h *float32, vectors int)", "multiplies v by 1 − h²", []string{"v", "h"}, func(at []reg.Register) {
		h, factor := load(at[1]), YMM()
		VMOVUPS(number(1), factor)
		VFNMADD231PS(h, h, factor)
		VMULPS(operand.Mem{Base: at[0]}, factor, factor)
		VMOVUPS(factor, operand.Mem{Base: at[0]})
	})
	gateLeaky()
}

// gateLeaky multiplies by the slope where h is not above 0.
func gateLeaky() {
	TEXT("gateLeakyVectors", NOSPLIT, "func(slope float32, v, h *float32, vectors int)")
	Doc("gateLeakyVectors multiplies v by slope where not h > 0, for vectors of eight.")
	slope, zero := YMM(), YMM()
	VBROADCASTSS(param("slope"), slope)
	VXORPS(zero, zero, zero)
	v, h, n := Load(Param("v"), GP64()), Load(Param("h"), GP64()), Load(Param("vectors"), GP64())
	Label("next")
	x, scaled, below := load(v), YMM(), YMM()
	VMULPS(x, slope, scaled)
	VMOVUPS(operand.Mem{Base: h}, below)
	VCMPPS(operand.U8(notGreater), zero, below, below)
	VBLENDVPS(below, scaled, x, x)
	VMOVUPS(x, operand.Mem{Base: v})
	ADDQ(operand.U8(32), v)
	ADDQ(operand.U8(32), h)
	DECQ(n)
	JNZ(operand.LabelRef("next"))
	VZEROUPPER()
	RET()
}
