package data

import (
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
)

// rows are the sequences of a table, one a row, as they stand in it: values may be missing (NaN), and sequences
// differ in length where the settings permit it.
type rows struct {
	raw     []float32 // values, row after row
	ends    []int     // of each row in raw
	labels  []int32   // classes, in the order in which they were met until number sorts them; empty for a regression
	targets []float32 // of each row, row after row; empty for a classification
	lines   []int32   // of the file
	places  []place   // of the label of each row, where rows have one
	files   []string  // that the rows come from
	fileOf  []uint8   // index of the file of each row

	classes []string
	classOf map[string]int32
	columns *columns // of the first table
}

// place is where a value stands: its line and character, from 1, and which value of its row it is, from 0.
type place struct{ line, column, value int32 }

func (r *rows) count() int { return len(r.ends) }

// values returns the values of a row.
func (r *rows) values(row int) []float32 {
	start := 0
	if row > 0 {
		start = r.ends[row-1]
	}
	return r.raw[start:r.ends[row]]
}

// at says where a row stands.
func (r *rows) at(row int, found, want, hint string) error {
	return &PlaceError{File: r.files[r.fileOf[row]], Line: int(r.lines[row]), Found: found, Want: want, Hint: hint}
}

// atLabel says where the label of a row stands. of goes on behind the name of its column.
func (r *rows) atLabel(row int, found, of, want, hint string) error {
	p := r.places[row]
	return &PlaceError{File: r.files[r.fileOf[row]], Line: int(p.line), Column: int(p.column), Found: found + r.columns.where(int(p.value)) + of, Want: want, Hint: hint}
}

// read appends the rows of a table. first is its first row where that has values already.
func (r *rows) read(t *tableReader, cols *columns, first []field, missing Missing) error {
	if r.classOf == nil {
		r.classOf, r.columns = map[string]int32{}, cols
	}
	r.files = append(r.files, t.file)
	ragged := missing == MissingPad && len(cols.targets) == 0 && len(cols.inputs) >= cols.count-1
	fields := first
	for {
		if fields == nil {
			var err error
			if fields, err = t.next(); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
		}
		if n := len(fields); n != cols.count && (!ragged || n < 2) {
			last := fields[min(n, cols.count+1)-1]
			hint := "a value that holds the delimiter is quoted"
			if missing != MissingPad && len(cols.targets) == 0 {
				hint += "; sequences of different lengths are padded with --missing pad"
			}
			return t.bad(last.line, last.column, fmt.Sprintf("a row of %d values", n), fmt.Sprintf("%d as in the first row", cols.count), hint)
		}
		if err := r.add(t, cols, fields, missing); err != nil {
			return err
		}
		fields = nil
	}
}

// add appends one row.
func (r *rows) add(t *tableReader, cols *columns, fields []field, missing Missing) error {
	inputs, label := cols.inputs, cols.label
	if len(fields) != cols.count { // the label is the first or the last value, and all others are input
		if label == cols.count-1 {
			label = len(fields) - 1
		} else if label != 0 {
			return t.bad(fields[0].line, 0, fmt.Sprintf("a row of %d values", len(fields)), fmt.Sprintf("%d as in the first row", cols.count),
				"where sequences differ in length, the label is the first or the last value")
		}
		inputs = nil
	}
	number := func(i int, mayMiss bool) error {
		v, err := t.number(fields[i], cols.where(i))
		if err != nil {
			return err
		}
		if math.IsNaN(float64(v)) && !mayMiss {
			hint := "fill it"
			if missing != MissingPad && !slices.Contains(cols.targets, i) {
				hint = "fill it, or have it interpolated with --missing pad"
			}
			return t.missing(fields[i], cols.where(i), hint)
		}
		r.raw = append(r.raw, v)
		return nil
	}
	if inputs != nil {
		for _, i := range inputs {
			if err := number(i, missing == MissingPad); err != nil {
				return err
			}
		}
	} else {
		for i := range fields {
			if i != label {
				if err := number(i, true); err != nil {
					return err
				}
			}
		}
	}
	end := len(r.raw)
	for _, i := range cols.targets {
		if err := number(i, false); err != nil {
			return err
		}
	}
	r.targets = append(r.targets, r.raw[end:]...)
	r.raw = r.raw[:end]
	if label >= 0 {
		f := fields[label]
		if len(f.text) == 0 {
			return t.bad(f.line, f.column, "nothing", "a class"+cols.where(label), "")
		}
		class, ok := r.classOf[string(f.text)]
		if !ok {
			class = int32(len(r.classes))
			r.classes = append(r.classes, string(f.text))
			r.classOf[string(f.text)] = class
		}
		r.labels = append(r.labels, class)
		r.places = append(r.places, place{int32(f.line), int32(f.column), int32(label)})
	}
	r.ends, r.lines, r.fileOf = append(r.ends, end), append(r.lines, int32(fields[0].line)), append(r.fileOf, uint8(len(r.files)-1))
	return nil
}

// sortClasses numbers the classes in the order of their numbers, where all of them are (1 and 1.0 are one class), else
// of their names.
func (r *rows) sortClasses() {
	values := make([]float64, len(r.classes))
	numeric := true
	for i, name := range r.classes {
		v, err := strconv.ParseFloat(name, 64)
		values[i], numeric = v, numeric && err == nil && !math.IsNaN(v)
	}
	names := slices.Clone(r.classes)
	if numeric {
		for i, v := range values {
			names[i] = strconv.FormatFloat(v, 'g', -1, 64)
		}
	}
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool {
		i, j := order[a], order[b]
		if numeric {
			return values[i] < values[j]
		}
		return names[i] < names[j]
	})
	number := make([]int32, len(names)) // new of old
	r.classes = nil
	for _, i := range order {
		if n := len(r.classes); n == 0 || r.classes[n-1] != names[i] {
			r.classes = append(r.classes, names[i])
		}
		number[i] = int32(len(r.classes) - 1)
	}
	for i, class := range r.labels {
		r.labels[i] = number[class]
	}
}
