package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// sequenceReader reads the sequences of a file or a pipe.
type sequenceReader struct {
	name   string
	in     *bufio.Reader
	p      *model.Predictor
	tokens *data.Tokenizer // nil for values, and for tokens without an encoding
	stream bool
	format string
	line   int

	rows  *csv.Reader
	pick  []int // columns that are read; nil for all
	first bool  // the next row of the table is its first
	width int   // values of a row; 0 where any number may be
}

// newSequenceReader looks at the first bytes to tell what is read.
func newSequenceReader(p *model.Predictor, in io.Reader, name, format string, stream bool) (*sequenceReader, error) {
	r := &sequenceReader{name: name, in: bufio.NewReaderSize(in, 1<<20), p: p, stream: stream, format: format, first: true}
	asTokens := p.Config.Input.IsTokens()
	if asTokens {
		if t, err := p.Encoding.Tokenizer(); err == nil {
			r.tokens = t
		} else if format == "text" {
			return nil, fmt.Errorf("%w: the run says nothing of its tokens: give their numbers, with --format json", errUsage)
		}
	}
	switch {
	case format == "auto" && asTokens && r.tokens != nil:
		r.format = "text"
	case format == "auto":
		r.format = "csv"
		if c, err := r.firstByte(); err == nil && (c == '{' || c == '[') {
			r.format = "json"
		}
	case format == "text" && !asTokens, format == "csv" && asTokens && r.tokens != nil:
		return nil, fmt.Errorf("%w: --format %s; the network reads %s", errUsage, format, map[bool]string{true: "tokens: text or json", false: "values: csv or json"}[asTokens])
	}
	if r.format == "csv" {
		r.rows = csv.NewReader(r.in)
		r.rows.FieldsPerRecord, r.rows.ReuseRecord, r.rows.TrimLeadingSpace = -1, true, true
		r.rows.Comma = r.delimiter()
	}
	return r, nil
}

// firstByte returns the first byte that is no blank, which stays in the input.
func (r *sequenceReader) firstByte() (byte, error) {
	for n := 1; ; n++ {
		head, err := r.in.Peek(n)
		if err != nil {
			return 0, err
		}
		if c := head[n-1]; !strings.ContainsRune(" \t\r\n", rune(c)) {
			return c, nil
		}
	}
}

// delimiter returns what parts the values of the first line: a tab where there is one, else a semicolon, else a comma.
func (r *sequenceReader) delimiter() rune {
	r.in.Peek(1) // fills the buffer with what is there
	head, _ := r.in.Peek(r.in.Buffered())
	head, _, _ = bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	for _, c := range []byte("\t;") {
		if bytes.IndexByte(head, c) >= 0 {
			return rune(c)
		}
	}
	return ','
}

// waiting tells whether the next row is not there yet.
func (r *sequenceReader) waiting() bool { return r.in.Buffered() == 0 }

// some returns the next sequences that are there, at most so many, but at least one if it has to wait for it. It returns those before an error,
// or before io.EOF, with it.
func (r *sequenceReader) some(most int) (all []sequence, err error) {
	for len(all) < most && (len(all) == 0 || !r.waiting()) {
		s, err := r.next()
		if err != nil {
			return all, err
		}
		all = append(all, s)
	}
	return all, nil
}

