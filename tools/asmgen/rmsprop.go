package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Places in the constants of RMSprop, an array of float32 in package cpu.
const (
	rmspropClip      = iota // factor of the gradient
	rmspropAlpha            // α
	rmspropRest             // 1 − α
	rmspropEps              // ε
	rmspropDecay            // decay
	rmspropMinusRate        // −lr·scale
)

// rmsprop writes one step of RMSprop over vectors of eight parameters.
func rmsprop() {
	TEXT("rmspropVectors", NOSPLIT, "func(p, v, grad *float32, vectors int, constants *float32)")
	Doc("rmspropVectors makes a step of RMSprop for vectors of eight parameters.")
	p, v, g := Load(Param("p"), GP64()), Load(Param("v"), GP64()), Load(Param("grad"), GP64())
	n, constants := Load(Param("vectors"), GP64()), Load(Param("constants"), GP64())
	var c [rmspropMinusRate + 1]reg.VecVirtual
	for i := range c {
		c[i] = YMM()
		VBROADCASTSS(operand.Mem{Base: constants, Disp: 4 * i}, c[i])
	}
	Label("parameters")
	grad, square, second, old := YMM(), YMM(), YMM(), YMM()
	VMULPS(operand.Mem{Base: g}, c[rmspropClip], grad)
	VMULPS(operand.Mem{Base: v}, c[rmspropAlpha], second)
	VMULPS(grad, grad, square)
	VFMADD231PS(square, c[rmspropRest], second)
	VMOVUPS(second, operand.Mem{Base: v})
	VSQRTPS(second, second)
	VADDPS(c[rmspropEps], second, second)
	VDIVPS(second, grad, grad)
	VMOVUPS(operand.Mem{Base: p}, old)
	VFMADD231PS(c[rmspropDecay], old, grad)
	VFMADD231PS(c[rmspropMinusRate], grad, old)
	VMOVUPS(old, operand.Mem{Base: p})
	for _, at := range []reg.Register{p, v, g} {
		ADDQ(operand.U8(32), at)
	}
	DECQ(n)
	JNZ(operand.LabelRef("parameters"))
	VZEROUPPER()
	RET()
}
