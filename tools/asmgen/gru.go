package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gru writes the passes of a GRU over a row of units, for AVX2 with FMA.
func gru() {
	declareGates()
	gruForward()
	gruBackward()
}

// The gates, in their order in memory, and the product that the reset gate is applied to.
const (
	gruReset = iota
	gruUpdate
	gruCandidate
	gruProduct
)

// gruForward makes gates and states of vectors of eight units.
func gruForward() {
	TEXT("gruForwardVectors", NOSPLIT, "func(row *byte, vectors int)")
	Doc("gruForwardVectors makes gates and states of vectors of eight units; gruForwardRow says where they lie.")
	a := gateAddresses(9)
	sum, add, bias, g, before, h, state := a[0], a[1], a[2], a[3], a[4], a[5], a[6]
	pitch, pitch3 := gateStride(a[7])
	apart, apart3 := gateStride(a[8])
	n := Load(Param("vectors"), GP64())
	Label("forward")
	outer := func(i int) reg.VecVirtual {
		x := YMM()
		VMOVUPS(rowAt(sum, pitch, pitch3, i, 0), x)
		VADDPS(rowAt(add, apart, apart3, i, 0), x, x)
		return x
	}
	reset, update, candidate := outer(gruReset), outer(gruUpdate), outer(gruCandidate)
	product := YMM()
	VMOVUPS(rowAt(sum, pitch, pitch3, gruProduct, 0), product)
	VADDPS(operand.Mem{Base: bias}, product, product)
	VMOVUPS(product, rowAt(g, apart, apart3, gruProduct, 0))
	logistic(reset)
	VMOVUPS(reset, rowAt(g, apart, apart3, gruReset, 0))
	VFMADD231PS(product, reset, candidate)
	hyperbolic(candidate)
	VMOVUPS(candidate, rowAt(g, apart, apart3, gruCandidate, 0))
	logistic(update)
	VMOVUPS(update, rowAt(g, apart, apart3, gruUpdate, 0))
	old := YMM()
	VMOVUPS(operand.Mem{Base: before}, old)
	VSUBPS(candidate, old, old)
	VFMADD231PS(old, update, candidate) // n + z·(h − n)
	VMOVUPS(candidate, operand.Mem{Base: h})
	VMOVUPS(candidate, operand.Mem{Base: state})
	advanceVector(sum, add, bias, g, before, h, state)
	DECQ(n)
	JNZ(operand.LabelRef("forward"))
	VZEROUPPER()
	RET()
}

// gruBackward makes the gradients of vectors of eight units.
func gruBackward() {
	TEXT("gruBackwardVectors", NOSPLIT, "func(row *byte, vectors int)")
	Doc("gruBackwardVectors makes the gradients before the gates of vectors of eight units; gruBackwardRow says where they lie.")
	a := gateAddresses(8)
	sum, outer, g, dz, state, before, carried := a[0], a[1], a[2], a[3], a[4], a[5], a[6]
	apart, apart3 := gateStride(a[7])
	n := Load(Param("vectors"), GP64())
	Label("backward")
	one := YMM()
	VMOVUPS(number(1), one)
	gate := func(i int) reg.VecVirtual {
		x := YMM()
		VMOVUPS(rowAt(g, apart, apart3, i, 0), x)
		return x
	}
	reset, update, candidate, product := gate(gruReset), gate(gruUpdate), gate(gruCandidate), gate(gruProduct)
	// store writes δ, and to the state where the product goes on from.
	store := func(i, to int, v reg.VecVirtual) {
		VMOVUPS(v, rowAt(dz, apart, apart3, i, 0))
		if to >= 0 {
			VMOVUPS(v, rowAt(state, apart, apart3, to, 0))
		}
	}
	dh, old, grad, slope := YMM(), YMM(), YMM(), YMM()
	VMOVUPS(operand.Mem{Base: sum}, dh)
	VADDPS(operand.Mem{Base: outer}, dh, dh)
	VADDPS(operand.Mem{Base: carried}, dh, dh)
	VMOVUPS(operand.Mem{Base: before}, old)
	VSUBPS(candidate, old, old)
	VMULPS(dh, old, old)
	VMULPS(update, dh, grad)
	VMOVUPS(grad, operand.Mem{Base: carried})
	VSUBPS(grad, dh, dh) // dh·(1 − z)
	VFNMADD213PS(update, update, update)
	VMULPS(update, old, old)
	store(gruUpdate, gruUpdate, old)
	VMOVAPS(one, slope)
	VFNMADD231PS(candidate, candidate, slope) // 1 − n²
	VMULPS(slope, dh, dh)
	store(gruCandidate, -1, dh)
	VMULPS(reset, dh, grad)
	store(gruProduct, gruCandidate, grad)
	VMULPS(product, dh, dh)
	VFNMADD213PS(reset, reset, reset)
	VMULPS(reset, dh, dh)
	store(gruReset, gruReset, dh)
	advanceVector(sum, outer, g, dz, state, before, carried)
	DECQ(n)
	JNZ(operand.LabelRef("backward"))
	VZEROUPPER()
	RET()
}
