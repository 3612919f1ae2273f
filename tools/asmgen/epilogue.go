package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Predicate of VCMPPS: not greater, or not comparable.
const notGreater = 26

// mask returns the mask register of a vector of columns.
func mask(v int) reg.OpmaskPhysical { return []reg.OpmaskPhysical{reg.K1, reg.K2}[v] }

// finish adds, applies the epilogue and stores, and goes on to the next panel. Only whole vectors are touched by AVX2 code, which is called for them alone.
func (b body) finish() {
	if b.masked {
		b.masks()
	}
	b.scale()
	b.diagonal()
	b.optional(tileAdd, tileAddRow, "noadd2", func(m operand.Mem, r, v int) {
		if b.masked {
			VADDPS(m, b.sum(r, v), mask(v), b.sum(r, v))
		} else {
			VADDPS(m, b.sum(r, v), b.sum(r, v))
		}
	})
	MOVL(field(tileEpilogue), reg.EAX)
	forms := []struct {
		value int
		name  string
		write func()
	}{{epilogueReLU, "relu", b.relu}, {epilogueLeaky, "leaky", b.leaky}, {epilogueGateLeaky, "gateleaky", b.gateLeaky}, {epilogueGateTanh, "gatetanh", b.gateTanh}}
	CMPL(reg.EAX, operand.U8(epilogueStore))
	JEQ(operand.LabelRef(b.label("store")))
	for _, f := range forms {
		CMPL(reg.EAX, operand.U8(f.value))
		JEQ(operand.LabelRef(b.label(f.name)))
	}
	for i, f := range forms {
		Label(b.label(f.name))
		f.write()
		if i < len(forms)-1 {
			JMP(operand.LabelRef(b.label("store")))
		}
	}
	Label(b.label("store"))
	if b.masked {
		Comment("A store with a mask takes several times as long, even if the mask is full")
		CMPQ(field(tileCols), operand.U8(b.vectors*b.lanes))
		JEQ(operand.LabelRef(b.label("full")))
		b.store("masked", func(m operand.Mem, r, v int) { VMOVUPS(b.sum(r, v), mask(v), m) })
		Label(b.label("full"))
	}
	b.store("", func(m operand.Mem, r, v int) { VMOVUPS(b.sum(r, v), m) })
}

// scale multiplies the columns by a vector, if there is one.
func (b body) scale() {
	MOVQ(field(tileScale), regA)
	TESTQ(regA, regA)
	JZ(operand.LabelRef(b.label("noscale")))
	b.readVectors()
	b.each(func(r, v int) { VMULPS(b.temp(v), b.sum(r, v), b.sum(r, v)) })
	Label(b.label("noscale"))
}

// diagonal adds the products of the columns' factors and the elements of With, if there are any.
func (b body) diagonal() {
	MOVQ(field(tileMul), regA)
	TESTQ(regA, regA)
	JZ(operand.LabelRef(b.label("nodiagonal")))
	b.readVectors()
	b.rowsOf(tileWith, tileWithRow, func(m operand.Mem, r, v int) {
		if b.masked {
			VFMADD231PS(m, b.temp(v), mask(v), b.sum(r, v))
		} else {
			VFMADD231PS(m, b.temp(v), b.sum(r, v))
		}
	})
	Label(b.label("nodiagonal"))
}

// readVectors loads the panel's part of the vector of columns at regA.
func (b body) readVectors() {
	ADDQ(b.panel.column, regA)
	for v := range b.vectors {
		b.read(operand.Mem{Base: regA, Disp: v * b.vectorBytes()}, v, b.temp(v))
	}
}

// store writes the sums to C and to D if there is one, and returns or goes on to the next panel.
func (b body) store(name string, write func(m operand.Mem, r, v int)) {
	b.rowsOf(tileC, tileCRow, write)
	b.optional(tileD, tileDRow, "nod"+name, write)
	DECQ(b.panel.left)
	JZ(operand.LabelRef(b.label("done" + name)))
	ADDQ(operand.I32(b.vectors*b.vectorBytes()), b.panel.column)
	MOVQ(field(tileBNext), regA)
	SHLQ(operand.U8(2), regA)
	ADDQ(regA, b.panel.b)
	JMP(operand.LabelRef(b.label("panel")))
	Label(b.label("done" + name))
	VZEROUPPER()
	RET()
}

