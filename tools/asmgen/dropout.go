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

// dropout writes Philox 4x32-10 on eight counters at a time, and what 64 elements become by their 16 bits each. A vector has a word of each
// of four blocks in the low halves of its lanes, as products of 32 bits read them and leave them: what is in the high halves is ignored.
func dropout() {
	increments := [2]operand.Mem{GLOBL("firstFour", RODATA|NOPTR)}
	for i := range 4 {
		DATA(8*i, operand.U64(i))
	}
	increments[1] = GLOBL("secondFour", RODATA|NOPTR)
	for i := range 4 {
		DATA(8*i, operand.U64(4+i))
	}
	for _, bits := range []uint32{philoxMultiplier0, philoxMultiplier1, philoxWeyl0, philoxWeyl1, 8} {
		vectorOf(bits)
	}
	TEXT("dropoutVectors", NOSPLIT, "func(y, x *float32, groups int, settings *uint32)")
	Doc("dropoutVectors writes groups of 64 elements of x, scaled or 0, to y.")
	y, x, n := Load(Param("y"), GP64()), Load(Param("x"), GP64()), Load(Param("groups"), GP64())
	settings := Load(Param("settings"), GP64())
	at := func(i int) operand.Mem { return operand.Mem{Base: settings, Disp: 4 * i} }
	first := YMM()
	VPBROADCASTD(at(dropCounter), first)
	Label("next")
	key0, key1 := YMM(), YMM()
	VPBROADCASTD(at(dropKey), key0)
	VPBROADCASTD(at(dropKey+1), key1)
	var halves [2][4]reg.VecVirtual
	for i := range halves {
		for j := range halves[i] {
			halves[i][j] = YMM()
			if j == 0 {
				VPADDD(increments[i], first, halves[i][0])
			} else {
				VPBROADCASTD(at(dropCounter+j), halves[i][j])
			}
		}
	}
	for round := range philoxRounds {
		if round > 0 {
			VPADDD(vectorOf(philoxWeyl0), key0, key0)
			VPADDD(vectorOf(philoxWeyl1), key1, key1)
		}
		for i, c := range halves {
			high0, low0 := product32(c[0], philoxMultiplier0)
			high1, low1 := product32(c[2], philoxMultiplier1)
			VPXOR(c[1], high1, high1)
			VPXOR(key0, high1, high1)
			VPXOR(c[3], high0, high0)
			VPXOR(key1, high0, high0)
			halves[i] = [4]reg.VecVirtual{high1, low1, high0, low0}
		}
	}
	threshold, scale := YMM(), YMM()
	VPBROADCASTD(at(dropThreshold), threshold)
	VPBROADCASTD(at(dropScale), scale)
	for i, c := range halves {
		front, back := wordsOf(c[0], c[1]), wordsOf(c[2], c[3])
		even, odd := YMM(), YMM() // blocks 0 and 2, and 1 and 3, of the four
		VPUNPCKLQDQ(back, front, even)
		VPUNPCKHQDQ(back, front, odd)
		for j := range 4 {
			block := even
			if j%2 == 1 {
				block = odd
			}
			if j >= 2 {
				VEXTRACTI128(operand.U8(1), block, block.AsX())
			}
			bits, v, place := YMM(), YMM(), 32*(4*i+j)
			VPMOVZXWD(block.AsX(), bits)
			VPCMPGTD(bits, threshold, bits) // all ones where the threshold is greater
			VMULPS(operand.Mem{Base: x, Disp: place}, scale, v)
			VANDPS(bits, v, v)
			VMOVUPS(v, operand.Mem{Base: y, Disp: place})
		}
	}
	VPADDD(vectorOf(8), first, first)
	ADDQ(operand.U32(256), x)
	ADDQ(operand.U32(256), y)
	DECQ(n)
	JNZ(operand.LabelRef("next"))
	VZEROUPPER()
	RET()
}

// product32 returns the high and low words, in the low halves of the lanes, of the products of the words there and a constant.
func product32(x reg.VecVirtual, multiplier uint32) (high, low reg.VecVirtual) {
	high, low = YMM(), YMM()
	VPMULUDQ(vectorOf(multiplier), x, low)
	VPSHUFD(operand.U8(0xf5), low, high)
	return high, low
}

// wordsOf puts the low halves of the lanes of one vector before those of another.
func wordsOf(front, back reg.VecVirtual) reg.VecVirtual {
	VPSHUFD(operand.U8(0xa0), back, back)
	VPBLENDD(operand.U8(0xaa), back, front, front)
	return front
}
