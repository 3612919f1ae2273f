package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Places in the settings of dropout, an array of uint32 in package cpu.
const (
	dropKey       = 0 // two words
	dropCounter   = 2 // four words
	dropThreshold = 6
	dropScale     = 7 // a float32
)

// Multipliers and increments of the key of Philox 4x32-10, as package philox has them.
const (
	philoxMultiplier0 = 0xD2511F53
	philoxMultiplier1 = 0xCD9E8D57
	philoxWeyl0       = 0x9E3779B9
	philoxWeyl1       = 0xBB67AE85
	philoxRounds      = 10
)

// dropout writes Philox 4x32-10 on eight counters at a time, and what 64 elements become by their 16 bits each.
func dropout() {
	increments := GLOBL("firstEight", RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, operand.U32(i))
	}
	for _, bits := range []uint32{philoxMultiplier0, philoxMultiplier1, philoxWeyl0, philoxWeyl1, 8} {
		vectorOf(bits)
	}
	TEXT("dropoutVectors", NOSPLIT, "func(y, x *float32, groups int, settings *uint32)")
	Doc("dropoutVectors writes groups of 64 elements of x, scaled or 0, to y.")
	words := AllocLocal(4 * 32)
	y, x, n := Load(Param("y"), GP64()), Load(Param("x"), GP64()), Load(Param("groups"), GP64())
	settings := Load(Param("settings"), GP64())
	at := func(i int) operand.Mem { return operand.Mem{Base: settings, Disp: 4 * i} }
	first := YMM()
	VPBROADCASTD(at(dropCounter), first)
	VPADDD(increments, first, first)
	Label("next")
	var c [4]reg.VecVirtual
	for i := range c {
		c[i] = YMM()
		if i == 0 {
			VMOVDQA(first, c[0])
		} else {
			VPBROADCASTD(at(dropCounter+i), c[i])
		}
	}
	rounds, key0, key1 := GP64(), YMM(), YMM()
	VPBROADCASTD(at(dropKey), key0)
	VPBROADCASTD(at(dropKey+1), key1)
	MOVQ(operand.U32(philoxRounds), rounds)
	Label("round")
	high0, low0 := product32(c[0], philoxMultiplier0)
	high1, low1 := product32(c[2], philoxMultiplier1)
	VPXOR(high1, c[1], c[0])
	VPXOR(key0, c[0], c[0])
	VPXOR(high0, c[3], c[2])
	VPXOR(key1, c[2], c[2])
	VMOVDQA(low1, c[1])
	VMOVDQA(low0, c[3])
	VPADDD(vectorOf(philoxWeyl0), key0, key0)
	VPADDD(vectorOf(philoxWeyl1), key1, key1)
	DECQ(rounds)
	JNZ(operand.LabelRef("round"))
	for i, v := range transpose4(c) { // blocks i and i + 4
		VMOVDQU(v.AsX(), words.Offset(16*i))
		VEXTRACTI128(operand.U8(1), v, words.Offset(16*(i+4)))
	}
	threshold, scale := YMM(), YMM()
	VPBROADCASTD(at(dropThreshold), threshold)
	VPBROADCASTD(at(dropScale), scale)
	for i := range 8 {
		bits, v := YMM(), YMM()
		VPMOVZXWD(words.Offset(16*i), bits)
		VPCMPGTD(bits, threshold, bits) // all ones where the threshold is greater
		VMULPS(operand.Mem{Base: x, Disp: 32 * i}, scale, v)
		VANDPS(bits, v, v)
		VMOVUPS(v, operand.Mem{Base: y, Disp: 32 * i})
	}
	VPADDD(vectorOf(8), first, first)
	ADDQ(operand.U32(256), x)
	ADDQ(operand.U32(256), y)
	DECQ(n)
	JNZ(operand.LabelRef("next"))
	VZEROUPPER()
	RET()
}

// product32 returns the high and low words of the products of eight words and a constant: even lanes and odd ones apart.
func product32(x reg.VecVirtual, multiplier uint32) (high, low reg.VecVirtual) {
	m, even, odd := YMM(), YMM(), YMM()
	high, low = YMM(), YMM()
	VMOVDQU(vectorOf(multiplier), m)
	VPSRLQ(operand.U8(32), x, odd)
	VPMULUDQ(m, x, even)
	VPMULUDQ(m, odd, odd)
	VPSRLQ(operand.U8(32), even, high)
	VPBLENDD(operand.U8(0xaa), odd, high, high)
	VPSLLQ(operand.U8(32), odd, odd)
	VPBLENDD(operand.U8(0xaa), odd, even, low)
	return high, low
}
