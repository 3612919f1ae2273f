package main

import (
	"fmt"
	"math"
	"strings"
)

// rowOffset is the register that tells how far a function has come in all of its arrays.
const rowOffset = 21

func (t *text) load(r int) int {
	v := t.fresh()
	t.at(v, r, rowOffset)
	return v
}

func (t *text) store(v, r int) { t.to(v, r, rowOffset) }

// over writes a function over vectors of four elements of as many arrays as there are names. before runs once, f for every vector, with the
// registers that hold the arrays' addresses.
func (t *text) over(name, what string, names []string, before func(), f func(at []int), more ...string) {
	signature := fmt.Sprintf("(%s *float32, vectors int%s)", strings.Join(names, ", "), strings.Join(append([]string{""}, more...), ", "))
	count := len(names)
	t.begin(name, signature, what, 8*(count+1+len(more)))
	list := append(append([]string{}, names...), "vectors")
	for _, m := range more {
		list = append(list, strings.Fields(m)[0])
	}
	t.arguments(list...)
	t.rowLoop(count, before, func() {
		at := make([]int, count)
		for i := range at {
			at[i] = i
		}
		f(at)
	})
	t.op("RET")
}

// blocks writes a function over rows of vectors of four elements of as many arrays as there are names, each with the bytes between its rows,
// which may be 0. before runs once, f for every vector, with the registers that hold the addresses of the rows.
func (t *text) blocks(name, what string, names []string, before func(), f func(at []int)) {
	count, list := len(names), []string{}
	var arguments []string
	for _, n := range names {
		arguments, list = append(arguments, fmt.Sprintf("%s *float32, %sRow int", n, n)), append(list, n, n+"Row")
	}
	list = append(list, "vectors", "rows")
	t.begin(name, "("+strings.Join(arguments, ", ")+", vectors, rows int)", what, 8*len(list))
	t.arguments(list...)
	at, vectors, rows := make([]int, count), 2*count, 2*count+1
	for i := range at {
		at[i] = 2 * i
	}
	t.op("LSL $4, R%d, R%d", vectors, vectors) // bytes
	t.op("MOVD $fours<>(SB), R%d", table)
	if before != nil {
		before()
	}
	t.label("row")
	t.op("MOVD $0, R%d", rowOffset)
	t.label("next")
	t.within(func() { f(at) })
	t.op("ADD $16, R%d, R%d", rowOffset, rowOffset)
	t.op("CMP R%d, R%d", vectors, rowOffset)
	t.op("BNE next")
	for _, r := range at {
		t.op("ADD R%d, R%d, R%d", r+1, r, r)
	}
	t.op("SUBS $1, R%d, R%d", rows, rows)
	t.op("BNE row")
	t.op("RET")
}

// rowLoop runs f for as many vectors as the register count holds.
func (t *text) rowLoop(count int, before, f func()) {
	t.op("MOVD $fours<>(SB), R%d", table)
	t.op("MOVD $0, R%d", rowOffset)
	if before != nil {
		before()
	}
	t.label("next")
	t.within(f)
	t.op("ADD $16, R%d, R%d", rowOffset, rowOffset)
	t.next(count)
}

// broadcasts loads count numbers from the address in a register on, each to all lanes of a vector.
func (t *text) broadcasts(r, count int) []int {
	v := make([]int, count)
	for i := range v {
		v[i] = t.fresh()
		t.repeat(v[i], r, 31)
	}
	return v
}

// optimizers writes steps of Adam and RMSprop, as on amd64.
func (t *text) optimizers() {
	var c []int
	t.over("adamVectors", "It makes a step of Adam for vectors of four parameters.", []string{"p", "m", "v", "grad"},
		func() { c = t.broadcasts(5, adamMinusRate+1) }, func(at []int) {
			g, first, second := t.load(at[3]), t.load(at[1]), t.load(at[2])
			t.fmul(g, g, c[adamClip])
			t.fmul(first, first, c[adamBeta1])
			t.fmul(second, second, c[adamBeta2])
			t.fmla(first, g, c[adamRest1])
			t.fmul(g, g, g)
			t.fmla(second, g, c[adamRest2])
			t.store(first, at[1])
			t.store(second, at[2])
			t.fdiv(first, first, c[adamCorrect1])
			t.fdiv(second, second, c[adamCorrect2])
			t.fsqrt(second, second)
			t.fadd(second, second, c[adamEps])
			t.fdiv(first, first, second)
			t.step(first, at[0], c[adamDecay], c[adamMinusRate])
		}, "constants *float32")
	t.over("rmspropVectors", "It makes a step of RMSprop for vectors of four parameters.", []string{"p", "v", "grad"},
		func() { c = t.broadcasts(4, rmspropMinusRate+1) }, func(at []int) {
			g, second, square := t.load(at[2]), t.load(at[1]), t.fresh()
			t.fmul(g, g, c[rmspropClip])
			t.fmul(second, second, c[rmspropAlpha])
			t.fmul(square, g, g)
			t.fmla(second, square, c[rmspropRest])
			t.store(second, at[1])
			t.fsqrt(second, second)
			t.fadd(second, second, c[rmspropEps])
			t.fdiv(g, g, second)
			t.step(g, at[0], c[rmspropDecay], c[rmspropMinusRate])
		}, "constants *float32")
}

