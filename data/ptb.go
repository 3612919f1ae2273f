package data

import (
	"bytes"
	"fmt"
	"os"
)

// The Penn Treebank in the form of Mikolov et al. (2010): 929,589 / 73,760 / 82,430 words with the ends of sentences,
// out of 10,000. The state is carried from batch to batch, as in Zaremba et al. (2014).
var ptb = Source{
	Name:    "ptb",
	Summary: "predict the next word of the Penn Treebank, out of 10,000 (--length steps a batch, default 35)",
	Set:     ptbSet.Name,
	Open:    func(_ string, c Config) (Task, error) { return openPTB("ptb", Word, 35, c) },
	Shape:   func(_ string, c Config) (Spec, error) { return ptbShape("ptb", Word, 35, 10_000, c), nil },
}

// The same by characters, 50 with the end of a sentence: 5,017,482 / 393,042 / 442,423 of them. The blanks with which
// each line of the files begins and ends are left out, as in the character-level files of Mikolov et al. (2012).
var ptbCharacters = Source{
	Name:    "ptb-char",
	Summary: "predict the next character of the Penn Treebank, out of 50 (--length steps a batch, default 50)",
	Set:     ptbSet.Name,
	Open:    func(_ string, c Config) (Task, error) { return openPTB("ptb-char", Character, 50, c) },
	Shape:   func(_ string, c Config) (Spec, error) { return ptbShape("ptb-char", Character, 50, 50, c), nil },
}

// ptbShape is what is known without the text.
func ptbShape(name string, unit Unit, length, vocabulary int, c Config) Spec {
	n := map[Unit][3]int{Word: {929_588, 73_759, 82_429}, Character: {5_017_481, 393_041, 442_422}}[unit]
	return Spec{
		Name: name, Length: or(c.Length, length), Stream: true, Input: Tokens(vocabulary), Metric: textMetric(unit),
		Output: Output{Loss: CrossEntropy, Width: vocabulary, Where: EveryStep}, TrainSize: n[Train], ValidSize: n[Valid], TestSize: n[Test],
	}
}

func openPTB(name string, unit Unit, length int, c Config) (Task, error) {
	dir, err := Dir(c.Dir)
	if err != nil {
		return nil, err
	}
	paths, err := ptbSet.paths(dir)
	if err != nil {
		return nil, err
	}
	var v *vocabulary
	var splits [3][]uint16
	for split, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		text, _, err := normalText(path, raw)
		if err != nil {
			return nil, err
		}
		if unit == Character {
			text = trimLines(text)
		}
		if v == nil {
			if v, err = newVocabulary(unit, text); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		if splits[split], err = v.tokens(path, text); err != nil {
			return nil, err
		}
		if len(splits[split]) < 2 {
			return nil, corrupt(ptbSet, dir, &PlaceError{File: path, Found: fmt.Sprintf("%d %ss", len(splits[split]), unit), Want: "a text"})
		}
	}
	return newStreamTask(Spec{
		Name: name, Length: or(c.Length, length), Metric: textMetric(unit),
		Encoding: Encoding{Unit: unit, Vocabulary: v.text, Classes: v.text},
	}, v.size(), splits, c)
}

// trimLines leaves out the blanks at both ends of each line.
func trimLines(text []byte) []byte {
	lines := bytes.Split(text, []byte("\n"))
	for i := range lines {
		lines[i] = bytes.Trim(lines[i], " ")
	}
	return bytes.Join(lines, []byte("\n"))
}
