package data

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// A long table of the user's with a row for each time: from a window of Length rows the values of the Horizon rows behind
// it are predicted, of all columns or of Config.Targets. The table is cut into training, validation and test by share,
// in this order, and a window with what is predicted lies within one of them. Every window of the training split is a
// sequence, in an order that is new in each epoch. Each column is scaled to mean 0 and deviation 1 over the training
// split.
var series = Source{
	Name:     "series",
	Argument: "FILE",
	Summary:  "predict the next rows of a long table of numbers from a window (--length, default 50)",
	Options:  []Option{OptionTargets, OptionColumns, OptionHorizon, OptionShares, OptionHeader, OptionNormalise, OptionMissing},
	Open:     openSeries,
}

const seriesLength = 50

// seriesTask has the columns that are read, scaled.
type seriesTask struct {
	spec    Spec
	values  []float32 // rows × columns
	columns int
	inputs  []int // columns that a window shows
	targets []int // columns that are predicted
	horizon int
	begin   [3]int // first row of each split
	order   epochOrder

	lines []int32  // of the file, of each row; while it is opened
	where []string // of each column, for messages; while it is opened
}

func openSeries(path string, c Config) (Task, error) {
	if c.Normalise == NormaliseSequence {
		return nil, fmt.Errorf("%w: normalise %q; the columns of a series are scaled over the training split (%q), or not at all (%q)",
			ErrConfig, c.Normalise, NormaliseTrain, NormaliseNone)
	}
	t := &seriesTask{horizon: or(c.Horizon, 1)}
	reader, cols, err := t.read(path, c)
	if err != nil {
		return nil, err
	}
	length, rows := or(c.Length, seriesLength), len(t.values)/t.columns
	shares := or(c.Shares, tableShares)
	valid, test := shares.cut(rows)
	t.begin = [3]int{0, valid, test}
	windows, err := t.windows(path, [3]int{valid, test - valid, rows - test}, length, shares)
	if err != nil {
		return nil, err
	}
	sizes, err := c.sizes("windows", windows)
	if err != nil {
		return nil, err
	}
	t.spec = Spec{
		Name: "series:" + path, Length: length, Input: Values(len(t.inputs)), Output: Output{Loss: SquaredError, Width: t.horizon * len(t.targets)}, Metric: MSE,
		TrainSize: sizes[Train], ValidSize: sizes[Valid], TestSize: sizes[Test], Notes: reader.notes(),
		Encoding: Encoding{Columns: cols.inputNames(), TargetColumns: t.targetNames(cols), Channels: len(t.inputs), Missing: or(c.Missing, MissingRefuse), Windows: true},
	}
	t.scale(valid, or(c.Normalise, NormaliseTrain))
	if at := notFinite(t.values); at >= 0 {
		return nil, &PlaceError{File: path, Line: int(t.lines[at/t.columns]), Found: "a value that is too far from those of training" + t.where[at%t.columns],
			Want: "values that float32 can hold after scaling"}
	}
	t.lines, t.where = nil, nil
	t.order = newEpochOrder(c.Seed, philox.Stream("series/shuffle"), sizes[Train])
	return t, nil
}

// windows returns how many windows of a length there are in splits of so many rows. A split with a share must have one.
func (t *seriesTask) windows(path string, rows [3]int, length int, shares Shares) (windows [3]int, err error) {
	takes := length + t.horizon
	short := -1 // of the splits that have no window, the shortest
	for split, n := range rows {
		windows[split] = max(n-takes+1, 0)
		if share := [...]float64{shares.Train, shares.Valid, shares.Test}[split]; share > 0 && windows[split] == 0 && (short < 0 || n < rows[short]) {
			short = split
		}
	}
	if short < 0 {
		return windows, nil
	}
	change := "other shares (--shares)"
	if fits := rows[short] - t.horizon; fits > 0 {
		change = fmt.Sprintf("a window of %d at most (--length), or %s", fits, change)
	}
	return windows, fmt.Errorf("%w: the split %v has %d of the %d rows of %s, and a window of %d with the %d that are predicted takes %d; %d rows would do, or %s",
		ErrConfig, Split(short), rows[short], rows[0]+rows[1]+rows[2], path, length, t.horizon, takes, shares.enough(takes), change)
}

// read reads the columns that are shown or predicted.
func (t *seriesTask) read(path string, c Config) (*tableReader, *columns, error) {
	f, err := openOwn(path, tableContent)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	r, err := newTableReader(path, f)
	if err != nil {
		return nil, nil, err
	}
	fields, err := r.next()
	if err == io.EOF {
		return nil, nil, r.bad(1, 1, "empty lines", "a table", "")
	} else if err != nil {
		return nil, nil, err
	}
	cols, header, err := findColumns(path, fields, c, false)
	if err != nil {
		return nil, nil, err
	}
	if len(cols.targets) == 0 {
		cols.targets = cols.inputs
	}
	which := slices.Clone(cols.inputs)
	for _, i := range cols.targets {
		if !slices.Contains(which, i) {
			which = append(which, i)
		}
	}
	t.columns = len(which)
	for _, i := range which {
		t.where = append(t.where, cols.where(i))
	}
	for _, i := range cols.inputs {
		t.inputs = append(t.inputs, slices.Index(which, i))
	}
	for _, i := range cols.targets {
		t.targets = append(t.targets, slices.Index(which, i))
	}
	if header {
		fields, err = r.next()
	}
	for ; err == nil; fields, err = r.next() {
		if err := t.add(r, cols, which, fields, c.Missing); err != nil {
			return nil, nil, err
		}
	}
	if err != io.EOF {
		return nil, nil, err
	}
	if len(t.values) == 0 {
		return nil, nil, r.headerAlone()
	}
	for k, i := range which {
		if !interpolate(t.values[k:], t.columns) {
			return nil, nil, r.bad(r.line, 0, "a table without a value"+cols.where(i), "values", "leave the column out: --columns names those to read")
		}
	}
	return r, cols, nil
}

