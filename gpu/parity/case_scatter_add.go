package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(scatterAddCases, Tolerance{Op: "scatter_add", C: 1, K: "rows of one token + 4",
		Scale: "|β·table| + Σ|x|",
		Why:   "γ of a sum"})
}

func scatterAddCases(l *list) {
	embeddingSpecs(func(short bool, i int, s embeddingSpec) {
		beta := []float32{0, 1, -0.5}[i/3%3]
		l.add("scatter_add", fmt.Sprintf("%v β=%g", s, beta), short, func(t *trial) {
			t.lay = s.lay
			scatterAddTrial(t, s, beta)
		})
	})
}

func scatterAddTrial(t *trial, s embeddingSpec, beta float32) {
	Table, X, tokens := oracle.Zeros(s.entries, s.cols), t.values("X", s.rows, s.cols), s.tokens(t)
	var table *operand
	if beta == 0 {
		table = t.out("Table", s.entries, s.cols) // not read
	} else {
		Table = t.values("Table", s.entries, s.cols)
		table = t.in("Table", Table)
	}
	x, tk := t.in("X", X), t.ints("Tokens", tokens)
	t.one(func() gpu.Op {
		return gpu.ScatterAdd{Table: table.view(), X: x.view(), Tokens: tk.view(), Beta: beta}
	})
	want, size := oracle.ScatterAdd(Table, X, tokens, float64(beta)), oracle.ScatterAdd(abs(Table), abs(X), tokens, math.Abs(float64(beta)))
	t.expect(table, want, size, count(tokens)+few)
}
