package data

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Tokenizer turns text into the tokens of an Encoding and back.
type Tokenizer struct{ v *vocabulary }

// Tokenizer returns the tokenizer of an encoding of tokens. The error matches ErrConfig: it has no tokens.
func (e Encoding) Tokenizer() (*Tokenizer, error) {
	if e.Unit == "" || e.Unit != Byte && len(e.Vocabulary) == 0 {
		return nil, fmt.Errorf("%w: the encoding has no vocabulary", ErrConfig)
	}
	v := &vocabulary{unit: e.Unit, text: e.Vocabulary}
	v.index()
	return &Tokenizer{v}, nil
}

// Unit returns what a token is.
func (t *Tokenizer) Unit() Unit { return t.v.unit }

// Size returns how many different tokens there are.
func (t *Tokenizer) Size() int { return t.v.size() }

// Tokens numbers the units of a text, whose line ends are read as those of a text to train on. Words of a text that does not end with a line end have no EndOfLine behind the last. file names the
// text in errors, which are PlaceErrors: a unit that is not in the vocabulary, or what is no UTF-8.
func (t *Tokenizer) Tokens(file string, text []byte) ([]int32, error) {
	if t.v.unit != Byte {
		var err error
		if text, _, err = normalText(file, text); err != nil {
			return nil, err
		}
		if bytes.IndexByte(text, '\r') >= 0 && !slices.Contains(t.v.text, "\r") {
			text = bytes.Clone(text)
			returnsToLineEnds(text)
		}
	}
	short, err := t.v.tokens(file, text)
	if err != nil {
		return nil, err
	}
	if n := len(short); t.v.unit == Word && n > 0 && text[len(text)-1] != '\n' {
		short = short[:n-1]
	}
	all := make([]int32, len(short))
	for i, n := range short {
		all[i] = int32(n)
	}
	return all, nil
}

// Name returns the text of one token.
func (t *Tokenizer) Name(token int32) string {
	if t.v.unit == Byte {
		return string([]byte{byte(token)})
	}
	if token < 0 || int(token) >= len(t.v.text) {
		return ""
	}
	return t.v.text[token]
}

// Append appends the text of one token to a text of tokens: words and symbols are parted by blanks, and EndOfLine is a line end.
func (t *Tokenizer) Append(text []byte, token int32) []byte {
	name := t.Name(token)
	if t.v.unit == Byte || t.v.unit == Character {
		return append(text, name...)
	}
	if t.v.unit == Word && name == EndOfLine {
		return append(text, '\n')
	}
	if len(text) > 0 && !strings.ContainsRune("\n ", rune(text[len(text)-1])) {
		text = append(text, ' ')
	}
	return append(text, name...)
}

// Text returns the text of tokens.
func (t *Tokenizer) Text(tokens []int32) string {
	var text []byte
	for _, n := range tokens {
		text = t.Append(text, n)
	}
	return string(text)
}
