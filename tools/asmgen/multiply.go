package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is what differs between the instruction sets of the micro-kernel.
type isa struct {
	name      string
	lanes     int // single-precision numbers of a vector
	rows      int // most rows of a tile
	masked    bool
	registers []reg.VecPhysical
}

var (
	avx512 = isa{"multiplyAVX512", 16, 14, true, []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31}}
	avx512Half = isa{"multiplyAVX512Half", 8, 14, true, []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
		reg.Y16, reg.Y17, reg.Y18, reg.Y19, reg.Y20, reg.Y21, reg.Y22, reg.Y23, reg.Y24, reg.Y25, reg.Y26, reg.Y27, reg.Y28, reg.Y29, reg.Y30, reg.Y31}}
	avx2 = isa{"multiplyAVX2", 8, 6, false, []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15}}
)

// Offsets of the fields of the Go struct tile; a test of package cpu compares them.
const (
	tileDepth    = 0
	tileA        = 8
	tileARow     = 32
	tileACol     = 40
	tileB        = 48
	tileBRow     = 72
	tileAdd      = 80
	tileAddRow   = 104
	tileE        = 112
	tileERow     = 136
	tileC        = 144
	tileCRow     = 168
	tileD        = 176
	tileDRow     = 200
	tileCols     = 208
	tileEpilogue = 216
	tileSlope    = 220
	tileAhead    = 224
	tileStep     = 248
	tileScale    = 256
	tileMul      = 280
	tileWith     = 304
	tileWithRow  = 328
	tilePanels   = 336
	tileBNext    = 344
	tileEdge     = 352
)

// Values of the Go type epilogue.
const (
	epilogueStore = iota
	epilogueReLU
	epilogueLeaky
	epilogueGateLeaky
	epilogueGateTanh
)

// General registers of the micro-kernel. The strides are odd multiples of the row pitch of A: with the scales of an address they
// reach 14 rows.
var (
	regTile  = reg.R15
	regDepth = reg.RAX
	regA     = reg.RBX
	regACol  = reg.RCX
	regB     = reg.RDX
	regBRow  = reg.RSI
	regAhead = reg.R14
	regStep  = reg.R15                                                                       // within the loop, where the tile is not needed
	regOdd   = []reg.GPPhysical{reg.RDI, reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13} // 1, 3, 5, … 13 row pitches
)

// multiply writes the micro-kernel of one instruction set: a function for tiles of every number of rows and one or two vectors
// of columns.
func multiply(s isa) {
	TEXT(s.name, NOSPLIT, "func(rows int, t uintptr)")
	panel := panels{AllocLocal(8), AllocLocal(8), AllocLocal(8)}
	Doc(fmt.Sprintf("%s is the micro-kernel for tiles of up to %d rows and %d columns.", s.name, s.rows, 2*s.lanes))
	Load(Param("t"), regTile)
	Load(Param("rows"), regDepth)
	MOVQ(operand.I32(0), panel.column)
	MOVQ(operand.I32(0), panel.b)
	MOVQ(field(tilePanels), regA)
	MOVQ(regA, panel.left)
	Comment("One or two vectors of columns, then the number of rows")
	CMPQ(field(tileCols), operand.U8(s.lanes))
	JLE(operand.LabelRef("narrow"))
	for vectors := 2; vectors >= 1; vectors-- {
		if vectors == 1 {
			Label("narrow")
		}
		for rows := s.rows; rows > 1; rows-- {
			CMPQ(regDepth, operand.U8(rows))
			JEQ(operand.LabelRef(bodyName(rows, vectors)))
		}
		if vectors == 2 {
			JMP(operand.LabelRef(bodyName(1, 2)))
		} else {
			JMP(operand.LabelRef(bodyName(1, 1)))
		}
	}
	for vectors := 2; vectors >= 1; vectors-- {
		for rows := s.rows; rows >= 1; rows-- {
			body{s, rows, vectors, panel}.write()
		}
	}
}

func bodyName(rows, vectors int) string { return fmt.Sprintf("tile%dx%d", rows, vectors) }

func field(offset int) operand.Mem { return operand.Mem{Base: regTile, Disp: offset} }

// panels are the places on the stack that tell how far a call with several panels of columns has come.
type panels struct {
	column, b operand.Mem // bytes from the first panel to the one at hand, in a row of C and in B
	left      operand.Mem // panels to do, with the one at hand
}

// body is the code of one tile shape.
type body struct {
	isa
	rows, vectors int
	panel         panels
}