// step adds minusRate·(direction + decay·p) to the parameters.
func (t *text) step(direction, p, decay, minusRate int) {
	old := t.load(p)
	t.fmla(direction, decay, old)
	t.fmla(old, minusRate, direction)
	t.store(old, p)
}

// activations writes the activations with a parameter for each unit, and what back-propagation does to rows.
func (t *text) activations() {
	t.blocks("maskVectors", "It writes v·mask to to, which may be v.", []string{"to", "v", "mask"}, nil, func(at []int) {
		v := t.load(at[1])
		t.fmul(v, v, t.load(at[2]))
		t.store(v, at[0])
	})
	t.blocks("maskAddVectors", "It replaces v by v·mask + add.", []string{"v", "mask", "add"}, nil, func(at []int) {
		sum := t.load(at[2])
		t.fmla(sum, t.load(at[0]), t.load(at[1]))
		t.store(sum, at[0])
	})
	t.over("gateTanhVectors", "It multiplies v by 1 − h².", []string{"v", "h"}, func() { t.keepReals(1) }, func(at []int) {
		h, factor := t.load(at[1]), t.fresh()
		t.move(factor, t.real(1))
		t.fmls(factor, h, h)
		t.fmul(factor, factor, t.load(at[0]))
		t.store(factor, at[0])
	})
	t.gateLeaky()
	t.blocks("modReLUVectors", "It replaces x by sign(x)·max(|x| + unit, 0), 0 at 0.", []string{"x", "unit"}, func() { t.keep(signBit, 0) }, func(at []int) {
		x, size, isZero := t.load(at[0]), t.fresh(), t.fresh()
		t.fabs(size, x)
		t.isZero(isZero, x)
		t.fadd(size, size, t.load(at[1]))
		t.fmax(size, size, t.bitsOf(0))
		t.bit(size, x, t.bitsOf(signBit))
		t.bic(size, size, isZero)
		t.store(size, at[0])
	})
	t.blocks("gateModReLUVectors", "It replaces v by 0 where h is 0, and adds v with the sign of h to sums.", []string{"v", "h", "sums"},
		func() { t.keep(signBit) }, func(at []int) {
			v, h, isZero := t.load(at[0]), t.load(at[1]), t.fresh()
			t.isZero(isZero, h)
			t.bic(v, v, isZero)
			t.store(v, at[0])
			t.and(h, h, t.bitsOf(signBit))
			t.xor(v, v, h)
			t.fadd(v, v, t.load(at[2]))
			t.store(v, at[2])
		})
	t.over("scaledTanhVectors", "It replaces x by tanh(unit·x)/unit.", []string{"x", "unit"}, func() {
		t.keepReals(minScale)
		t.keepGates()
	}, func(at []int) {
		x, a := t.load(at[0]), t.scaleOf(at[1])
		t.fmul(x, x, a)
		e := t.doubledExponential(x)
		t.fmul(x, x, a)
		t.fdiv(x, e, x)
		t.store(x, at[0])
	})
	t.gateScaledTanh()
}

// scaleOf loads the scales of the units, which count as minScale at least.
func (t *text) scaleOf(r int) int {
	a := t.load(r)
	t.fmax(a, a, t.real(minScale))
	return a
}

// gateLeaky multiplies by the slope where h is not above 0.
func (t *text) gateLeaky() {
	t.begin("gateLeakyVectors", "(slope float32, v, h *float32, vectors int)", "It multiplies v by slope where not h > 0.", 32)
	t.op("MOVD $slope+0(FP), R3")
	for i, arg := range []string{"v", "h", "vectors"} {
		t.op("MOVD %s+%d(FP), R%d", arg, 8+8*i, i)
	}
	slope := t.fresh()
	t.repeatHere(slope, 3)
	t.rowLoop(2, nil, func() {
		v, h, scaled := t.load(0), t.load(1), t.fresh()
		t.fmul(scaled, v, slope)
		t.isAbove(h, h)
		t.bif(v, scaled, h)
		t.store(v, 0)
	})
	t.op("RET")
}

