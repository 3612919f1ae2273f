package main

import "fmt"

const neonRows = 5 // most rows of a tile: 20 sums, 4 vectors of b, up to 5 of a

// sums writes the micro-kernel's product for a number of rows and 16 columns.
func (t *text) sums(rows int) {
	name := fmt.Sprintf("sums%dNEON", rows)
	t.begin(name, "(a *float32, aRow, aCol int, b *float32, bRow, depth int, sums *float32)", "Strides are in bytes; sums has rows of 16.", 56)
	t.arguments("a", "aRow", "aCol", "b", "bRow", "depth", "sums")
	t.op("MOVD R0, R7")
	for r := 1; r < rows; r++ {
		t.op("ADD R1, R%d, R%d", 6+r, 7+r)
	}
	for v := range 4 * rows {
		t.zero(v)
	}
	t.op("LSR $2, R5, R16")
	t.op("CBZ R16, rest")
	t.op("CMP $4, R2")
	t.op("BEQ four")
	if rows > 1 {
		t.op("CMP $4, R1")
		t.op("BNE rest")
		t.label("columns") // the rows of a lie side by side
		for range 4 {
			t.column(rows)
		}
		t.again("columns")
		for r := 1; r < rows; r++ { // of which not all have moved
			t.op("ADD R1, R%d, R%d", 6+r, 7+r)
		}
	}
	t.op("B rest")
	t.label("four")
	for r := range rows {
		t.several(true, 1, 24+r, 7+r, 31)
	}
	for p := range 4 {
		t.several(true, 4, 20, 3, 4)
		for r := range rows {
			for v := range 4 {
				t.fmlaElement(4*r+v, 20+v, 24+r, p)
			}
		}
	}
	t.again("four")
	t.label("rest")
	t.op("CBZ R5, done")
	t.label("one")
	t.several(true, 4, 20, 3, 4)
	for r := range rows {
		t.repeat(24+r, 7+r, 2)
	}
	for r := range rows {
		for v := range 4 {
			t.fmla(4*r+v, 20+v, 24+r)
		}
	}
	t.op("SUBS $1, R5, R5")
	t.op("BNE one")
	t.label("done")
	for r := range rows {
		t.several(false, 4, 4*r, 6, 31)
	}
	t.op("RET")
}

// again ends a loop over four elements of the depth at a time, behind which R5 holds what is left.
func (t *text) again(label string) {
	t.op("SUBS $1, R16, R16")
	t.op("BNE %s", label)
	t.op("AND $3, R5, R5")
}

// column adds the product of a column of a, whose elements are neighbours, and a row of b.
func (t *text) column(rows int) {
	t.several(true, 4, 20, 3, 4)
	for r := 0; r < rows; {
		v, count := 24+r, 4
		switch left := rows - r; {
		case left >= 4:
			t.several(true, 1, v, 7+r, 2)
		case left >= 2:
			t.pair(v, 7+r, 2)
			count = 2
		default:
			t.repeat(v, 7+r, 2)
			count = 1
		}
		for i := range count {
			for c := range 4 {
				t.fmlaElement(4*(r+i)+c, 20+c, v, i)
			}
		}
		r += count
	}
}

// Registers of finish.
const (
	finC, finD, finAdd, finE, finWith = 4, 6, 8, 10, 12 // the pitch of each in the next register
	finScale, finMul, finForm         = 14, 15, 16
	finOffset                         = 17
)

// finish writes the function that makes a tile's elements from its sums. With one vector at a time it goes over so many of a row; with four
// it takes whole rows of 16, and a row's options are asked for once.
func (t *text) finish(name string, vectors int) {
	if vectors == 1 {
		t.begin(name, "(rows int, t *tile, vectors int)", "It takes the sums in t.edge, rows of 16, through what the tile says, for so many vectors of four columns.", 24)
		t.arguments("rows", "t", "vectors")
		t.op("LSL $4, R2, R2") // bytes
	} else {
		t.begin(name, "(rows int, t *tile, column int)", "It does the same for all 16 columns, so many bytes from the tile's first.", 24)
		t.arguments("rows", "t", "column")
	}
	t.op("ADD $%d, R1, R3", tileEdge)
	t.finishAddresses(vectors)
	t.op("ADD $%d, R1, R19", tileSlope)
	t.repeatHere(29, 19)
	t.word(0x4f03f600|28, "FMOV V28.4S, #1.0")
	t.label("row")
	if vectors == 1 {
		t.op("MOVD $0, R%d", finOffset)
		t.label("next")
	}
	t.finishVectors(finishing{t, vectors})
	if vectors == 1 {
		t.op("ADD $16, R%d, R%d", finOffset, finOffset)
		t.op("CMP R2, R%d", finOffset)
		t.op("BNE next")
		t.op("ADD $64, R3, R3")
		for _, r := range []int{finC, finD, finAdd, finE, finWith} {
			if r == finC {
				t.op("ADD R%d, R%d, R%d", r+1, r, r)
				continue
			}
			t.op("CBZ R%d, no%d", r, r) // absent ones stay 0
			t.op("ADD R%d, R%d, R%d", r+1, r, r)
			t.label(fmt.Sprintf("no%d", r))
		}
	}
	t.op("SUBS $1, R0, R0")
	t.op("BNE row")
	t.op("RET")
}

