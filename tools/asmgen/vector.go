package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vector writes the loops over vectors and the moves of matrices, for AVX2 with FMA.
func vector() {
	dot()
	axpy()
	scale()
	columnDots("columnDots64", 8)
	columnDots("columnDots8", 1)
	transpose()
	copyRows("copyRows64", 32, func() reg.VecVirtual { return YMM() })
	copyRows("copyRows128", 64, func() reg.VecVirtual { return ZMM() })
	squares()
	addProducts()
	combineRows()
	adam()
	rmsprop()
	processorModel()
	elementwise("expVectors", "e to the power of x", exponential)
	elementwise("tanhVectors", "the hyperbolic tangent of x", tanh)
	unitActivations()
	gateRows()
	softmax()
	dropout()
	accumulate("accumulateAVX2", 32, func() reg.VecVirtual { return YMM() })
	accumulate("accumulateAVX512", 64, func() reg.VecVirtual { return ZMM() })
}

// processorModel asks the processor who made it.
func processorModel() {
	TEXT("cpuid", NOSPLIT, "func(leaf uint32) (eax, ebx, ecx, edx uint32)")
	Doc("cpuid returns what the processor says of itself in a leaf.")
	Load(Param("leaf"), reg.EAX)
	XORL(reg.ECX, reg.ECX)
	CPUID()
	Store(reg.EAX, ReturnIndex(0))
	Store(reg.EBX, ReturnIndex(1))
	Store(reg.ECX, ReturnIndex(2))
	Store(reg.EDX, ReturnIndex(3))
	RET()
}

// strands is how many independent sums hide the latency of an addition.
const strands = 4

// dot sums x·y in four vectors and the rest one by one.
func dot() {
	TEXT("dotAVX2", NOSPLIT, "func(x, y *float32, n int) float32")
	Doc("dotAVX2 returns the sum of x[i]·y[i].")
	x, y, n := Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("n"), GP64())
	var sums [strands]reg.VecVirtual
	for i := range sums {
		sums[i] = YMM()
		VXORPS(sums[i], sums[i], sums[i])
	}
	strandLoop("dot", n, x, y, func(i int) {
		v := YMM()
		VMOVUPS(operand.Mem{Base: x, Disp: 32 * i}, v)
		VFMADD231PS(operand.Mem{Base: y, Disp: 32 * i}, v, sums[i])
	})
	VADDPS(sums[1], sums[0], sums[0])
	VADDPS(sums[3], sums[2], sums[2])
	VADDPS(sums[2], sums[0], sums[0])
	high, low := XMM(), sums[0].AsX()
	VEXTRACTF128(operand.U8(1), sums[0], high)
	VADDPS(high, low, low)
	VHADDPS(low, low, low)
	VHADDPS(low, low, low)
	singleLoop("dot", n, x, y, func() {
		v := XMM()
		VMOVSS(operand.Mem{Base: x}, v)
		VFMADD231SS(operand.Mem{Base: y}, v, low)
	})
	Store(low, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// axpy adds a·x to y.
func axpy() {
	TEXT("axpyAVX2", NOSPLIT, "func(a float32, x, y *float32, n int)")
	Doc("axpyAVX2 adds a·x[i] to y[i].")
	a := YMM()
	VBROADCASTSS(param("a"), a)
	x, y, n := Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("n"), GP64())
	strandLoop("axpy", n, x, y, func(i int) {
		v, at := YMM(), operand.Mem{Base: y, Disp: 32 * i}
		VMOVUPS(at, v)
		VFMADD231PS(operand.Mem{Base: x, Disp: 32 * i}, a, v)
		VMOVUPS(v, at)
	})
	singleLoop("axpy", n, x, y, func() {
		v := XMM()
		VMOVSS(operand.Mem{Base: y}, v)
		VFMADD231SS(operand.Mem{Base: x}, a.AsX(), v)
		VMOVSS(v, operand.Mem{Base: y})
	})
	VZEROUPPER()
	RET()
}

