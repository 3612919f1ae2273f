package data

import (
	"bytes"
	"fmt"
	"sort"
	"unicode/utf8"
)

// maxVocabulary is the most different tokens of a text.
const maxVocabulary = 1 << 16

// vocabulary numbers the units of a text. It is made of one text, by count, and then reads others.
type vocabulary struct {
	unit   Unit
	text   []string // of each token; nil for bytes
	number map[string]uint16
	short  [256]int32 // of the units of one byte; −1 for those that are not there
}

// newVocabulary numbers the units of a text in the order of how often they come, those that come equally often in the
// order of their bytes.
func newVocabulary(unit Unit, text []byte) (*vocabulary, error) {
	v := &vocabulary{unit: unit}
	if unit == Byte {
		return v, nil
	}
	counts := map[string]int{}
	var short [256]int // of units of one byte, most characters
	for unit := range units(unit, text) {
		if len(unit) == 1 {
			short[unit[0]]++
			continue
		}
		if _, ok := counts[string(unit)]; !ok && len(counts) == maxVocabulary {
			return nil, fmt.Errorf("%w: more than %d different %ss; take smaller units", ErrConfig, maxVocabulary, v.unit)
		}
		counts[string(unit)]++
	}
	for c, n := range short {
		if n > 0 {
			counts[string([]byte{byte(c)})] = n
		}
	}
	if len(counts) > maxVocabulary {
		return nil, fmt.Errorf("%w: more than %d different %ss; take smaller units", ErrConfig, maxVocabulary, v.unit)
	}
	for text := range counts {
		v.text = append(v.text, text)
	}
	sort.Slice(v.text, func(i, j int) bool {
		a, b := v.text[i], v.text[j]
		return counts[a] > counts[b] || counts[a] == counts[b] && a < b
	})
	v.index()
	return v, nil
}

func (v *vocabulary) index() {
	v.number = make(map[string]uint16, len(v.text))
	for i := range v.short {
		v.short[i] = -1
	}
	for i, text := range v.text {
		v.number[text] = uint16(i)
		if len(text) == 1 {
			v.short[text[0]] = int32(i)
		}
	}
}

// size is the number of different tokens.
func (v *vocabulary) size() int {
	if v.unit == Byte {
		return 256
	}
	return len(v.text)
}

// tokens numbers the units of a text. An unknown unit is a PlaceError in the named file.
func (v *vocabulary) tokens(file string, text []byte) ([]uint16, error) {
	if v.unit == Byte {
		all := make([]uint16, len(text))
		for i, c := range text {
			all[i] = uint16(c)
		}
		return all, nil
	}
	var all []uint16
	for unit, at := range units(v.unit, text) {
		if len(unit) == 1 && v.short[unit[0]] >= 0 {
			all = append(all, uint16(v.short[unit[0]]))
			continue
		}
		n, ok := v.number[string(unit)]
		if !ok {
			line, column := placeOf(text, at)
			return nil, &PlaceError{File: file, Line: line, Column: column, Found: fmt.Sprintf("the %s %s", v.unit, excerpt(string(unit))),
				Want: fmt.Sprintf("one of the %d %ss of the training text", len(v.text), v.unit)}
		}
		all = append(all, n)
	}
	return all, nil
}

// units goes through the units of a text, each with the place of its first byte. The end of a line is a character,
// the word EndOfLine (also at the end of a text that does not end in one), and no symbol.
func units(unit Unit, text []byte) func(yield func(unit []byte, at int) bool) {
	if unit == Character {
		return func(yield func([]byte, int) bool) {
			for at := 0; at < len(text); {
				_, n := utf8.DecodeRune(text[at:])
				if !yield(text[at:at+n], at) {
					return
				}
				at += n
			}
		}
	}
	endOfLine := []byte(EndOfLine)
	return func(yield func([]byte, int) bool) {
		for at := 0; at < len(text); {
			end := bytes.IndexByte(text[at:], '\n')
			if end < 0 {
				end = len(text) - at
			}
			if !words(text[at:at+end], at, yield) || unit == Word && !yield(endOfLine, at+end) {
				return
			}
			at += end + 1
		}
	}
}

// words goes through the words of a line that begins at byte number from.
func words(line []byte, from int, yield func([]byte, int) bool) bool {
	blank := func(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }
	for at := 0; at < len(line); {
		start := at
		for at < len(line) && !blank(line[at]) {
			at++
		}
		if at > start && !yield(line[start:at], from+start) {
			return false
		}
		for at < len(line) && blank(line[at]) {
			at++
		}
	}
	return true
}
