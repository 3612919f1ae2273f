package data

import (
	"fmt"
	"io"
)

// A table of the user's with one sequence a row. A column holds the class (the last, unless Config.Label names another)
// or some hold the numbers to be predicted (Config.Targets); the others are the sequence, Config.Channels values a time
// step. Rows are cut into splits by share, each class evenly, in an order that does not depend on the seed.
var table = Source{
	Name:     "csv",
	Argument: "FILE",
	Summary:  "classes, or numbers, of the sequences that are the rows of a table",
	Options: []Option{OptionLabel, OptionTargets, OptionColumns, OptionChannels, OptionShares, OptionHeader, OptionNormalise,
		OptionMissing},
	Open: openCSV,
}

var tableShares = Shares{0.8, 0.1, 0.1}

func openCSV(path string, c Config) (Task, error) {
	r, t, cols, err := readTable(path, c)
	if err != nil {
		return nil, err
	}
	var labels []int32
	if cols.label >= 0 {
		r.sortClasses()
		labels = r.labels
	} else {
		r.labels = nil
	}
	splits, err := cutRows(path, mixed("csv", r.count(), labels, len(r.classes)), or(c.Shares, tableShares))
	if err != nil {
		return nil, err
	}
	c.Normalise = or(c.Normalise, NormaliseTrain)
	return newSequenceTask("csv", Spec{
		Name: "csv:" + path, Notes: t.notes(), Encoding: Encoding{Columns: cols.inputNames(), TargetColumns: cols.pick(cols.targets)},
	}, r, splits, c.stepWidth, c)
}

// readTable reads a table with a class or with targets.
func readTable(path string, c Config) (*rows, *tableReader, *columns, error) {
	fail := func(err error) (*rows, *tableReader, *columns, error) { return nil, nil, nil, err }
	f, err := openOwn(path, tableContent)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	t, err := newTableReader(path, f)
	if err != nil {
		return fail(err)
	}
	first, err := t.next()
	if err == io.EOF {
		return fail(t.bad(1, 1, "empty lines", "a table", ""))
	} else if err != nil {
		return fail(err)
	}
	cols, header, err := findColumns(path, first, c, true)
	if err != nil {
		return fail(err)
	}
	if header {
		first = nil
	}
	r := &rows{}
	if err := r.read(t, cols, first, c.Missing); err != nil {
		return fail(err)
	}
	if r.count() == 0 {
		return fail(t.headerAlone())
	}
	return r, t, cols, nil
}

// stepWidth returns how many of the values of a sequence are a time step: a value of each channel, or, where the settings
// ask for a length, as many as give that.
func (c Config) stepWidth(values int) (int, error) {
	channels := or(c.Channels, 1)
	width := channels
	if c.Length > 0 {
		width = ceil(values, c.Length*channels) * channels
	}
	if c.Missing != MissingPad && (values%width != 0 || c.Length > 0 && values != c.Length*width) {
		steps := "whole time steps"
		if c.Length > 0 {
			steps = fmt.Sprintf("%d time steps of the same width", c.Length)
		}
		return 0, fmt.Errorf("%w: %d values of %d channels are not %s; the divisors of %d are %v", ErrConfig, values, channels, steps, values, divisors(values))
	}
	return width, nil
}