// scale writes a·x to y.
func scale() {
	TEXT("scaleAVX2", NOSPLIT, "func(a float32, x, y *float32, n int)")
	Doc("scaleAVX2 sets y[i] to a·x[i].")
	a := YMM()
	VBROADCASTSS(param("a"), a)
	x, y, n := Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("n"), GP64())
	strandLoop("scale", n, x, y, func(i int) {
		v := YMM()
		VMULPS(operand.Mem{Base: x, Disp: 32 * i}, a, v)
		VMOVUPS(v, operand.Mem{Base: y, Disp: 32 * i})
	})
	singleLoop("scale", n, x, y, func() {
		v := XMM()
		VMULSS(operand.Mem{Base: x}, a.AsX(), v)
		VMOVSS(v, operand.Mem{Base: y})
	})
	VZEROUPPER()
	RET()
}

// columnDots adds up products of two matrices' elements along the columns, as many vectors of columns at a time as there are sums.
func columnDots(name string, sums int) {
	TEXT(name, NOSPLIT, "func(sums, x *float32, xRow int, y *float32, yRow, rows int)")
	Doc(fmt.Sprintf("%s adds Σ_r x[r][j]·y[r][j] to sums[j] for %d columns; rows are xRow and yRow bytes apart.", name, 8*sums))
	to, rows := Load(Param("sums"), GP64()), Load(Param("rows"), GP64())
	x, xRow := Load(Param("x"), GP64()), Load(Param("xRow"), GP64())
	y, yRow := Load(Param("y"), GP64()), Load(Param("yRow"), GP64())
	sum := make([]reg.VecVirtual, sums)
	for i := range sum {
		sum[i] = YMM()
		VMOVUPS(operand.Mem{Base: to, Disp: 32 * i}, sum[i])
	}
	Label(name + "row")
	for i := range sum {
		v := YMM()
		VMOVUPS(operand.Mem{Base: x, Disp: 32 * i}, v)
		VFMADD231PS(operand.Mem{Base: y, Disp: 32 * i}, v, sum[i])
	}
	ADDQ(xRow, x)
	ADDQ(yRow, y)
	DECQ(rows)
	JNZ(operand.LabelRef(name + "row"))
	for i := range sum {
		VMOVUPS(sum[i], operand.Mem{Base: to, Disp: 32 * i})
	}
	VZEROUPPER()
	RET()
}

func param(name string) operand.Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// strandLoop runs step for every vector of whole groups of strands, advancing x and y.
func strandLoop(name string, n, x, y reg.Register, step func(i int)) {
	Label(name + "vectors")
	CMPQ(n, operand.U8(8*strands))
	JLT(operand.LabelRef(name + "whole"))
	for i := range strands {
		step(i)
	}
	ADDQ(operand.U8(32*strands), x)
	ADDQ(operand.U8(32*strands), y)
	SUBQ(operand.U8(8*strands), n)
	JMP(operand.LabelRef(name + "vectors"))
	Label(name + "whole")
}

// singleLoop runs step for each of the elements that are left.
func singleLoop(name string, n, x, y reg.Register, step func()) {
	Label(name + "rest")
	TESTQ(n, n)
	JZ(operand.LabelRef(name + "done"))
	step()
	ADDQ(operand.U8(4), x)
	ADDQ(operand.U8(4), y)
	DECQ(n)
	JMP(operand.LabelRef(name + "rest"))
	Label(name + "done")
}

// copyRows copies rows of two vectors from a matrix to a panel.
func copyRows(name string, bytes int, register func() reg.VecVirtual) {
	TEXT(name, NOSPLIT, "func(dst, src *float32, srcRow, rows int)")
	Doc(name + " copies rows of two vectors that lie srcRow bytes apart to rows that follow one another.")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	pitch, rows := Load(Param("srcRow"), GP64()), Load(Param("rows"), GP64())
	Label("row")
	first, second := register(), register()
	VMOVUPS(operand.Mem{Base: src}, first)
	VMOVUPS(operand.Mem{Base: src, Disp: bytes}, second)
	VMOVUPS(first, operand.Mem{Base: dst})
	VMOVUPS(second, operand.Mem{Base: dst, Disp: bytes})
	ADDQ(pitch, src)
	ADDQ(operand.U8(2*bytes), dst)
	DECQ(rows)
	JNZ(operand.LabelRef("row"))
	VZEROUPPER()
	RET()
}

