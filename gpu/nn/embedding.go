package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Embedding looks up a row of a table for every token: its input is tokens (Width 1, int32), its output has the table's columns.
type Embedding struct {
	Vocabulary int  // tokens, the rows of the table
	Width      int  // its columns
	Init       Init // nil is Uniform(0.1)

	table *Param
}

// Declare implements Layer.
func (l *Embedding) Declare(p *Params, in Shape) (Shape, error) {
	if in.Width != 1 {
		return in, shapeError("embedding", "an input of width %d; tokens have one number a row", in.Width)
	}
	if err := firstOf(wantUnits("embedding", "tokens", l.Vocabulary), wantUnits("embedding", "columns", l.Width)); err != nil {
		return in, err
	}
	init := l.Init
	if init == nil {
		init = Uniform(0.1)
	}
	l.table = p.Add(Tensor{Name: "W", Rows: l.Vocabulary, Cols: l.Width, Decay: true, Init: init})
	in.Width = l.Width
	return in, nil
}

// Plan implements Layer.
func (l *Embedding) Plan(p *Plan, x Flow) (Pass, error) {
	out := p.flow("rows", Shape{x.Length, x.Batch, l.Width})
	return embeddingPass{l: l, tokens: x.Y.Reshape(1, x.Rows()), out: out}, nil
}

type embeddingPass struct {
	l      *Embedding
	tokens gpu.View // 1 × rows
	out    Flow
}

func (e embeddingPass) Out() Flow { return e.out }

func (e embeddingPass) Forward(r *Record) {
	r.Do(gpu.Gather{Y: e.out.Y, Table: e.l.table.Value, Tokens: e.tokens})
}

func (e embeddingPass) Backward(r *Record) {
	grad := e.l.table.Grad
	r.Do(gpu.ScatterAdd{Table: grad, X: e.out.DY, Tokens: e.tokens, Beta: r.Beta(grad)})
}

// Tied is the weight of a read-out whose rows are those of an embedding's table: W = Table (Press & Wolf 2017).
type Tied struct{ Table *Embedding }

// Declare implements Weight: the parameter is the embedding's, which is declared before.
func (t Tied) Declare(_ *Params, rows, cols int, _ Use) error {
	if t.Table == nil {
		return shapeError("tied read-out", "there is no Table; want the embedding whose rows it has")
	}
	if t.Table.table == nil || rows != t.Table.Vocabulary || cols != t.Table.Width {
		return shapeError("tied read-out", "%d classes of width %d; the embedding has %d tokens of width %d and must come first",
			rows, cols, t.Table.Vocabulary, t.Table.Width)
	}
	return nil
}

// Matrix implements Weight.
func (t Tied) Matrix() (w, dw gpu.View) { return t.Table.table.Value, t.Table.table.Grad }

// LowRank implements Weight: there is none.
func (Tied) LowRank() (f, df gpu.LowRank, ok bool) { return f, df, false }

// Product implements Weight.
func (t Tied) Product(*Plan, int) (Product, error) {
	w, dw := t.Matrix()
	return MatrixProduct{W: w, DW: dw}, nil
}
