package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() { register(gatherCases, Tolerance{Op: "gather", Why: "words are moved"}) }

func gatherCases(l *list) {
	embeddingSpecs(func(short bool, _ int, s embeddingSpec) {
		l.add("gather", s.String(), short, func(t *trial) {
			t.lay = s.lay
			gatherTrial(t, s)
		})
	})
}

func gatherTrial(t *trial, s embeddingSpec) {
	Table, tokens := t.values("Table", s.entries, s.cols), s.tokens(t)
	table, tk, y := t.in("Table", Table), t.ints("Tokens", tokens), t.out("Y", s.rows, s.cols)
	t.one(func() gpu.Op { return gpu.Gather{Y: y.view(), Table: table.view(), Tokens: tk.view()} })
	t.exact(y, oracle.Gather(Table, tokens))
}
