package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// sequenceReader reads the sequences of a file or a pipe, no further than it must.
type sequenceReader struct {
	name   string
	in     *bufio.Reader
	p      *model.Predictor
	table  *data.SequenceReader // where a table is read
	tokens *data.Tokenizer      // nil for values, and for tokens without an encoding
	stream bool
	text   bool // lines of text are read; lines of JSON otherwise
	line   int
}

// newSequenceReader looks at the first bytes to tell what is read.
func newSequenceReader(p *model.Predictor, in io.Reader, name, format string, stream bool) (*sequenceReader, error) {
	r := &sequenceReader{name: name, in: bufio.NewReaderSize(in, 1<<20), p: p, stream: stream}
	asTokens := p.Config.Input.IsTokens()
	if asTokens {
		if t, err := p.Encoding.Tokenizer(); err == nil {
			r.tokens = t
		}
	}
	if format == "auto" {
		format = r.guess(asTokens)
	}
	var err error
	switch {
	case asTokens && format == "csv":
		err = fmt.Errorf("%w: --format csv, and the network reads tokens: text or json", errUsage)
	case format == "text" && r.tokens == nil:
		err = fmt.Errorf("%w: --format text, and the network reads values: csv or json", errUsage)
	case format == "csv":
		r.table, err = data.NewSequenceReader(p.Spec(), name, r.in, stream)
	}
	r.text = format == "text"
	return r, err
}

// guess tells the format by what is read and by the first byte.
func (r *sequenceReader) guess(asTokens bool) string {
	if r.tokens != nil {
		return "text"
	}
	if c, err := r.firstByte(); asTokens || err == nil && (c == '{' || c == '[') {
		return "json"
	}
	return "csv"
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
	if r.table != nil {
		line, raw, err := r.table.Next()
		return sequence{line: line, values: slices.Clone(raw)}, err
	}
	for {
		text, err := r.in.ReadBytes('\n')
		if err != nil && (!errors.Is(err, io.EOF) || len(text) == 0) {
			return sequence{}, err
		}
		r.line++
		s := sequence{line: r.line}
		if r.text {
			s.tokens, err = r.tokensOf(text)
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

// tokensOf reads the tokens of a line, whose end is part of it where the text goes on.
func (r *sequenceReader) tokensOf(line []byte) ([]int32, error) {
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
