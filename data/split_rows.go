package data

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// mixed returns the numbers of n rows in an order whose parts resemble each other: random, with the rows of each class
// spread evenly over the whole. It depends on the labels (nil for none) and the name alone, not on a seed, so that
// runs of different seeds are measured on the same rows.
func mixed(name string, n int, labels []int32, classes int) []int32 {
	order := naturalOrder(n)
	philox.Shuffle(philox.New(0, philox.Stream(name+"/split")), order)
	if labels == nil {
		return order
	}
	total, met := make([]int, classes), make([]int, classes)
	for _, class := range labels {
		total[class]++
	}
	place := make([]float64, n) // of each row, in (0, 1)
	for _, row := range order {
		class := labels[row]
		place[row] = (float64(met[class]) + 0.5) / float64(total[class])
		met[class]++
	}
	sort.SliceStable(order, func(i, j int) bool { return place[order[i]] < place[order[j]] })
	return order
}

// cutRows cuts the rows of a file into splits by share. A split with a share must not be empty.
func cutRows(file string, order []int32, s Shares) (splits [3][]int32, err error) {
	valid, test := s.cut(len(order))
	splits = [3][]int32{order[:valid], order[valid:test], order[test:]}
	for split, share := range [...]float64{s.Train, s.Valid, s.Test} {
		if share > 0 && len(splits[split]) == 0 {
			return splits, fmt.Errorf("%w: %s has %d rows, of which none is left for the split %v with its share of %g; %d rows would do, or other shares (--shares)",
				ErrConfig, file, len(order), Split(split), share, s.enough(1))
		}
	}
	return splits, nil
}

// checkClasses requires that there are two classes at least, and in training all that there are.
func (r *rows) checkClasses(splits [3][]int32) error {
	hint, more := "is it the right column? --label names it", "give more rows of it, or other shares (--shares)"
	if len(r.files) > 1 { // the files are the splits, and the column is always the first
		hint, more = "", fmt.Sprintf("give rows of it in %s, too, or leave it out", r.files[0])
	}
	if len(r.classes) < 2 {
		return r.atLabel(0, "the class "+excerpt(r.classes[0]), " in every row", "at least two classes", hint)
	}
	fractions := slices.ContainsFunc(r.classes, func(name string) bool {
		v, err := strconv.ParseFloat(name, 64)
		return err == nil && v != math.Trunc(v)
	})
	if fractions && 2*len(r.classes) > r.count() {
		return r.atLabel(0, fmt.Sprintf("%d classes", len(r.classes)), fmt.Sprintf(" of %d rows, among them fractions", r.count()), "classes that come again",
			"a number that is to be predicted is named with --targets")
	}
	trained := make([]bool, len(r.classes))
	for _, row := range splits[Train] {
		trained[r.labels[row]] = true
	}
	for _, split := range []Split{Valid, Test} {
		for _, row := range splits[split] {
			if class := r.labels[row]; !trained[class] {
				return r.atLabel(int(row), "the class "+excerpt(r.classes[class]), fmt.Sprintf(" of the split %v", split), "a class that training has seen", more)
			}
		}
	}
	return nil
}