// artanhTail is the series of (artanh s − s)/s³ in s².
var artanhTail = []uint32{math.Float32bits(1.0 / 3), math.Float32bits(1.0 / 5), math.Float32bits(1.0 / 7), math.Float32bits(1.0 / 9)}

// gateScaledTanh is the way back through tanh(a·z)/a, as on amd64.
func (t *text) gateScaledTanh() {
	t.over("gateScaledTanhVectors", "It replaces v by v·(1 − u²) with u = unit·h, and adds v·((1 − u²)·artanh u − u), v as it was, to sums.",
		[]string{"v", "h", "unit", "sums"}, func() {
			t.keepReals(1, minScale, nearOne, math.Ln2/2)
			t.keep(signBit, 1<<22, 127)
		}, func(at []int) {
			v, u, sign, derivative := t.load(at[0]), t.scaleOf(at[2]), t.fresh(), t.fresh()
			t.fmul(u, u, t.load(at[1]))
			t.move(derivative, t.real(1))
			t.fmls(derivative, u, u)
			t.fmul(derivative, derivative, v)
			t.store(derivative, at[0])
			t.and(sign, u, t.bitsOf(signBit))
			t.fabs(u, u)
			t.fmin(u, u, t.real(nearOne))
			rest := t.artanhRest(u)
			t.xor(v, v, sign)
			sums := t.load(at[3])
			t.fmla(sums, v, rest)
			t.store(sums, at[3])
		})
}

// artanhRest returns (1 − u²)·artanh u − u for u in [0, 1), by the formulas that are explained where they are written for amd64.
func (t *text) artanhRest(u int) int {
	one := t.real(1)
	above, below, k, power := t.fresh(), t.fresh(), t.fresh(), t.fresh()
	t.fadd(above, one, u)
	t.fsub(below, one, u)
	t.sub(k, above, below)
	t.add(k, k, t.bitsOf(1<<22))
	t.right(k, k, 23)
	t.add(power, k, t.bitsOf(127))
	t.left(power, power, 23)
	s, bottom, plus := t.fresh(), t.fresh(), t.fresh()
	t.fadd(plus, one, power)
	t.fsub(s, one, power)
	t.fmla(s, u, plus)
	t.move(bottom, above)
	t.fmla(bottom, below, power)
	t.fdiv(s, s, bottom)
	t.free(bottom, plus, power)
	square := t.fresh()
	t.fmul(square, s, s)
	series := t.polynomial(square, artanhTail)
	t.fmul(series, series, square)
	near, negative := t.fresh(), t.fresh()
	t.move(near, one)
	t.fmls(near, one, square)
	t.fneg(negative, square)
	t.fmla(negative, series, near) // (1 − s²)·series − s²
	t.fmul(near, negative, u)
	logarithm := t.fresh()
	t.move(logarithm, s)
	t.fmla(logarithm, series, s) // s + s·series
	t.toReals(negative, k)
	t.fmla(logarithm, negative, t.real(math.Ln2/2))
	t.fmul(below, below, above)
	t.fneg(series, u)
	t.fmla(series, logarithm, below)
	t.two(0x4ea09800, "CMEQ zero", k, k)
	t.bit(series, near, k)
	return series
}

// softmax writes the largest elements of a row and the exponentials of it, as on amd64.
func (t *text) softmax() {
	t.begin("largestVectors", "(x, most *float32, groups int)", "It raises the four numbers of most to the largest elements of groups of 16, lane by lane; NaN is passed over.", 24)
	t.arguments("x", "most", "groups")
	t.op("MOVD R1, R3")
	t.several(true, 1, 0, 3, 31)
	for v := 1; v < 4; v++ {
		t.move(v, 0)
	}
	larger := func(d, m int) { t.three(0x4e20c400, "FMAXNM", d, d, m) }
	t.label("next")
	t.several(true, 4, 4, 0, 31)
	for v := range 4 {
		larger(v, 4+v)
	}
	t.next(2)
	larger(0, 1)
	larger(2, 3)
	larger(0, 2)
	t.several(false, 1, 0, 1, 31)
	t.op("RET")

	t.begin("shiftedExpVectors", "(y, x *float32, shift float32, vectors int, sums *float32)",
		"It writes e to the power of x − shift to y, for vectors of four, and their sums, lane by lane, to sums.", 40)
	t.op("MOVD y+0(FP), R0")
	t.op("MOVD x+8(FP), R1")
	t.op("MOVD $shift+16(FP), R2")
	t.op("MOVD vectors+24(FP), R3")
	t.op("MOVD sums+32(FP), R4")
	shift, sum := t.fresh(), t.fresh()
	t.repeatHere(shift, 2)
	t.zero(sum)
	t.rowLoop(3, func() {
		t.keepReals(-104, 89, math.Log2E, ln2High, ln2Low, 1)
		t.keep(127)
	}, func() {
		x := t.load(1)
		t.fsub(x, x, shift)
		t.exponential(x)
		t.store(x, 0)
		t.fadd(sum, sum, x)
	})
	t.several(false, 1, sum, 4, 31)
	t.op("RET")
}

