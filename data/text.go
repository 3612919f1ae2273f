package data

import (
	"fmt"
	"slices"
)

// A text of the user's, read as a stream: at every step the next character (or byte, or word) is asked for. The file
// is cut into training, validation and test by share, in this order; the vocabulary is that of the whole file. Bytes
// are taken as they are; characters and words are read as UTF-8, with the line ends of Windows and of old Macintosh files as
// line ends.
var text = Source{
	Name:     "text",
	Argument: "FILE",
	Summary:  "predict the next character, byte or word of a text (--length steps a batch, default 50)",
	Options:  []Option{OptionUnit, OptionShares},
	Open:     openText,
}

const textLength = 50

var textShares = Shares{0.9, 0.05, 0.05}

func openText(path string, c Config) (Task, error) {
	unit := or(c.Unit, Character)
	if err := oneOf("unit", unit, Character, Byte, Word); err != nil {
		return nil, err
	}
	raw, err := readOwn(path)
	if err != nil {
		return nil, err
	}
	var notes []string
	if unit != Byte {
		if raw, notes, err = normalText(path, raw); err != nil {
			return nil, err
		}
		if n := returnsToLineEnds(raw); n > 0 {
			notes = append(notes, fmt.Sprintf("%s has %d carriage returns alone, which end lines in old Macintosh files, each read as a line end", path, n))
		}
	}
	v, err := newVocabulary(unit, raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	tokens, err := v.tokens(path, raw)
	if err != nil {
		return nil, err
	}
	if err := v.checkVaries(path, tokens); err != nil {
		return nil, err
	}
	splits, err := cutTokens(path, tokens, unit, or(c.Shares, textShares))
	if err != nil {
		return nil, err
	}
	return newStreamTask(Spec{
		Name: "text:" + path, Length: or(c.Length, textLength), Metric: textMetric(unit), Notes: notes,
		Encoding: Encoding{Unit: unit, Vocabulary: v.text, Classes: v.text},
	}, v.size(), splits, c)
}

// checkVaries requires that there are two different tokens at least, beside the end of line that stands for the end of a text of words.
func (v *vocabulary) checkVaries(path string, tokens []uint16) error {
	if n := len(tokens); n > 0 && v.unit == Word {
		tokens = tokens[:n-1]
	}
	want := fmt.Sprintf("at least two different %ss", v.unit)
	if len(tokens) == 0 {
		return &PlaceError{File: path, Found: fmt.Sprintf("no %s", v.unit), Want: want}
	}
	if slices.ContainsFunc(tokens, func(t uint16) bool { return t != tokens[0] }) {
		return nil
	}
	name := (&Tokenizer{v}).Name(int32(tokens[0]))
	return &PlaceError{File: path, Found: fmt.Sprintf("the %s %s and no other, %d in all", v.unit, excerpt(name), len(tokens)), Want: want}
}

// cutTokens cuts the tokens of a file into splits by share; nil is a split without one. Others need a token from which another is predicted.
func cutTokens(file string, tokens []uint16, unit Unit, s Shares) (splits [3][]uint16, err error) {
	valid, test := s.cut(len(tokens))
	splits = [3][]uint16{tokens[:valid], tokens[valid:test], tokens[test:]}
	for split, share := range [...]float64{s.Train, s.Valid, s.Test} {
		switch n := len(splits[split]); {
		case share == 0:
			splits[split] = nil
		case n < 2:
			return splits, fmt.Errorf("%w: the split %v has %d of the %d %ss of %s, want at least 2, the second of which is predicted; %d %ss would do, or other shares (--shares)",
				ErrConfig, Split(split), n, len(tokens), unit, file, s.enough(2), unit)
		}
	}
	return splits, nil
}

func textMetric(u Unit) Metric {
	switch u {
	case Byte:
		return BitsPerByte
	case Word:
		return Perplexity
	}
	return BitsPerCharacter
}