// sum returns the accumulator of row r and vector v; temp returns one of the four registers that are never accumulators.
func (b body) sum(r, v int) reg.VecPhysical { return b.registers[r*b.vectors+v] }
func (b body) temp(i int) reg.VecPhysical   { return b.registers[len(b.registers)-4+i] }

func (b body) label(name string) string { return bodyName(b.rows, b.vectors) + name }

func (b body) vectorBytes() int { return 4 * b.lanes }

func (b body) write() {
	Label(bodyName(b.rows, b.vectors))
	b.pitches()
	b.loadAhead()
	Label(b.label("panel"))
	b.prefetch(tileAdd, tileAddRow, "add")
	b.prefetch(tileE, tileERow, "e")
	b.each(func(r, v int) { b.clear(b.sum(r, v)) })
	b.load()
	TESTQ(regDepth, regDepth)
	JZ(operand.LabelRef(b.label("finish")))
	Comment("From here on the register holds the step of the prefetches")
	MOVQ(field(tileStep), regStep)
	b.loop()
	Load(Param("t"), regTile)
	Label(b.label("finish"))
	b.finish()
}

func (b body) each(f func(r, v int)) {
	for r := range b.rows {
		for v := range b.vectors {
			f(r, v)
		}
	}
}

// prefetch asks for the rows that the epilogue reads, if there are any; an earlier call has fetched them from afar (ahead).
func (b body) prefetch(pointer, pitch int, name string) {
	skip := b.label("no" + name)
	MOVQ(field(pointer), regA)
	TESTQ(regA, regA)
	JZ(operand.LabelRef(skip))
	ADDQ(b.panel.column, regA)
	MOVQ(field(pitch), regACol)
	for r := range b.rows {
		PREFETCHT0(operand.Mem{Base: regA})
		if b.vectors*b.lanes > 16 {
			PREFETCHT0(operand.Mem{Base: regA, Disp: 64})
		}
		if r+1 < b.rows {
			LEAQ(operand.Mem{Base: regA, Index: regACol, Scale: 4}, regA)
		}
	}
	Label(skip)
}

// pitches reads the pitch of the rows of A, in bytes, and its odd multiples.
func (b body) pitches() {
	if b.rows == 1 {
		return
	}
	MOVQ(field(tileARow), regOdd[0])
	SHLQ(operand.U8(2), regOdd[0])
	for i := 1; 2*i+1 < b.rows; i++ {
		LEAQ(operand.Mem{Base: regOdd[i-1], Index: regOdd[0], Scale: 2}, regOdd[i])
	}
}

// loadAhead reads where to prefetch, which is A itself with no step where nothing is asked for.
func (b body) loadAhead() {
	MOVQ(field(tileAhead), regAhead)
	TESTQ(regAhead, regAhead)
	CMOVQEQ(field(tileA), regAhead)
}

// load reads the addresses and the other pitches, in bytes.
func (b body) load() {
	MOVQ(field(tileDepth), regDepth)
	MOVQ(field(tileA), regA)
	MOVQ(field(tileACol), regACol)
	MOVQ(field(tileB), regB)
	ADDQ(b.panel.b, regB)
	MOVQ(field(tileBRow), regBRow)
	SHLQ(operand.U8(2), regACol)
	SHLQ(operand.U8(2), regBRow)
}

// rowOfA returns the address of row r of A.
func rowOfA(r int) operand.Mem {
	if r == 0 {
		return operand.Mem{Base: regA}
	}
	scale := uint8(1)
	for r%2 == 0 {
		r, scale = r/2, scale*2
	}
	return operand.Mem{Base: regA, Index: regOdd[r/2], Scale: scale}
}

// loop sums the outer products of the columns of A and the rows of B.
func (b body) loop() {
	next := b.label("next")
	Label(next)
	for v := range b.vectors {
		VMOVUPS(operand.Mem{Base: regB, Disp: v * b.vectorBytes()}, b.temp(v))
	}
	for r := range b.rows {
		each := b.temp(2 + r%2)
		VBROADCASTSS(rowOfA(r), each)
		for v := range b.vectors {
			VFMADD231PS(each, b.temp(v), b.sum(r, v))
		}
	}
	PREFETCHT1(operand.Mem{Base: regAhead})
	ADDQ(regStep, regAhead)
	ADDQ(regACol, regA)
	ADDQ(regBRow, regB)
	DECQ(regDepth)
	JNZ(operand.LabelRef(next))
}