// finishAddresses loads where the tile's matrices lie and their pitches, for whole rows those of the columns that are asked for.
func (t *text) finishAddresses(vectors int) {
	move := func(r int) {
		if vectors == 4 {
			t.op("CBZ R%d, absent%d", r, r)
			t.op("ADD R2, R%d, R%d", r, r)
			t.label(fmt.Sprintf("absent%d", r))
		}
	}
	for i, f := range []struct{ data, row int }{{tileC, tileCRow}, {tileD, tileDRow}, {tileAdd, tileAddRow}, {tileE, tileERow}, {tileWith, tileWithRow}} {
		t.op("MOVD %d(R1), R%d", f.data, finC+2*i)
		t.op("MOVD %d(R1), R%d", f.row, finC+2*i+1)
		t.op("LSL $2, R%d, R%d", finC+2*i+1, finC+2*i+1)
		move(finC + 2*i)
	}
	t.op("MOVD %d(R1), R%d", tileScale, finScale)
	move(finScale)
	t.op("MOVD %d(R1), R%d", tileMul, finMul)
	move(finMul)
	t.op("MOVWU %d(R1), R%d", tileEpilogue, finForm)
}

// finishing is how the elements at hand are moved: sums in V0 …, others in V16 … or V20 ….
type finishing struct {
	*text
	vectors int
}

func (f finishing) read(v, r int) {
	if f.vectors == 1 {
		f.at(v, r, finOffset)
	} else {
		f.several(true, 4, v, r, r+1)
	}
}

// columns reads a vector of columns, which is the same for every row.
func (f finishing) columns(v, r int) {
	if f.vectors == 1 {
		f.at(v, r, finOffset)
		return
	}
	f.op("MOVD R%d, R20", r)
	f.several(true, 4, v, 20, 31)
}

func (f finishing) write(v, r int) {
	if f.vectors == 1 {
		f.to(v, r, finOffset)
	} else {
		f.several(false, 4, v, r, r+1)
	}
}

func (f finishing) each(do func(sum, other, third int)) {
	for i := range f.vectors {
		do(i, 16+i, 20+i)
	}
}

// finishVectors makes the elements at hand.
func (t *text) finishVectors(f finishing) {
	if f.vectors == 1 {
		t.at(0, 3, finOffset)
	} else {
		t.several(true, 4, 0, 3, 31)
	}
	t.op("CBZ R%d, unscaled", finScale)
	f.columns(16, finScale)
	f.each(func(sum, by, _ int) { t.fmul(sum, sum, by) })
	t.label("unscaled")
	t.op("CBZ R%d, alone", finMul)
	f.columns(16, finMul)
	f.read(20, finWith)
	f.each(func(sum, by, with int) { t.fmla(sum, by, with) })
	t.label("alone")
	t.op("CBZ R%d, added", finAdd)
	f.read(16, finAdd)
	f.each(func(sum, more, _ int) { t.fadd(sum, sum, more) })
	t.label("added")
	t.op("CBZ R%d, write", finForm)
	t.epilogues(f)
	t.label("write")
	f.write(0, finC)
	t.op("CBZ R%d, written", finD)
	f.write(0, finD)
	t.label("written")
}

// epilogues applies the tile's epilogue to the elements at hand.
func (t *text) epilogues(f finishing) {
	const slope, one = 29, 28
	t.op("CMP $%d, R%d", epilogueReLU, finForm)
	t.op("BNE leaky")
	f.each(func(v, below, _ int) {
		t.isBelow(below, v)
		t.bic(v, v, below)
	})
	t.op("B write")
	t.label("leaky")
	t.op("CMP $%d, R%d", epilogueLeaky, finForm)
	t.op("BNE gateleaky")
	f.each(func(v, below, scaled int) {
		t.isBelow(below, v)
		t.fmul(scaled, v, slope)
		t.bit(v, scaled, below)
	})
	t.op("B write")
	t.label("gateleaky")
	f.read(16, finE)
	t.op("CMP $%d, R%d", epilogueGateLeaky, finForm)
	t.op("BNE gatetanh")
	f.each(func(v, e, scaled int) {
		t.isAbove(e, e)
		t.fmul(scaled, v, slope)
		t.bif(v, scaled, e)
	})
	t.op("B write")
	t.label("gatetanh")
	f.each(func(v, e, factor int) {
		t.move(factor, one)
		t.fmls(factor, e, e)
		t.fmul(v, v, factor)
	})
}
