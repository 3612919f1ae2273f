package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lstm writes the passes of an LSTM over a row of units, for AVX2 with FMA.
func lstm() {
	declareGates()
	lstmForward()
	lstmBackward()
}

// The gates, in their order in memory.
const (
	gateInput = iota
	gateForget
	gateCandidate
	gateOutput
)

// lstmForward makes gates, cell states and states of vectors of eight units.
func lstmForward() {
	TEXT("lstmForwardVectors", NOSPLIT, "func(row *byte, vectors int)")
	Doc("lstmForwardVectors makes gates and states of vectors of eight units; lstmForwardRow says where they lie.")
	a := gateAddresses(9)
	sum, add, g, before, c, h, state := a[0], a[1], a[2], a[3], a[4], a[5], a[6]
	pitch, pitch3 := gateStride(a[7])
	apart, apart3 := gateStride(a[8])
	n := Load(Param("vectors"), GP64())
	Label("forward")
	gate := func(i int, f func(reg.VecVirtual)) reg.VecVirtual {
		x := YMM()
		VMOVUPS(rowAt(sum, pitch, pitch3, i, 0), x)
		VADDPS(rowAt(add, apart, apart3, i, 0), x, x)
		f(x)
		VMOVUPS(x, rowAt(g, apart, apart3, i, 0))
		return x
	}
	candidate := gate(gateCandidate, hyperbolic)
	in := gate(gateInput, logistic)
	VMULPS(candidate, in, in)
	cell := gate(gateForget, logistic)
	VFMADD132PS(operand.Mem{Base: before}, in, cell) // f·c + i·g
	VMOVUPS(cell, operand.Mem{Base: c})
	out := gate(gateOutput, logistic)
	hyperbolic(cell)
	VMULPS(cell, out, out)
	VMOVUPS(out, operand.Mem{Base: h})
	VMOVUPS(out, operand.Mem{Base: state})
	advanceVector(sum, add, g, before, c, h, state)
	DECQ(n)
	JNZ(operand.LabelRef("forward"))
	VZEROUPPER()
	RET()
}

// lstmBackward makes the gradients of vectors of eight units.
func lstmBackward() {
	TEXT("lstmBackwardVectors", NOSPLIT, "func(row *byte, vectors int)")
	Doc("lstmBackwardVectors makes the gradients before the gates of vectors of eight units; lstmBackwardRow says where they lie.")
	a := gateAddresses(9)
	sum, outer, g, dz, state, before, c, carried := a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]
	apart, apart3 := gateStride(a[8])
	n := Load(Param("vectors"), GP64())
	Label("backward")
	one := YMM()
	VMOVUPS(number(1), one)
	gate := func(i int) reg.VecVirtual {
		x := YMM()
		VMOVUPS(rowAt(g, apart, apart3, i, 0), x)
		return x
	}
	in, forget, candidate, out := gate(gateInput), gate(gateForget), gate(gateCandidate), gate(gateOutput)
	// store writes gradient·slope.
	store := func(i int, gradient, slope reg.VecVirtual) {
		VMULPS(slope, gradient, gradient)
		VMOVUPS(gradient, rowAt(dz, apart, apart3, i, 0))
		VMOVUPS(gradient, rowAt(state, apart, apart3, i, 0))
	}
	// bell replaces y = σ(x) by y·(1 − y).
	bell := func(y reg.VecVirtual) { VFNMADD213PS(y, y, y) }
	dh, cell := YMM(), YMM()
	VMOVUPS(operand.Mem{Base: sum}, dh)
	VADDPS(operand.Mem{Base: outer}, dh, dh)
	VMOVUPS(operand.Mem{Base: c}, cell)
	hyperbolic(cell)
	dc, slope := YMM(), YMM()
	VMOVAPS(one, slope)
	VFNMADD231PS(cell, cell, slope) // 1 − tanh²
	VMULPS(out, dh, dc)
	VMULPS(slope, dc, dc)
	VADDPS(operand.Mem{Base: carried}, dc, dc)
	VMULPS(cell, dh, dh)
	bell(out)
	store(gateOutput, dh, out)
	gradient := YMM()
	VMULPS(operand.Mem{Base: before}, dc, gradient)
	next := YMM()
	VMULPS(forget, dc, next)
	VMOVUPS(next, operand.Mem{Base: carried})
	bell(forget)
	store(gateForget, gradient, forget)
	VMULPS(in, dc, gradient)
	VMULPS(candidate, dc, dc)
	VMOVAPS(one, slope)
	VFNMADD231PS(candidate, candidate, slope) // 1 − g²
	store(gateCandidate, gradient, slope)
	bell(in)
	store(gateInput, dc, in)
	advanceVector(sum, outer, g, dz, state, before, c, carried)
	DECQ(n)
	JNZ(operand.LabelRef("backward"))
	VZEROUPPER()
	RET()
}
