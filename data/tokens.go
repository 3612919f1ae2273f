package data

import (
	"fmt"
	"strings"
)

// Tokens turns a text into the tokens that a network reads, as the data set was: the end of a line is the word
// EndOfLine where units are words. The error is a PlaceError where a unit is not in the vocabulary, or matches ErrConfig.
func (e Encoding) Tokens(text string) ([]int32, error) {
	if e.Unit == "" {
		return nil, fmt.Errorf("%w: the network does not read a text", ErrConfig)
	}
	v := vocabulary{unit: e.Unit, text: e.Vocabulary}
	v.index()
	found, err := v.tokens("the text", []byte(text))
	if err != nil {
		return nil, err
	}
	if e.Unit == Word && text != "" && !strings.HasSuffix(text, "\n") { // a line that goes on
		found = found[:len(found)-1]
	}
	tokens := make([]int32, len(found))
	for i, token := range found {
		tokens[i] = int32(token)
	}
	return tokens, nil
}

// Text turns tokens back into a text. Tokens outside the vocabulary panic: a network has none.
func (e Encoding) Text(tokens []int32) string {
	var b strings.Builder
	for i, token := range tokens {
		switch {
		case e.Unit == Byte:
			b.WriteByte(byte(token))
			continue
		case e.Unit == Word && e.Vocabulary[token] == EndOfLine:
			b.WriteByte('\n')
			continue
		case i > 0 && e.Unit != Character && !(e.Unit == Word && e.Vocabulary[tokens[i-1]] == EndOfLine):
			b.WriteByte(' ')
		}
		b.WriteString(e.Vocabulary[token])
	}
	return b.String()
}
