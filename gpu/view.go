package gpu

import "fmt"

// View is a rows × cols row-major window of a buffer: element (i, j) is word Off + i·Stride + j. The zero View stands for
// "absent" where an operation has optional operands. A vector is a view of one row.
type View struct {
	Buf    *Buffer
	Off    int // in words, from the start of the buffer
	Rows   int
	Cols   int
	Stride int // words from one row to the next, ≥ Cols
}

// IsZero tells whether v stands for an absent operand.
func (v View) IsZero() bool { return v.Buf == nil }

// Len returns the number of elements, Rows·Cols.
func (v View) Len() int { return v.Rows * v.Cols }

// Extent returns the number of words from the first to just past the last element: (Rows−1)·Stride + Cols, or 0 when empty.
func (v View) Extent() int {
	if v.Rows <= 0 || v.Cols <= 0 {
		return 0
	}
	return (v.Rows-1)*v.Stride + v.Cols
}

// Contiguous tells whether the rows follow each other without a gap.
func (v View) Contiguous() bool { return v.Stride == v.Cols || v.Rows <= 1 }

// RowRange returns rows lo … hi−1 of v.
func (v View) RowRange(lo, hi int) View {
	v.Off += lo * v.Stride
	v.Rows = hi - lo
	return v
}

// ColRange returns columns lo … hi−1 of v.
func (v View) ColRange(lo, hi int) View {
	v.Off += lo
	v.Cols = hi - lo
	return v
}

// Reshape returns the same words as rows × cols; v must be contiguous and hold as many elements. Who uses the result of another is told so, by
// ErrShape.
func (v View) Reshape(rows, cols int) View {
	if !v.Contiguous() || rows*cols != v.Len() || rows < 0 {
		return nowhere("none", "%v was reshaped to %d×%d", v, rows, cols)
	}
	return View{Buf: v.Buf, Off: v.Off, Rows: rows, Cols: cols, Stride: cols}
}

// String describes the view for error messages: name[off]rows×cols/stride.
func (v View) String() string {
	if v.IsZero() {
		return "none"
	}
	return fmt.Sprintf("%s[%d]%d×%d/%d", v.Buf.name, v.Off, v.Rows, v.Cols, v.Stride)
}

// Overlaps tells whether the word ranges of v and w share a word (strided gaps count as part of the range).
func (v View) Overlaps(w View) bool {
	if v.Buf != w.Buf || v.IsZero() || v.Extent() == 0 || w.Extent() == 0 {
		return false
	}
	return v.Off < w.Off+w.Extent() && w.Off < v.Off+v.Extent()
}

// Same tells whether v and w are the same window. The stride of a single row does not matter.
func (v View) Same(w View) bool {
	if v.Rows <= 1 && w.Rows <= 1 {
		w.Stride = v.Stride
	}
	return v == w
}

// check verifies that v is a well-formed window of rows × cols inside its buffer.
func (v View) check(op, name string, rows, cols int) error {
	switch {
	case v.Buf == nil:
		return shapeError(op, "%s is missing, want %d×%d", name, rows, cols)
	case v.Buf.wrong != "":
		return shapeError(op, "%s cannot be: %s", name, v.Buf.wrong)
	case v.Rows != rows || v.Cols != cols:
		return shapeError(op, "%s is %d×%d, want %d×%d", name, v.Rows, v.Cols, rows, cols)
	}
	return v.checkWindow(op, name)
}

// checkWindow verifies that v lies inside its buffer, whatever its shape.
func (v View) checkWindow(op, name string) error {
	switch {
	case v.Buf == nil:
		return shapeError(op, "%s is missing", name)
	case v.Buf.wrong != "":
		return shapeError(op, "%s cannot be: %s", name, v.Buf.wrong)
	case v.Rows < 0 || v.Cols < 0 || v.Off < 0:
		return shapeError(op, "%s = %v has a negative size or offset", name, v)
	case v.Rows > 1 && v.Stride < v.Cols:
		return shapeError(op, "%s = %v has stride %d below its %d columns", name, v, v.Stride, v.Cols)
	case !v.inside():
		return shapeError(op, "%s = %v ends beyond its buffer of %d words", name, v, v.Buf.words)
	}
	return nil
}

// inside tells whether v, whose numbers are not negative, ends within its buffer, whatever the products overflow to.
func (v View) inside() bool {
	room := v.Buf.words - v.Off
	switch {
	case v.Rows == 0 || v.Cols == 0:
		return room >= 0
	case v.Cols > room:
		return false
	}
	return v.Rows == 1 || v.Rows-1 <= (room-v.Cols)/v.Stride
}

// checkOptional is check for an operand that may be absent.
func (v View) checkOptional(op, name string, rows, cols int) error {
	if v.IsZero() {
		return nil
	}
	return v.check(op, name, rows, cols)
}

// disjoint verifies that out shares no word with any of the named operands.
func disjoint(op, outName string, out View, others ...named) error {
	for _, o := range others {
		if out.Overlaps(o.view) {
			return shapeError(op, "%s = %v overlaps %s = %v; they must not share memory", outName, out, o.name, o.view)
		}
	}
	return nil
}

type named struct {
	name string
	view View
}