// dropout writes Philox 4x32-10 on four counters at a time, and what 32 elements become by their 16 bits each.
func (t *text) dropout() {
	t.begin("dropoutVectors", "(y, x *float32, groups int, settings *uint32)", "It writes groups of 32 elements of x, scaled or 0, to y.", 32)
	t.arguments("y", "x", "groups", "settings")
	s := t.broadcasts(3, dropScale+1)
	first, threshold, scale := s[dropCounter], s[dropThreshold], s[dropScale]
	t.op("MOVD $firstFour<>(SB), R4")
	four := t.fresh()
	t.several(true, 1, four, 4, 31)
	t.add(first, first, four)
	t.op("MOVD $fours<>(SB), R%d", table)
	t.constant(four, 4)
	t.keep(philoxMultiplier0, philoxMultiplier1, philoxWeyl0, philoxWeyl1)
	c := [4]int{24, 25, 26, 27} // the block's words, and four registers behind them for its transpose
	for r := c[0]; r < c[0]+8; r++ {
		t.taken |= 1 << r
	}
	t.label("next")
	t.move(c[0], first)
	for i := 1; i < 4; i++ {
		t.move(c[i], s[dropCounter+i])
	}
	key0, key1 := t.fresh(), t.fresh()
	t.move(key0, s[dropKey])
	t.move(key1, s[dropKey+1])
	t.op("MOVD $%d, R5", philoxRounds)
	t.label("round")
	t.within(func() {
		high0, low0 := t.product32(c[0], philoxMultiplier0)
		high1, low1 := t.product32(c[2], philoxMultiplier1)
		t.xor(c[0], high1, c[1])
		t.xor(c[0], c[0], key0)
		t.xor(c[2], high0, c[3])
		t.xor(c[2], c[2], key1)
		t.move(c[1], low1)
		t.move(c[3], low0)
	})
	t.add(key0, key0, t.bitsOf(philoxWeyl0))
	t.add(key1, key1, t.bitsOf(philoxWeyl1))
	t.op("SUBS $1, R5, R5")
	t.op("BNE round")
	t.transpose4(c[0])
	for i := range 8 {
		t.within(func() {
			bits, v := t.fresh(), t.fresh()
			upper, name := 0, "UXTL V%d.4S, V%d.4H"
			if i%2 == 1 {
				upper, name = 1<<30, "UXTL2 V%d.4S, V%d.8H"
			}
			t.word(0x2f10a400|upper|c[i/2]<<5|bits, name, bits, c[i/2])
			t.three(0x6ea03400, "CMHI", bits, threshold, bits)
			t.several(true, 1, v, 1, 31)
			t.fmul(v, v, scale)
			t.and(v, v, bits)
			t.several(false, 1, v, 0, 31)
		})
	}
	t.add(first, first, four)
	t.next(2)
	t.op("RET")
}

// product32 returns the high and low words of the products of four words and a constant.
func (t *text) product32(x int, multiplier uint32) (high, low int) {
	high, low = t.fresh(), t.fresh()
	m := t.bitsOf(multiplier)
	t.word(0x2ea0c000|m<<16|x<<5|low, "UMULL V%d.2D, V%d.2S, V%d.2S", low, x, m)
	t.within(func() {
		upper := t.fresh()
		t.word(0x6ea0c000|m<<16|x<<5|upper, "UMULL2 V%d.2D, V%d.4S, V%d.4S", upper, x, m)
		t.three(0x4e805800, "UZP2", high, low, upper)
		t.three(0x4e801800, "UZP1", low, low, upper)
	})
	return high, low
}
