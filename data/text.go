package data

import "fmt"

// A text of the user's, read as a stream: at every step the next character (or byte, or word) is asked for. The file
// is cut into training, validation and test by share, in this order; the vocabulary is that of the whole file. Bytes
// are taken as they are; characters and words are read as UTF-8, with Windows line ends as line ends.
var text = Source{
	Name:     "text",
	Argument: "FILE",
	Summary:  "predict the next character, byte or word of a text (--length steps a batch, default 100)",
	Options:  []Option{OptionUnit, OptionShares},
	Open:     openText,
}

const textLength = 100

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
	}
	v, err := newVocabulary(unit, raw)
	if err != nil {
		return nil, err
	}
	tokens, err := v.tokens(path, raw)
	if err != nil {
		return nil, err
	}
	if v.size() < 2 {
		return nil, &PlaceError{File: path, Found: fmt.Sprintf("the same %s all over", unit), Want: "at least two different ones"}
	}
	shares := or(c.Shares, textShares)
	valid, test := shares.cut(len(tokens))
	splits := [3][]uint16{Train: tokens[:valid]}
	if shares.Valid > 0 {
		splits[Valid] = tokens[valid:test]
	}
	if shares.Test > 0 {
		splits[Test] = tokens[test:]
	}
	return newStreamTask(Spec{
		Name: "text:" + path, Length: or(c.Length, textLength), Metric: textMetric(unit), Notes: notes,
		Encoding: Encoding{Unit: unit, Vocabulary: v.text, Classes: v.text},
	}, v.size(), splits, c)
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
