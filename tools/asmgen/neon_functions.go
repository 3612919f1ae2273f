package main

import (
	"fmt"
	"math"
)

// table is the register that functions keep the address of the constants in.
const table = 20

// neonConstants are the vectors that functions read, by their place.
var neonConstants []uint32

// constant loads four times the number of the given bits to v.
func (t *text) constant(v int, bits uint32) {
	at := -1
	for i, b := range neonConstants {
		if b == bits {
			at = i
		}
	}
	if at < 0 {
		at = len(neonConstants)
		neonConstants = append(neonConstants, bits)
	}
	t.word(0x3dc00000|at<<10|table<<5|v, "LDR Q%d, [R%d, #%d]", v, table, 16*at)
}

// keep loads constants that a loop keeps in registers.
func (t *text) keep(bits ...uint32) {
	if t.kept == nil {
		t.kept = map[uint32]int{}
	}
	for _, b := range bits {
		if _, is := t.kept[b]; !is {
			t.kept[b] = t.fresh()
			t.constant(t.kept[b], b)
		}
	}
}

func (t *text) keepReals(numbers ...float32) {
	for _, x := range numbers {
		t.keep(math.Float32bits(x))
	}
}

// bitsOf returns a register with a constant that must not be written to, and real one with a number.
func (t *text) bitsOf(bits uint32) int {
	if v, is := t.kept[bits]; is {
		return v
	}
	v := t.fresh()
	t.constant(v, bits)
	return v
}

func (t *text) real(x float32) int { return t.bitsOf(math.Float32bits(x)) }

// data writes the constants.
func (t *text) data() {
	t.WriteString("\n")
	for i, bits := range neonConstants {
		for lane := range 4 {
			fmt.Fprintf(t, "DATA fours<>+%d(SB)/4, $0x%08x\n", 16*i+4*lane, bits)
		}
	}
	fmt.Fprintf(t, "GLOBL fours<>(SB), RODATA|NOPTR, $%d\n", 16*len(neonConstants))
	for lane := range 4 {
		fmt.Fprintf(t, "DATA firstFour<>+%d(SB)/4, $%d\n", 4*lane, lane)
	}
	t.WriteString("GLOBL firstFour<>(SB), RODATA|NOPTR, $16\n")
}

// elementwise writes tanh and exp of vectors of four, the same series as on amd64.
func (t *text) elementwise() {
	t.over("expVectors", "It replaces every element x of vectors of four by eˣ.", []string{"x"}, func() {
		t.keepReals(-104, 89, math.Log2E, ln2High, ln2Low, 1)
		t.keep(127)
	}, func(at []int) {
		x := t.load(at[0])
		t.exponential(x)
		t.store(x, at[0])
	})
	t.over("tanhVectors", "It replaces every element x of vectors of four by tanh x.", []string{"x"}, t.keepTanh, func(at []int) {
		x := t.load(at[0])
		t.tanh(x)
		t.store(x, at[0])
	})
}

// exponent splits x = n·ln 2 + r: it replaces x by r and returns n.
func (t *text) exponent(x int) int {
	n := t.fresh()
	t.fmul(n, x, t.real(math.Log2E))
	t.round(n, n)
	t.fmls(x, n, t.real(ln2High))
	t.fmls(x, n, t.real(ln2Low))
	return n
}

// tail returns expTail(r) and r².
func (t *text) tail(r int) (p, square int) {
	p, square = t.polynomial(r, expTail), t.fresh()
	t.fmul(square, r, r)
	return p, square
}

// powerOfReduced replaces r by eʳ.
func (t *text) powerOfReduced(r int) {
	p, square := t.tail(r)
	t.fadd(r, r, t.real(1))
	t.fmla(r, p, square)
}

// powerOfTwo replaces whole numbers, as integers, by the powers of two.
func (t *text) powerOfTwo(n int) {
	t.add(n, n, t.bitsOf(127))
	t.left(n, n, 23)
}

// exponential replaces x by eˣ; the power of two is applied in two steps, for results beyond the normal numbers.
func (t *text) exponential(x int) {
	t.within(func() {
		t.fmax(x, x, t.real(-104))
		t.fmin(x, x, t.real(89))
		n, half := t.exponent(x), t.fresh()
		t.powerOfReduced(x)
		t.toInts(n, n)
		t.right(half, n, 1)
		t.sub(n, n, half)
		for _, e := range []int{half, n} {
			t.powerOfTwo(e)
			t.fmul(x, x, e)
		}
	})
}

