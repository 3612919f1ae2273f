package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

// matrix is a view's memory: element (i, j) is data[i·stride+j]. An absent or empty view has no data.
type matrix struct {
	data               []float32
	rows, cols, stride int
}

// bind returns the memory of v.
func bind(v gpu.View) matrix { return bindWide(v, 0) }

// bindWide returns the memory of v and of the extra words behind it, or before it where extra is negative.
func bindWide(v gpu.View, extra int) matrix {
	m := matrix{rows: v.Rows, cols: v.Cols, stride: v.Stride}
	if v.IsZero() || v.Extent() == 0 {
		return m
	}
	words := wordsOf(v.Buf)
	lo, end := v.Off+min(extra, 0), v.Off+v.Extent()+max(extra, 0)
	m.data = words[lo:end:end]
	return m
}

// wordsOf returns the memory of a buffer.
func wordsOf(b *gpu.Buffer) []float32 {
	switch m := b.Memory().(type) {
	case *memory:
		return m.words
	case *reserved:
		return m.words
	}
	return nil
}

// stack is the memory of a batch: item i begins i·step words after item 0, which first words lie before.
type stack struct {
	all         matrix
	step, first int
}

// bindStack returns the memory of count items, each step words after the one before.
func bindStack(v gpu.View, count, step int) stack {
	extra := (count - 1) * step
	return stack{all: bindWide(v, extra), step: step, first: max(0, -extra)}
}

// item returns item i.
func (s stack) item(i int) matrix { return s.all.later(s.first + i*s.step) }

// bindInts returns the words of a view of one row as integers.
func bindInts(v gpu.View) []int32 { return gpu.AsInts(bind(v).data) }

// row returns row i.
func (m *matrix) row(i int) []float32 {
	lo := i * m.stride
	return m.data[lo : lo+m.cols : lo+m.cols]
}

// at returns element (i, j).
func (m *matrix) at(i, j int) float32 { return m.data[i*m.stride+j] }

// absent tells whether there is no data at all.
func (m *matrix) absent() bool { return m.data == nil }

// from returns the words from element (i, j) on, nil of an absent matrix.
func (m *matrix) from(i, j int) []float32 {
	if m.data == nil {
		return nil
	}
	return m.data[i*m.stride+j:]
}

// show makes m the count rows of x from row lo on, of which there is at least one.
func (m *matrix) show(x *matrix, lo, count int) {
	if x.data == nil {
		m.data = nil
		return
	}
	m.data, m.rows, m.cols, m.stride = x.data[lo*x.stride:(lo+count-1)*x.stride+x.cols], count, x.cols, x.stride
}

// block returns the given columns of count rows from row lo on, also of a matrix that does not tell its size.
func (m *matrix) block(lo, count int, cols span) matrix {
	return matrix{data: m.from(lo, cols.lo), rows: count, cols: cols.len(), stride: m.stride}
}

// oneRow returns x as a matrix.
func oneRow(x []float32) matrix { return matrix{data: x, rows: 1, cols: len(x), stride: len(x)} }

// rowRange returns rows lo … hi−1.
func (m *matrix) rowRange(lo, hi int) matrix {
	if m.data == nil || hi <= lo {
		return matrix{cols: m.cols, stride: m.stride}
	}
	end := (hi-1)*m.stride + m.cols
	return matrix{data: m.data[lo*m.stride : end : end], rows: hi - lo, cols: m.cols, stride: m.stride}
}

// later returns the matrix of the same shape words further.
func (m matrix) later(words int) matrix {
	if m.data != nil {
		m.data = m.data[words:]
	}
	return m
}
