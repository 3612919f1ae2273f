package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// accumulateVectors is how many vectors hide the latency of a multiply-add on every processor.
const accumulateVectors = 12

// accumulate writes chains of multiply-adds over vectors of so many bytes that stay in registers.
func accumulate(name string, bytes int, register func() reg.VecVirtual) {
	TEXT(name, NOSPLIT, "func(a, b float32, y *float32, blocks, rounds int)")
	Doc(fmt.Sprintf("%s adds a·b to every element of blocks of %d vectors, rounds times, by one multiply-add after the other; rounds are at least 1.", name, accumulateVectors))
	a, b := register(), register()
	VBROADCASTSS(param("a"), a)
	VBROADCASTSS(param("b"), b)
	y, blocks, rounds := Load(Param("y"), GP64()), Load(Param("blocks"), GP64()), Load(Param("rounds"), GP64())
	left := GP64()
	Label("block")
	var sums [accumulateVectors]reg.VecVirtual
	for i := range sums {
		sums[i] = register()
		VMOVUPS(operand.Mem{Base: y, Disp: bytes * i}, sums[i])
	}
	MOVQ(rounds, left)
	Label("round")
	for _, s := range sums {
		VFMADD231PS(b, a, s)
	}
	DECQ(left)
	JNZ(operand.LabelRef("round"))
	for i, s := range sums {
		VMOVUPS(s, operand.Mem{Base: y, Disp: bytes * i})
	}
	ADDQ(operand.U32(accumulateVectors*bytes), y)
	DECQ(blocks)
	JNZ(operand.LabelRef("block"))
	VZEROUPPER()
	RET()
}