// masks sets a bit for every column of the tile, in one mask register a vector.
func (b body) masks() {
	MOVQ(field(tileCols), reg.RAX)
	MOVQ(operand.I32(-1), reg.RBX)
	BZHIQ(reg.RAX, reg.RBX, reg.RBX)
	KMOVW(reg.EBX, mask(0))
	if b.vectors == 2 {
		SHRQ(operand.U8(b.lanes), reg.RBX)
		KMOVW(reg.EBX, mask(1))
	}
}

// rowsOf visits the rows of one of the tile's matrices.
func (b body) rowsOf(pointer, pitch int, visit func(m operand.Mem, r, v int)) {
	MOVQ(field(pointer), regA)
	b.rowsFrom(pitch, visit)
}

func (b body) rowsFrom(pitch int, visit func(m operand.Mem, r, v int)) {
	ADDQ(b.panel.column, regA)
	MOVQ(field(pitch), regACol)
	for r := range b.rows {
		for v := range b.vectors {
			visit(operand.Mem{Base: regA, Disp: v * b.vectorBytes()}, r, v)
		}
		if r+1 < b.rows {
			LEAQ(operand.Mem{Base: regA, Index: regACol, Scale: 4}, regA)
		}
	}
}

// optional is rowsOf for a matrix that may be absent.
func (b body) optional(pointer, pitch int, skip string, visit func(m operand.Mem, r, v int)) {
	MOVQ(field(pointer), regA)
	TESTQ(regA, regA)
	JZ(operand.LabelRef(b.label(skip)))
	b.rowsFrom(pitch, visit)
	Label(b.label(skip))
}

// relu is max(0, v); the second operand of the instruction, v, is the result where v is NaN.
func (b body) relu() {
	zero := b.temp(0)
	b.clear(zero)
	b.each(func(r, v int) { VMAXPS(b.sum(r, v), zero, b.sum(r, v)) })
}

// leaky is max(slope·v, v) for a slope in [0, 1], v where v is NaN.
func (b body) leaky() {
	slope, scaled := b.temp(0), b.temp(1)
	VBROADCASTSS(field(tileSlope), slope)
	b.each(func(r, v int) {
		VMULPS(slope, b.sum(r, v), scaled)
		VMAXPS(b.sum(r, v), scaled, b.sum(r, v))
	})
}

// gateLeaky multiplies v by slope where not e > 0.
func (b body) gateLeaky() {
	zero, slope, e, scaled := b.temp(0), b.temp(1), b.temp(2), b.temp(3)
	b.clear(zero)
	VBROADCASTSS(field(tileSlope), slope)
	b.rowsOf(tileE, tileERow, func(m operand.Mem, r, v int) {
		if b.masked {
			VCMPPS(operand.U8(notGreater), zero, b.read(m, v, e), reg.K3)
			VMULPS(slope, b.sum(r, v), reg.K3, b.sum(r, v))
			return
		}
		VCMPPS(operand.U8(notGreater), zero, b.read(m, v, e), e)
		VMULPS(slope, b.sum(r, v), scaled)
		VBLENDVPS(e, scaled, b.sum(r, v), b.sum(r, v))
	})
}

// gateTanh multiplies v by 1 − e².
func (b body) gateTanh() {
	one, e, factor := b.temp(0), b.temp(1), b.temp(2)
	MOVL(operand.U32(0x3f800000), reg.EAX)
	VMOVD(reg.EAX, one.AsX())
	VBROADCASTSS(one.AsX(), one)
	b.rowsOf(tileE, tileERow, func(m operand.Mem, r, v int) {
		b.read(m, v, e)
		VMOVAPS(one, factor)
		VFNMADD231PS(e, e, factor)
		VMULPS(factor, b.sum(r, v), b.sum(r, v))
	})
}

// read loads a vector of columns.
func (b body) read(m operand.Mem, v int, to reg.VecPhysical) reg.VecPhysical {
	if b.masked {
		VMOVUPS_Z(m, mask(v), to)
	} else {
		VMOVUPS(m, to)
	}
	return to
}

func (b body) clear(x reg.VecPhysical) {
	if b.masked {
		VPXORD(x, x, x)
	} else {
		VXORPS(x, x, x)
	}
}