// transpose moves blocks of 8 × 8.
func transpose() {
	TEXT("transposeBlocks", NOSPLIT, "func(dst *float32, dstRow int, src *float32, srcRow, blocks int)")
	Doc("transposeBlocks transposes eight rows of src, 8·blocks elements long, to 8·blocks rows of dst; rows are dstRow and srcRow bytes apart.")
	dst, dstRow := Load(Param("dst"), GP64()), Load(Param("dstRow"), GP64())
	src, srcRow := Load(Param("src"), GP64()), Load(Param("srcRow"), GP64())
	blocks := Load(Param("blocks"), GP64())
	srcRow3, dstRow3, low, out := GP64(), GP64(), GP64(), GP64()
	LEAQ(operand.Mem{Base: srcRow, Index: srcRow, Scale: 2}, srcRow3)
	LEAQ(operand.Mem{Base: dstRow, Index: dstRow, Scale: 2}, dstRow3)
	Label("block")
	LEAQ(operand.Mem{Base: src, Index: srcRow, Scale: 4}, low)
	LEAQ(operand.Mem{Base: dst, Index: dstRow, Scale: 4}, out)
	// Rows r and r+4 of the left and right halves, a row of four from each in one vector.
	var left, right [4]reg.VecVirtual
	for r := range 4 {
		left[r], right[r] = YMM(), YMM()
		VMOVUPS(rowAt(src, srcRow, srcRow3, r, 0), left[r].AsX())
		VINSERTF128(operand.U8(1), rowAt(low, srcRow, srcRow3, r, 0), left[r], left[r])
		VMOVUPS(rowAt(src, srcRow, srcRow3, r, 16), right[r].AsX())
		VINSERTF128(operand.U8(1), rowAt(low, srcRow, srcRow3, r, 16), right[r], right[r])
	}
	for i, v := range transpose4(left) {
		VMOVUPS(v, rowAt(dst, dstRow, dstRow3, i, 0))
	}
	for i, v := range transpose4(right) {
		VMOVUPS(v, rowAt(out, dstRow, dstRow3, i, 0))
	}
	ADDQ(operand.U8(32), src)
	LEAQ(operand.Mem{Base: out, Index: dstRow, Scale: 4}, dst)
	DECQ(blocks)
	JNZ(operand.LabelRef("block"))
	VZEROUPPER()
	RET()
}

// rowAt is the address of row r of four.
func rowAt(base, pitch, pitch3 reg.Register, r, disp int) operand.Mem {
	m := operand.Mem{Base: base, Disp: disp}
	switch r {
	case 1, 2:
		m.Index, m.Scale = pitch, uint8(r)
	case 3:
		m.Index, m.Scale = pitch3, 1
	}
	return m
}

// transpose4 transposes the 4 × 4 matrices in both halves of four vectors.
func transpose4(x [4]reg.VecVirtual) [4]reg.VecVirtual {
	var pair, out [4]reg.VecVirtual
	for i := range pair {
		pair[i], out[i] = YMM(), YMM()
	}
	VUNPCKLPS(x[1], x[0], pair[0]) // 00 10 01 11
	VUNPCKHPS(x[1], x[0], pair[1])
	VUNPCKLPS(x[3], x[2], pair[2])
	VUNPCKHPS(x[3], x[2], pair[3])
	VUNPCKLPD(pair[2], pair[0], out[0])
	VUNPCKHPD(pair[2], pair[0], out[1])
	VUNPCKLPD(pair[3], pair[1], out[2])
	VUNPCKHPD(pair[3], pair[1], out[3])
	return out
}
