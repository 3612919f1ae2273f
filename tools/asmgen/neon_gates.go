package main

// gateArrays loads the addresses of the first words of a struct, in their order; those with gates get an address for each of them, by the
// stride of words that follows the addresses at the given place.
func (t *text) gateArrays(places []gateArray) [][]int {
	next := 2
	list := make([][]int, len(places))
	for i, p := range places {
		for g := range max(p.gates, 1) {
			if g == 0 {
				t.op("MOVD %d(R0), R%d", 8*i, next)
				if p.gates > 1 {
					t.op("MOVD %d(R0), R25", 8*p.stride)
				}
			} else {
				t.op("ADD R25<<2, R%d, R%d", next-1, next)
			}
			list[i] = append(list[i], next)
			if next++; next == 18 { // which the platform keeps, and those of rowLoop
				next = 19
			} else if next == table {
				next = 22
			}
		}
	}
	return list
}

// gateArray is an array of a struct of addresses: with so many gates, as far apart as the word at the place stride says.
type gateArray struct{ gates, stride int }

// gateFunction writes a function over units; their number of vectors is in R1.
func (t *text) gateFunction(name, what string, arrays []gateArray, keep func(), f func(at [][]int)) {
	t.begin(name, "(row *byte, vectors int)", what, 16)
	t.arguments("row", "vectors")
	at := t.gateArrays(arrays)
	t.rowLoop(1, keep, func() { f(at) })
	t.op("RET")
}

// lstm writes the passes of an LSTM over a row of units, as on amd64.
func (t *text) lstm() {
	const pitch, apart = 7, 8
	t.gateFunction("lstmForwardVectors", "It makes gates and states of vectors of four units; lstmForwardRow says where they lie.",
		[]gateArray{{4, pitch}, {4, apart}, {4, apart}, {}, {}, {}, {}}, t.keepGates, func(at [][]int) {
			sum, add, g, before, c, h, state := at[0], at[1], at[2], at[3][0], at[4][0], at[5][0], at[6][0]
			gate := func(i int, f func(int)) int {
				x := t.load(sum[i])
				t.within(func() { t.fadd(x, x, t.load(add[i])) })
				f(x)
				t.store(x, g[i])
				return x
			}
			candidate := gate(gateCandidate, t.hyperbolic)
			cell := gate(gateInput, t.logistic)
			t.fmul(cell, cell, candidate)
			forget := gate(gateForget, t.logistic)
			t.fmla(cell, forget, t.load(before)) // f·c + i·g
			t.store(cell, c)
			out := gate(gateOutput, t.logistic)
			t.hyperbolic(cell)
			t.fmul(out, out, cell)
			t.store(out, h)
			t.store(out, state)
		})
	t.gateFunction("lstmBackwardVectors", "It makes the gradients before the gates of vectors of four units; lstmBackwardRow says where they lie.",
		[]gateArray{{}, {}, {4, 8}, {4, 8}, {4, 8}, {}, {}, {}}, t.keepGates, t.lstmBackward)
}

func (t *text) lstmBackward(at [][]int) {
	sum, outer, g, dz, state, before, c, carried := at[0][0], at[1][0], at[2], at[3], at[4], at[5][0], at[6][0], at[7][0]
	in, forget, candidate, out := t.load(g[gateInput]), t.load(g[gateForget]), t.load(g[gateCandidate]), t.load(g[gateOutput])
	store := func(i, gradient, slope int) {
		t.fmul(gradient, gradient, slope)
		t.store(gradient, dz[i])
		t.store(gradient, state[i])
	}
	dh, cell, dc := t.load(sum), t.load(c), t.fresh()
	t.within(func() { t.fadd(dh, dh, t.load(outer)) })
	t.hyperbolic(cell)
	t.fmul(dc, dh, out)
	t.within(func() {
		t.fmul(dc, dc, t.slopeOfTanh(cell))
		t.fadd(dc, dc, t.load(carried))
	})
	t.fmul(dh, dh, cell)
	store(gateOutput, dh, t.bell(out))
	t.free(dh, cell)
	gradient, next := t.load(before), t.fresh()
	t.fmul(gradient, gradient, dc)
	t.fmul(next, dc, forget)
	t.store(next, carried)
	store(gateForget, gradient, t.bell(forget))
	t.fmul(gradient, dc, in)
	t.fmul(dc, dc, candidate)
	store(gateCandidate, gradient, t.slopeOfTanh(candidate))
	store(gateInput, dc, t.bell(in))
}