// polynomial returns the polynomial with the given coefficients, the constant first, at x.
func (t *text) polynomial(x int, coefficients []uint32) int {
	last := len(coefficients) - 1
	p, q := t.fresh(), t.fresh()
	t.constant(p, coefficients[last])
	for i := last - 1; i >= 0; i-- {
		t.constant(q, coefficients[i])
		t.fmla(q, p, x)
		p, q = q, p
	}
	t.free(q)
	return p
}

// keepTanh keeps what tanh reads and does not write to.
func (t *text) keepTanh() {
	t.keepReals(10, math.Log2E, ln2High, ln2Low, 1, -2, 0.625)
	t.keep(signBit, 127)
}

// tanh replaces x by tanh x: a polynomial near zero, 1 − 2/(e²ˣ+1) with the sign of x elsewhere.
func (t *text) tanh(x int) {
	t.within(func() {
		sign, size, near := t.fresh(), t.fresh(), t.fresh()
		t.and(sign, x, t.bitsOf(signBit))
		t.fabs(size, x)
		t.move(near, x)
		t.within(func() {
			square := t.fresh()
			t.fmul(square, x, x)
			p := t.polynomial(square, tanhTail)
			t.fmul(square, x, square)
			t.fmla(near, p, square)
		})
		t.fmin(x, size, t.real(10))
		t.fadd(x, x, x)
		n := t.exponent(x)
		t.powerOfReduced(x)
		t.toInts(n, n)
		t.powerOfTwo(n)
		t.fmul(x, x, n)
		t.fadd(x, x, t.real(1))
		t.fdiv(x, t.real(-2), x)
		t.fadd(x, x, t.real(1))
		t.or(x, x, sign)
		isNear := t.fresh()
		t.three(0x6ea0e400, "FCMGT", isNear, t.real(0.625), size)
		t.bit(x, near, isNear)
	})
}

// clamp bounds x to ±limit.
func (t *text) clamp(x int, limit float32) {
	t.within(func() {
		t.fmax(x, x, t.real(-limit))
		t.fmin(x, x, t.real(limit))
	})
}

// keepGates keeps what logistic and hyperbolic read and do not write to.
func (t *text) keepGates() {
	t.keepReals(-logisticLimit, logisticLimit, -tanhLimit, tanhLimit, -math.Log2E, 2*math.Log2E, ln2High, ln2Low, 1, -1, 2)
	t.keep(127)
}

// logistic replaces x by σ(x), as on amd64.
func (t *text) logistic(x int) {
	t.within(func() {
		t.clamp(x, logisticLimit)
		n, bottom := t.fresh(), t.fresh()
		t.fmul(n, x, t.real(-math.Log2E))
		t.round(n, n)
		t.fneg(x, x)
		t.fmls(x, n, t.real(ln2High))
		t.fmls(x, n, t.real(ln2Low))
		t.powerOfReduced(x)
		t.toInts(n, n)
		t.powerOfTwo(n)
		one := t.real(1)
		t.move(bottom, one)
		t.fmla(bottom, n, x)
		t.fdiv(x, one, bottom)
	})
}

// hyperbolic replaces x by tanh x, as on amd64.
func (t *text) hyperbolic(x int) {
	t.within(func() { t.fdiv(x, t.doubledExponential(x), x) })
}

// doubledExponential returns E = e²ˣ − 1 and replaces x by E + 2.
func (t *text) doubledExponential(x int) (e int) {
	e = t.fresh()
	t.within(func() {
		t.clamp(x, tanhLimit)
		n := t.fresh()
		t.fmul(n, x, t.real(2*math.Log2E))
		t.round(n, n)
		t.fadd(x, x, x)
		t.fmls(x, n, t.real(ln2High))
		t.fmls(x, n, t.real(ln2Low))
		p, square := t.tail(x)
		t.fmla(x, p, square)
		t.toInts(n, n)
		t.powerOfTwo(n)
		t.fadd(e, n, t.real(-1))
		t.fmla(e, n, x)
		t.fadd(x, e, t.real(2))
	})
	return e
}
