package data

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A set of the UCR time series archive (Dau et al. 2019): NAME_TRAIN.tsv and NAME_TEST.tsv in the folder ucr of the data
// directory, or in ucr/NAME; a series a row, its class first. Every series is brought to mean 0 and deviation 1. The
// values of a time step are so many that the number of steps is the largest divisor of the length that is not above its
// root; a series of prime length has a step for each value (Zhang, Lei and Dhillon 2018). Config.Length asks
// for another number of steps.
//
// The archive has no validation split: Config.ValidSize takes one out of the training file, each class evenly.
var ucr = Source{
	Name:     "ucr",
	Argument: "NAME",
	Summary:  "classes of the series of a set of the UCR archive, e.g. ucr:Coffee",
	Set:      "ucr",
	Options:  []Option{OptionNormalise, OptionMissing},
	Open:     openUCR,
}

func openUCR(name string, c Config) (Task, error) {
	dir, err := Dir(c.Dir)
	if err != nil {
		return nil, err
	}
	r := &rows{}
	count := [2]int{} // of the training file, and of both
	var notes []string
	values, train := 0, ""
	for i, part := range []string{"TRAIN", "TEST"} {
		path, err := findUCR(dir, name, part)
		if err != nil {
			return nil, err
		}
		told, width, err := readUCR(r, path, values, train, c)
		if err != nil {
			return nil, err
		}
		values, count[i], notes = max(values, width), r.count(), append(notes, told...)
		train = or(train, path)
	}
	r.sortClasses()
	order := mixed("ucr", count[0], r.labels[:count[0]], len(r.classes))
	if c.ValidSize >= len(order) {
		return nil, fmt.Errorf("%w: a validation split of %d out of the %d series of %s leaves none to train on; ask for %d at most", ErrConfig, c.ValidSize, len(order), train, len(order)-1)
	}
	cut := len(order) - c.ValidSize
	splits := [3][]int32{order[:cut], order[cut:], naturalOrder(count[1])[count[0]:]}
	width := depthWidth
	if c.Length > 0 {
		width = c.stepWidth
	}
	c.Normalise = or(c.Normalise, NormaliseSequence)
	return newSequenceTask("ucr", Spec{Name: "ucr:" + name, Notes: notes}, r, splits, width, c)
}

// findUCR returns the path of a file of a set. The error matches ErrNotFound and says which sets there are.
func findUCR(dir, name, part string) (string, error) {
	folder := filepath.Join(dir, "ucr")
	if strings.ContainsAny(name, `/\`) {
		return "", fmt.Errorf("%w: a set of the archive named %q", ErrConfig, name)
	}
	file := name + "_" + part + ".tsv"
	for _, path := range []string{filepath.Join(folder, file), filepath.Join(folder, name, file)} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	var there []string
	for _, pattern := range []string{"*_TRAIN.tsv", "*/*_TRAIN.tsv"} {
		paths, _ := filepath.Glob(filepath.Join(folder, pattern)) // the pattern is good
		for _, path := range paths {
			there = append(there, strings.TrimSuffix(filepath.Base(path), "_TRAIN.tsv"))
		}
	}
	slices.Sort(there)
	has := "no set"
	if len(there) > 0 {
		has = enumerate(there)
	}
	return "", fmt.Errorf("%w: %s has no %s; it has %s; %s", ErrNotFound, folder, file, has, ucrSets()[0].advice(dir))
}

// readUCR appends the series of a file, which have as many values as those of the training file (0 while that is read) unless the
// settings permit otherwise. It returns notes and the number of values of the longest.
func readUCR(r *rows, path string, values int, train string, c Config) (notes []string, longest int, err error) {
	f, err := openOwn(path, tableContent)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	t, err := newTableReader(path, f)
	if err != nil {
		return nil, 0, err
	}
	first, err := t.next()
	if err == io.EOF {
		return nil, 0, t.bad(1, 1, "empty lines", "series", "")
	} else if err != nil {
		return nil, 0, err
	}
	c.Label, c.Header = "first", HeaderNo
	cols, _, err := findColumns(path, first, c, true)
	if err != nil {
		return nil, 0, err
	}
	if n := len(cols.inputs); values > 0 && n != values && c.Missing != MissingPad {
		last := first[min(n, values+1)] // the class is the first value
		return nil, 0, t.bad(last.line, last.column, fmt.Sprintf("a series of %d values", n), fmt.Sprintf("%d as in %s", values, train),
			"series of different lengths are padded with --missing pad")
	}
	before := r.count()
	if err := r.read(t, cols, first, c.Missing); err != nil {
		return nil, 0, err
	}
	for row := before; row < r.count(); row++ {
		longest = max(longest, len(r.values(row)))
	}
	return t.notes(), longest, nil
}

// depthWidth returns the values of a time step for series of so many values: the number of steps is the largest divisor
// that is not above the root, and all of them where there is none but 1.
func depthWidth(values int) (int, error) {
	for steps := int(math.Sqrt(float64(values))); steps > 1; steps-- {
		if values%steps == 0 {
			return values / steps, nil
		}
	}
	return 1, nil
}