// slopeOfTanh returns 1 − y², and bell y·(1 − y).
func (t *text) slopeOfTanh(y int) int {
	slope := t.fresh()
	t.move(slope, t.real(1))
	t.fmls(slope, y, y)
	return slope
}

func (t *text) bell(y int) int {
	slope := t.fresh()
	t.move(slope, y)
	t.fmls(slope, y, y)
	return slope
}

// gru writes the passes of a GRU over a row of units, as on amd64.
func (t *text) gru() {
	t.gateFunction("gruForwardVectors", "It makes gates and states of vectors of four units; gruForwardRow says where they lie.",
		[]gateArray{{4, 7}, {3, 8}, {}, {4, 8}, {}, {}, {}}, t.keepGates, func(at [][]int) {
			sum, add, bias, g, before, h, state := at[0], at[1], at[2][0], at[3], at[4][0], at[5][0], at[6][0]
			outer := func(i int) int {
				x := t.load(sum[i])
				t.within(func() { t.fadd(x, x, t.load(add[i])) })
				return x
			}
			reset, update, candidate := outer(gruReset), outer(gruUpdate), outer(gruCandidate)
			product := t.load(sum[gruProduct])
			t.within(func() { t.fadd(product, product, t.load(bias)) })
			t.store(product, g[gruProduct])
			t.logistic(reset)
			t.store(reset, g[gruReset])
			t.fmla(candidate, reset, product)
			t.hyperbolic(candidate)
			t.store(candidate, g[gruCandidate])
			t.logistic(update)
			t.store(update, g[gruUpdate])
			old := t.load(before)
			t.fsub(old, old, candidate)
			t.fmla(candidate, update, old) // n + z·(h − n)
			t.store(candidate, h)
			t.store(candidate, state)
		})
	t.gateFunction("gruBackwardVectors", "It makes the gradients before the gates of vectors of four units; gruBackwardRow says where they lie.",
		[]gateArray{{}, {}, {4, 7}, {4, 7}, {3, 7}, {}, {}}, func() { t.keepReals(1) }, t.gruBackward)
}

func (t *text) gruBackward(at [][]int) {
	sum, outer, g, dz, state, before, carried := at[0][0], at[1][0], at[2], at[3], at[4], at[5][0], at[6][0]
	reset, update, candidate, product := t.load(g[gruReset]), t.load(g[gruUpdate]), t.load(g[gruCandidate]), t.load(g[gruProduct])
	dh, old, grad := t.load(sum), t.load(before), t.fresh()
	t.fadd(dh, dh, t.load(outer))
	t.fadd(dh, dh, t.load(carried))
	t.fsub(old, old, candidate)
	t.fmul(old, old, dh)
	t.fmul(grad, dh, update)
	t.store(grad, carried)
	t.fsub(dh, dh, grad) // dh·(1 − z)
	t.fmul(old, old, t.bell(update))
	t.store(old, dz[gruUpdate])
	t.store(old, state[gruUpdate])
	t.fmul(dh, dh, t.slopeOfTanh(candidate))
	t.store(dh, dz[gruCandidate])
	t.fmul(grad, dh, reset)
	t.store(grad, dz[gruProduct])
	t.store(grad, state[gruCandidate]) // where the product goes on from
	t.fmul(dh, dh, product)
	t.fmul(dh, dh, t.bell(reset))
	t.store(dh, dz[gruReset])
	t.store(dh, state[gruReset])
}
