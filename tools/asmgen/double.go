package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// squares sums squares in double precision, in four vectors of four.
func squares() {
	TEXT("squares16", NOSPLIT, "func(x *float32, groups int) float64")
	Doc("squares16 returns the sum of the squares of 16·groups elements.")
	x, groups := Load(Param("x"), GP64()), Load(Param("groups"), GP64())
	var sums [4]reg.VecVirtual
	for i := range sums {
		sums[i] = YMM()
		VXORPD(sums[i], sums[i], sums[i])
	}
	Label("group")
	for i := range sums {
		v := YMM()
		VCVTPS2PD(operand.Mem{Base: x, Disp: 16 * i}, v)
		VFMADD231PD(v, v, sums[i])
	}
	ADDQ(operand.U8(64), x)
	DECQ(groups)
	JNZ(operand.LabelRef("group"))
	VADDPD(sums[1], sums[0], sums[0])
	VADDPD(sums[3], sums[2], sums[2])
	VADDPD(sums[2], sums[0], sums[0])
	high, low := XMM(), sums[0].AsX()
	VEXTRACTF128(operand.U8(1), sums[0], high)
	VADDPD(high, low, low)
	VHADDPD(low, low, low)
	Store(low, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// addProducts adds products of single-precision numbers to double-precision sums.
func addProducts() {
	TEXT("addProducts4", NOSPLIT, "func(sums *float64, x, y *float32, vectors int)")
	Doc("addProducts4 adds x[i]·y[i] to sums[i] for 4·vectors elements.")
	sums, x, y, n := Load(Param("sums"), GP64()), Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("vectors"), GP64())
	Label("products")
	a, b, s := YMM(), YMM(), YMM()
	VCVTPS2PD(operand.Mem{Base: x}, a)
	VCVTPS2PD(operand.Mem{Base: y}, b)
	VMOVUPD(operand.Mem{Base: sums}, s)
	VFMADD231PD(a, b, s)
	VMOVUPD(s, operand.Mem{Base: sums})
	ADDQ(operand.U8(16), x)
	ADDQ(operand.U8(16), y)
	ADDQ(operand.U8(32), sums)
	DECQ(n)
	JNZ(operand.LabelRef("products"))
	VZEROUPPER()
	RET()
}

// combineRows makes a linear combination of rows of double-precision numbers.
func combineRows() {
	TEXT("combineRows16", NOSPLIT, "func(sums *float64, factor float64, f *float32, rows *float64, pitch, count int)")
	Doc("combineRows16 sets sums[j] to factor·Σ_k f[k]·rows[k][j], 16 columns of count rows that lie pitch bytes apart.")
	to, f, rows := Load(Param("sums"), GP64()), Load(Param("f"), GP64()), Load(Param("rows"), GP64())
	pitch, count := Load(Param("pitch"), GP64()), Load(Param("count"), GP64())
	var sums [4]reg.VecVirtual
	for i := range sums {
		sums[i] = YMM()
		VXORPD(sums[i], sums[i], sums[i])
	}
	Label("combine")
	single, double := XMM(), YMM()
	VBROADCASTSS(operand.Mem{Base: f}, single)
	VCVTPS2PD(single, double)
	for i := range sums {
		VFMADD231PD(operand.Mem{Base: rows, Disp: 32 * i}, double, sums[i])
	}
	ADDQ(operand.U8(4), f)
	ADDQ(pitch, rows)
	DECQ(count)
	JNZ(operand.LabelRef("combine"))
	factor := YMM()
	VBROADCASTSD(param("factor"), factor)
	for i := range sums {
		VMULPD(factor, sums[i], sums[i])
		VMOVUPD(sums[i], operand.Mem{Base: to, Disp: 32 * i})
	}
	VZEROUPPER()
	RET()
}