// add appends a row.
func (t *seriesTask) add(r *tableReader, cols *columns, which []int, fields []field, missing Missing) error {
	if n := len(fields); n != cols.count {
		last := fields[min(n, cols.count+1)-1]
		return r.bad(last.line, last.column, fmt.Sprintf("a row of %d values", n), fmt.Sprintf("%d as in the first row", cols.count), "")
	}
	t.lines = append(t.lines, int32(fields[0].line))
	for _, i := range which {
		v, err := r.number(fields[i], cols.where(i))
		if err != nil {
			err.(*PlaceError).Hint = or(err.(*PlaceError).Hint, "if it is no value (a date, say), --columns names the columns to read")
			return err
		}
		if math.IsNaN(float64(v)) && missing != MissingPad {
			return r.missing(fields[i], cols.where(i), "fill it, or have it interpolated with --missing pad")
		}
		t.values = append(t.values, v)
	}
	return nil
}

// targetNames returns the names of the outputs: of the columns, with how many rows ahead where there are several.
func (t *seriesTask) targetNames(cols *columns) (names []string) {
	for ahead := range t.horizon {
		for _, name := range cols.pick(cols.targets) {
			if t.horizon > 1 {
				name = fmt.Sprintf("%s+%d", name, ahead+1)
			}
			names = append(names, name)
		}
	}
	return names
}

// scale scales every column by its values in the first rows, those of the training split, and sets the baseline: the
// error of their mean.
func (t *seriesTask) scale(train int, how Normalise) {
	normals := make([]Normal, t.columns)
	variances := make([]float64, t.columns)
	for k := range normals {
		n := normalOf(func(yield func(float32) bool) {
			for at := k; at < train*t.columns; at += t.columns {
				if !yield(t.values[at]) {
					return
				}
			}
		})
		for at := k; at < train*t.columns; at += t.columns {
			variances[k] += math.Pow(float64(t.values[at])-n.Mean, 2) / float64(train)
		}
		normals[k] = n
		if how == NormaliseNone {
			continue
		}
		variances[k] /= n.Deviation * n.Deviation
		for at := k; at < len(t.values); at += t.columns {
			t.values[at] = n.apply(t.values[at])
		}
	}
	e := &t.spec.Encoding
	for _, k := range t.inputs {
		e.Inputs = append(e.Inputs, normals[k])
	}
	for range t.horizon {
		for _, k := range t.targets {
			e.Targets = append(e.Targets, normals[k])
			t.spec.Baseline += variances[k] / float64(t.spec.Output.Width)
		}
	}
	if how == NormaliseNone {
		e.Inputs, e.Targets = nil, nil
	}
}

func (t *seriesTask) Spec() Spec { return t.spec }

func (t *seriesTask) Close() error {
	t.values = nil
	return nil
}

func (t *seriesTask) Fill(split Split, epoch, index int, b Batch) (int, error) {
	if t.values == nil {
		return 0, fmt.Errorf("%w: task %s: %w", ErrConfig, t.spec.Name, os.ErrClosed)
	}
	first, count, err := t.spec.locate(split, epoch, index, b)
	if err != nil {
		return 0, err
	}
	width, out := len(t.inputs), t.spec.Output.Width
	for step := range b.Length {
		values := b.Values[step*b.Size*width : (step+1)*b.Size*width]
		for row := range count {
			t.copyRow(values[row*width:(row+1)*width], t.window(split, epoch, first+row)+step, t.inputs)
		}
		clear(values[count*width:])
	}
	for row := range count {
		b.Labels[row] = 0
		behind := t.window(split, epoch, first+row) + b.Length
		for ahead := range t.horizon {
			t.copyRow(b.Targets[row*out+ahead*len(t.targets):][:len(t.targets)], behind+ahead, t.targets)
		}
	}
	for row := count; row < b.Size; row++ {
		b.Labels[row] = NotCounted
	}
	clear(b.Targets[count*out:])
	return count, nil
}

// window returns the first row of the window at a place of an epoch.
func (t *seriesTask) window(split Split, epoch, place int) int {
	if split == Train {
		place = int(t.order.of(epoch)[place])
	}
	return t.begin[split] + place
}

func (t *seriesTask) copyRow(dst []float32, row int, columns []int) {
	for i, k := range columns {
		dst[i] = t.values[row*t.columns+k]
	}
}
