package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Places in the constants of Adam, an array of float32 in package cpu.
const (
	adamClip      = iota // factor of the gradient
	adamBeta1            // β₁
	adamRest1            // 1 − β₁
	adamBeta2            // β₂
	adamRest2            // 1 − β₂
	adamCorrect1         // c₁
	adamCorrect2         // c₂
	adamEps              // ε
	adamDecay            // decay
	adamMinusRate        // −lr·scale
)

// adam writes one step of Adam over vectors of eight parameters.
func adam() {
	TEXT("adamVectors", NOSPLIT, "func(p, m, v, grad *float32, vectors int, constants *float32)")
	Doc("adamVectors makes a step of Adam for vectors of eight parameters.")
	p, m, v, g := Load(Param("p"), GP64()), Load(Param("m"), GP64()), Load(Param("v"), GP64()), Load(Param("grad"), GP64())
	n, constants := Load(Param("vectors"), GP64()), Load(Param("constants"), GP64())
	var c [adamMinusRate + 1]reg.VecVirtual
	for i := range c {
		c[i] = YMM()
		VBROADCASTSS(operand.Mem{Base: constants, Disp: 4 * i}, c[i])
	}
	Label("parameters")
	grad, first, second, old := YMM(), YMM(), YMM(), YMM()
	VMULPS(operand.Mem{Base: g}, c[adamClip], grad)
	VMULPS(operand.Mem{Base: m}, c[adamBeta1], first)
	VMULPS(operand.Mem{Base: v}, c[adamBeta2], second)
	VFMADD231PS(grad, c[adamRest1], first)
	VMULPS(grad, grad, grad)
	VFMADD231PS(grad, c[adamRest2], second)
	VMOVUPS(first, operand.Mem{Base: m})
	VMOVUPS(second, operand.Mem{Base: v})
	VDIVPS(c[adamCorrect1], first, first)
	VDIVPS(c[adamCorrect2], second, second)
	VSQRTPS(second, second)
	VADDPS(c[adamEps], second, second)
	VDIVPS(second, first, first)
	VMOVUPS(operand.Mem{Base: p}, old)
	VFMADD231PS(c[adamDecay], old, first)
	VFMADD231PS(c[adamMinusRate], first, old)
	VMOVUPS(old, operand.Mem{Base: p})
	for _, at := range []reg.Register{p, m, v, g} {
		ADDQ(operand.U8(32), at)
	}
	DECQ(n)
	JNZ(operand.LabelRef("parameters"))
	VZEROUPPER()
	RET()
}
