package data

import (
	"fmt"
	"io"
	"math"
	"slices"
)

// SequenceReader reads a table whose sequences are to be classified, or continued, by a network that was trained on a
// task of a Spec: without the data of the task, without a class or targets. It reads no further than it must, so that
// rows may come through a pipe one by one, and takes a bufio.Reader of 1 MiB or more as it is.
//
// A table with a header may have further columns where training had names; other tables have the columns of a
// sequence alone. Where the sequences of the task are windows (Encoding.Windows), there is one: the last Length rows.
type SequenceReader struct {
	spec  Spec
	steps bool // a row is a time step
	table *tableReader
	cols  *columns // nil before the first row
	raw   []float32
}

// NewSequenceReader reads sequences of a Spec, one a row, or where steps is set time steps, one a row. file names the
// table in errors. The error matches ErrConfig: the Spec reads tokens.
func NewSequenceReader(s Spec, file string, in io.Reader, steps bool) (*SequenceReader, error) {
	if s.Input.IsTokens() {
		return nil, fmt.Errorf("%w: task %s reads tokens, not sequences of numbers", ErrConfig, s.Name)
	}
	r, err := newTableReader(file, in)
	return &SequenceReader{spec: s, steps: steps || s.Encoding.Windows, table: r}, err
}

// Next returns the line (from 1) on which the next sequence ends, and its values as they stand there, missing ones as
// NaN: Spec.Sequence turns them into what the network reads. They are valid until the next call. It returns io.EOF
// behind the last. Other errors match ErrCorrupt; a PlaceError tells the place.
func (r *SequenceReader) Next() (line int, raw []float32, err error) {
	r.raw = r.raw[:0]
	if !r.spec.Encoding.Windows {
		return r.row()
	}
	size := r.spec.Length * r.spec.Input.Width
	for {
		before := len(r.raw)
		end, _, err := r.row()
		switch {
		case err == io.EOF && line == 0:
			return 0, nil, err
		case err == io.EOF && before < size:
			return 0, nil, r.table.bad(line, 0, fmt.Sprintf("%d rows", before/r.spec.Input.Width), fmt.Sprintf("%d, the window of the network", r.spec.Length), "")
		case err == io.EOF:
			return line, r.raw, nil
		case err != nil:
			return 0, nil, err
		}
		line = end
		if over := len(r.raw) - size; over > 0 {
			r.raw = append(r.raw[:0], r.raw[over:]...)
		}
	}
}

// row appends the values of the next row.
func (r *SequenceReader) row() (line int, raw []float32, err error) {
	fields, err := r.table.next()
	if err == nil && r.cols == nil {
		header := false
		if header, err = r.findColumns(fields); header && err == nil {
			fields, err = r.table.next()
		}
	}
	if err != nil {
		return 0, nil, err
	}
	line = fields[0].line
	inputs, e := r.cols.inputs, r.spec.Encoding
	if inputs == nil {
		inputs = all(len(fields))
	}
	if n := len(fields); r.cols.names != nil && n != r.cols.count {
		return 0, nil, r.table.bad(line, 0, fmt.Sprintf("a row of %d values", n), fmt.Sprintf("%d as in the header", r.cols.count), "")
	}
	want, exact := r.width(), r.steps || e.Missing != MissingPad
	if n := len(inputs); r.anyLength() && n > 0 && n%r.spec.Input.Width == 0 {
		want = n
	}
	if n := len(inputs); n > want || n < want && exact || n%e.channels() != 0 {
		return 0, nil, r.table.bad(line, 0, fmt.Sprintf("%d values", n), fmt.Sprintf("%d, as those that the network was trained on, without class or targets", want), "")
	}
	for _, i := range inputs {
		v, err := r.table.number(fields[i], r.cols.where(i))
		if err != nil {
			return 0, nil, err
		}
		if math.IsNaN(float64(v)) && e.Missing != MissingPad {
			return 0, nil, r.table.missing(fields[i], r.cols.where(i), "")
		}
		r.raw = append(r.raw, v)
	}
	return line, r.raw, nil
}

// anyLength tells whether a sequence may be longer or shorter than in training: something is asked at every step.
func (r *SequenceReader) anyLength() bool {
	return !r.steps && r.spec.Output.Where == EveryStep && r.spec.Encoding.Order == nil
}

// width is how many values a row has.
func (r *SequenceReader) width() int {
	if r.steps {
		return r.spec.Input.Width
	}
	return r.spec.Length * r.spec.Input.Width
}

// findColumns finds the columns of the input, by name where the first row has names, and tells whether it has.
func (r *SequenceReader) findColumns(first []field) (header bool, err error) {
	r.cols = &columns{count: len(first), label: -1}
	names := r.spec.Encoding.Columns
	if r.steps && len(names) != r.spec.Input.Width {
		names = nil // they are the names of a whole sequence
	}
	if !slices.ContainsFunc(first, func(f field) bool { return !isNumber(f.text) || slices.Contains(names, string(f.text)) }) {
		return false, nil
	}
	r.cols.names = r.cols.texts(first)
	for _, name := range names {
		if !slices.Contains(r.cols.names, name) {
			return true, r.table.bad(first[0].line, first[0].column, "a header without "+name, "the columns "+excerptList(names), "")
		}
	}
	if names != nil {
		r.cols.inputs, err = r.cols.findAll(r.table.file, names)
	}
	return true, err
}

// all returns 0 … n−1.
func all(n int) []int {
	which := make([]int, n)
	for i := range which {
		which[i] = i
	}
	return which
}
