package data

import (
	"fmt"
	"io"
	"math"
	"slices"
)

// ReadSequences reads a table whose sequences are to be classified, or continued, by a network that was trained on a task
// of this Spec: without the data of the task, without a class or targets. It calls each with the line (from 1) on
// which a sequence ends and with its values, Length × Input.Width, which are valid until each returns; an error of
// each ends the reading. A table with a header may have further columns where training had names; other tables have
// the columns of a sequence alone. Where the sequences of the task are windows, there is one: the last Length rows.
// Errors match ErrCorrupt (a PlaceError) or ErrConfig.
func (s Spec) ReadSequences(file string, in io.Reader, each func(line int, values []float32) error) error {
	if s.Input.IsTokens() {
		return fmt.Errorf("%w: task %s reads tokens, not sequences of numbers", ErrConfig, s.Name)
	}
	r, err := newTableReader(file, in)
	if err != nil {
		return err
	}
	fields, err := r.next()
	if err == io.EOF {
		return r.bad(1, 1, "nothing", "a table of sequences", "")
	} else if err != nil {
		return err
	}
	cols, header, err := s.predictColumns(file, fields)
	if err != nil {
		return err
	}
	if header {
		fields, err = r.next()
	}
	p := predictReader{spec: s, tableReader: r, cols: cols, values: make([]float32, s.Length*s.Input.Width), each: each}
	for ; err == nil; fields, err = r.next() {
		if err := p.row(fields); err != nil {
			return err
		}
	}
	if err != io.EOF {
		return err
	}
	return p.end()
}

// predictColumns finds the columns of the input: by name where the first row has a name that training had, else all.
func (s Spec) predictColumns(file string, first []field) (cols *columns, header bool, err error) {
	cols = &columns{count: len(first), label: -1}
	header = slices.ContainsFunc(first, func(f field) bool { return !isNumber(f.text) || slices.Contains(s.Encoding.Columns, string(f.text)) })
	if header {
		cols.names = cols.texts(first)
		if s.Encoding.Columns == nil {
			cols.inputs = all(cols.count)
			return cols, true, nil
		}
		for _, name := range s.Encoding.Columns {
			if !slices.Contains(cols.names, name) {
				return nil, false, &PlaceError{File: file, Line: first[0].line, Column: first[0].column,
					Found: "a header without " + name, Want: "the columns " + excerptList(s.Encoding.Columns)}
			}
		}
		cols.inputs, err = cols.findAll(file, s.Encoding.Columns)
		return cols, true, err
	}
	cols.inputs = all(cols.count)
	return cols, false, nil
}

func (*columns) texts(fields []field) (texts []string) {
	for _, f := range fields {
		texts = append(texts, string(f.text))
	}
	return texts
}

// all returns 0 … n−1.
func all(n int) []int {
	which := make([]int, n)
	for i := range which {
		which[i] = i
	}
	return which
}

// predictReader turns the rows of a table into sequences.
type predictReader struct {
	*tableReader
	spec   Spec
	cols   *columns
	raw    []float32 // of the row, or of the last rows of a window
	values []float32
	each   func(int, []float32) error
	last   int // line of the last row
}

func (p *predictReader) row(fields []field) error {
	e := p.spec.Encoding
	p.last = fields[0].line
	inputs := p.cols.inputs
	want := len(p.values)
	if e.Windows {
		want = p.spec.Input.Width
	}
	if p.cols.names == nil {
		inputs = all(len(fields))
	} else if len(fields) != p.cols.count {
		return p.bad(p.last, 0, fmt.Sprintf("a row of %d values", len(fields)), fmt.Sprintf("%d as in the header", p.cols.count), "")
	}
	if n := len(inputs); n > want || n < want && (e.Windows || e.Missing != MissingPad) || n%e.channels() != 0 {
		return p.bad(p.last, 0, fmt.Sprintf("%d values", n), fmt.Sprintf("%d, as those that the network was trained on, without class or targets", want), "")
	}
	if !e.Windows {
		p.raw = p.raw[:0]
	}
	for _, i := range inputs {
		v, err := p.number(fields[i], p.cols.where(i))
		if err != nil {
			return err
		}
		if math.IsNaN(float64(v)) && e.Missing != MissingPad {
			return p.missing(fields[i], p.cols.where(i), "")
		}
		p.raw = append(p.raw, v)
	}
	if e.Windows {
		if over := len(p.raw) - len(p.values); over > 0 {
			p.raw = append(p.raw[:0], p.raw[over:]...)
		}
		return nil
	}
	return p.sequence()
}

func (p *predictReader) sequence() error {
	if err := p.spec.Sequence(p.values, p.raw); err != nil {
		return fmt.Errorf("%s:%d: %w", p.file, p.last, err)
	}
	return p.each(p.last, p.values)
}

// end hands over the window that the last rows are.
func (p *predictReader) end() error {
	if !p.spec.Encoding.Windows {
		return nil
	}
	if n := len(p.raw) / p.spec.Input.Width; n < p.spec.Length {
		return p.bad(max(p.line, 1), 0, fmt.Sprintf("%d rows", n), fmt.Sprintf("%d, the window of the network", p.spec.Length), "")
	}
	return p.sequence()
}