// next returns the next sequence, or io.EOF. Empty lines are none.
func (r *sequenceReader) next() (sequence, error) {
	if r.rows != nil {
		return r.row()
	}
	for {
		text, err := r.in.ReadBytes('\n')
		if err != nil && (!errors.Is(err, io.EOF) || len(text) == 0) {
			return sequence{}, err
		}
		r.line++
		s := sequence{line: r.line}
		if r.format == "text" {
			s.tokens, err = r.text(text)
			if err == nil && len(s.tokens) == 0 {
				continue
			}
			return s, err
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		return s, r.json(text, &s)
	}
}

// text reads the tokens of a line, whose end is part of it where the text goes on.
func (r *sequenceReader) text(line []byte) ([]int32, error) {
	if !r.stream {
		line = bytes.TrimRight(line, "\r\n")
	}
	tokens, err := r.tokens.Tokens(r.name, line)
	var place *data.PlaceError
	if errors.As(err, &place) {
		place.Line = r.line
	}
	return tokens, err
}

// row reads a row of the table.
func (r *sequenceReader) row() (sequence, error) {
	for {
		fields, err := r.rows.Read()
		if err != nil {
			var bad *csv.ParseError
			if errors.As(err, &bad) {
				return sequence{}, &data.PlaceError{File: r.name, Line: bad.Line, Column: bad.Column, Found: bad.Err.Error(), Want: "a row of values"}
			}
			return sequence{}, err
		}
		line, _ := r.rows.FieldPos(0)
		if r.first {
			r.first = false
			fields[0] = strings.TrimPrefix(fields[0], "\ufeff")
			header, err := r.header(fields)
			if err != nil {
				return sequence{}, err
			}
			if header {
				continue
			}
		}
		return r.numbers(line, fields)
	}
}

// header tells whether a row has the names of columns, and finds those that are read.
func (r *sequenceReader) header(fields []string) (bool, error) {
	if !slices.ContainsFunc(fields, func(f string) bool { _, err := number(f); return err != nil }) {
		return false, nil
	}
	names := r.p.Encoding.Columns
	if r.stream && len(names) != r.p.Config.Input.Width {
		names = nil // they are the names of a whole sequence, and a row is a step
	}
	for _, name := range names {
		at := slices.Index(fields, name)
		if at < 0 {
			return true, errInput(r.name, 1, fmt.Sprintf("the columns %s", strings.Join(fields, ", ")), "a column "+name)
		}
		r.pick = append(r.pick, at)
	}
	return true, nil
}

// number reads a number; what is missing is NaN.
func number(text string) (float32, error) {
	text = strings.TrimSpace(text)
	if slices.Contains([]string{"", "nan", "na", "n/a", "null", "none", "?"}, strings.ToLower(text)) {
		return float32(math.NaN()), nil
	}
	v, err := strconv.ParseFloat(text, 32)
	return float32(v), err
}

func (r *sequenceReader) numbers(line int, fields []string) (sequence, error) {
	s := sequence{line: line}
	for i := range fields {
		at := i
		if r.pick != nil {
			if i == len(r.pick) {
				break
			}
			at = r.pick[i]
		}
		if at >= len(fields) {
			return s, errInput(r.name, line, fmt.Sprintf("a row of %d values", len(fields)), fmt.Sprintf("a value in column %d", at+1))
		}
		v, err := number(fields[at])
		if err != nil {
			return s, &data.PlaceError{File: r.name, Line: line, Found: strconv.Quote(fields[at]), Want: fmt.Sprintf("a number in column %d", at+1)}
		}
		if r.p.Config.Input.IsTokens() {
			s.tokens = append(s.tokens, int32(v))
			continue
		}
		s.values = append(s.values, v)
	}
	return s, nil
}

// rowObject is a line of JSON.
type rowObject struct {
	Values json.RawMessage `json:"values"`
	Tokens []int32         `json:"tokens"`
	Text   *string         `json:"text"`
}

func (r *sequenceReader) json(text []byte, s *sequence) error {
	want := "[1, 2, …] or {\"values\": [1, 2, …]}"
	if r.p.Config.Input.IsTokens() {
		want = "{\"text\": \"…\"} or {\"tokens\": [1, 2, …]}"
	}
	bad := func(found string) error { return errInput(r.name, s.line, found, want) }
	row := rowObject{Values: text}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		row.Values = nil
		if err := json.Unmarshal(text, &row); err != nil {
			return bad(err.Error())
		}
	}
	switch {
	case r.p.Config.Input.IsTokens() && row.Text != nil && r.tokens != nil:
		tokens, err := r.tokens.Tokens(r.name, []byte(*row.Text))
		s.tokens = tokens
		return err
	case r.p.Config.Input.IsTokens():
		s.tokens = row.Tokens
		if row.Tokens == nil && json.Unmarshal(row.Values, &s.tokens) != nil || len(s.tokens) == 0 {
			return bad("no tokens")
		}
		return nil
	}
	var tree any
	if err := json.Unmarshal(row.Values, &tree); err != nil {
		return bad("no values")
	}
	if !flatten(tree, &s.values) {
		return bad("something else than numbers")
	}
	return nil
}

// flatten appends the numbers of nested arrays; null is a missing one.
func flatten(tree any, into *[]float32) bool {
	switch v := tree.(type) {
	case []any:
		for _, one := range v {
			if !flatten(one, into) {
				return false
			}
		}
		return true
	case float64:
		*into = append(*into, float32(v))
		return true
	case nil:
		*into = append(*into, float32(math.NaN()))
		return true
	}
	return false
}
