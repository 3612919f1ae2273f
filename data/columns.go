package data

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// columns says what the columns of a table are.
type columns struct {
	names   []string // of all columns; nil where the table has no header
	count   int      // columns of a row
	inputs  []int    // that are read as input
	label   int      // that holds the class; −1 for none
	targets []int    // that are to be predicted
}

// where names a column in a sentence: " in column 3 (petal width)".
func (c *columns) where(column int) string {
	if c.names == nil || column >= len(c.names) {
		return fmt.Sprintf(" in column %d", column+1)
	}
	return fmt.Sprintf(" in column %d (%s)", column+1, c.names[column])
}

// inputNames returns the names of the input columns, nil where there are none.
func (c *columns) inputNames() []string { return c.pick(c.inputs) }

func (*columns) texts(fields []field) (texts []string) {
	for _, f := range fields {
		texts = append(texts, string(f.text))
	}
	return texts
}

func (c *columns) pick(which []int) (names []string) {
	if c.names == nil {
		return nil
	}
	for _, i := range which {
		names = append(names, c.names[i])
	}
	return names
}

// findColumns decides from the first row of a table, which may be a header, and the settings what the columns are.
// withLabel tells that there is a column of classes unless the settings name targets. It says whether the row is a header.
func findColumns(file string, first []field, c Config, withLabel bool) (cols *columns, header bool, err error) {
	cols = &columns{count: len(first), label: -1}
	label := ""
	if withLabel && len(c.Targets) == 0 {
		label = or(c.Label, "last")
	} else if c.Label != "" {
		return nil, false, fmt.Errorf("%w: a label (%s) and targets (%s): a table has either", ErrConfig, c.Label, strings.Join(c.Targets, ", "))
	}
	if header, err = hasHeader(file, first, c, label); err != nil {
		return nil, false, err
	}
	if header {
		cols.names = cols.texts(first)
	}
	if label != "" {
		if cols.label, err = cols.find(file, label); err != nil {
			return nil, false, err
		}
	}
	if cols.targets, err = cols.findAll(file, c.Targets); err != nil {
		return nil, false, err
	}
	if cols.inputs, err = cols.findAll(file, c.Columns); err != nil {
		return nil, false, err
	}
	if len(c.Columns) == 0 {
		for i := range cols.count {
			if i != cols.label && (!withLabel || !slices.Contains(cols.targets, i)) {
				cols.inputs = append(cols.inputs, i)
			}
		}
	}
	if slices.Contains(cols.inputs, cols.label) {
		return nil, false, fmt.Errorf("%w: the label%s is among the columns that are read as input", ErrConfig, cols.where(cols.label))
	}
	if len(cols.inputs) == 0 {
		return nil, false, &PlaceError{File: file, Line: first[0].line, Column: first[0].column, Found: "a row with nothing to read as input",
			Want: "at least one value beside the label or the targets; values are parted by commas, semicolons or tabs, not by blanks"}
	}
	return cols, header, nil
}

// hasHeader finds out whether the first row has names: a value of it other than that of the label is no number, or a
// column is asked for by its name.
func hasHeader(file string, first []field, c Config, label string) (bool, error) {
	if c.Header != "" {
		return c.Header == HeaderYes, nil
	}
	if label != "" && label != "first" && label != "last" && !isColumnNumber(label) {
		return true, nil
	}
	for _, name := range append(append([]string(nil), c.Targets...), c.Columns...) {
		if !isColumnNumber(name) {
			return true, nil
		}
	}
	place := map[string]int{"first": 0, "last": len(first) - 1}
	labelAt, named := place[label]
	if !named {
		labelAt = -1
		if n, err := strconv.Atoi(label); err == nil {
			labelAt = n - 1
		}
	}
	counting := len(first) > 4 // its values are 0, 1, 2, … or 1, 2, 3, …
	for i, f := range first {
		if i == labelAt {
			continue
		}
		if !isNumber(f.text) {
			return true, nil
		}
		n, err := strconv.Atoi(string(f.text))
		counting = counting && err == nil && (n == i || n == i+1)
	}
	if counting {
		return false, &PlaceError{File: file, Line: first[0].line, Column: first[0].column, Found: "a first row that counts its columns", Want: "names or values",
			Hint: "say whether it is a header: --header yes or --header no"}
	}
	return false, nil
}

func isColumnNumber(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0
}

// find returns the column of a name, or of a number from 1, or the first or the last. A name of the header goes first.
func (c *columns) find(file, name string) (int, error) {
	found := -1
	for i, other := range c.names {
		if other != name {
			continue
		}
		if found >= 0 {
			return 0, fmt.Errorf("%w: %s has two columns named %q, numbers %d and %d; give the number", ErrConfig, file, name, found+1, i+1)
		}
		found = i
	}
	n, err := strconv.Atoi(name)
	switch {
	case found >= 0:
		return found, nil
	case name == "first":
		return 0, nil
	case name == "last":
		return c.count - 1, nil
	case err == nil && n >= 1 && n <= c.count:
		return n - 1, nil
	case c.names == nil:
		return 0, fmt.Errorf("%w: column %q of %s: it has %d columns without names", ErrConfig, name, file, c.count)
	}
	return 0, fmt.Errorf("%w: column %q of %s: its %d columns are %s", ErrConfig, name, file, c.count, excerptList(c.names))
}

func (c *columns) findAll(file string, names []string) (all []int, err error) {
	for _, name := range names {
		i, err := c.find(file, name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(all, i) {
			return nil, fmt.Errorf("%w: column %q is named twice", ErrConfig, name)
		}
		all = append(all, i)
	}
	return all, nil
}

// excerptList lists names, not too many.
func excerptList(names []string) string {
	const most = 20
	if len(names) > most {
		return enumerate(names[:most]) + ", …"
	}
	return enumerate(names)
}
