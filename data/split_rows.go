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

// cutRows cuts rows into splits by share. A split with a share must not be empty.
func cutRows(what string, order []int32, s Shares) (splits [3][]int32, err error) {
	valid, test := s.cut(len(order))
	splits = [3][]int32{order[:valid], order[valid:test], order[test:]}
	for split, share := range [...]float64{s.Train, s.Valid, s.Test} {
		if share > 0 && len(splits[split]) == 0 {
			return splits, fmt.Errorf("%w: %d %s leave none for the split %v, whose share is %g; give more of them, or other shares",
				ErrConfig, len(order), what, Split(split), share)
		}
	}
	return splits, nil
}

// checkClasses requires that there are two classes at least, and in training all that there are.
func (r *rows) checkClasses(splits [3][]int32) error {
	if len(r.classes) < 2 {
		return r.at(0, fmt.Sprintf("the class %s in every row", excerpt(r.classes[0])), "at least two classes", "is it the right column? --label names it")
	}
	fractions := slices.ContainsFunc(r.classes, func(name string) bool {
		v, err := strconv.ParseFloat(name, 64)
		return err == nil && v != math.Trunc(v)
	})
	if fractions && 2*len(r.classes) > r.count() {
		return r.at(0, fmt.Sprintf("%d classes in %d rows, among them fractions", len(r.classes), r.count()), "classes that come again",
			"a number that is to be predicted is named with --targets")
	}
	trained := make([]bool, len(r.classes))
	for _, row := range splits[Train] {
		trained[r.labels[row]] = true
	}
	for _, split := range []Split{Valid, Test} {
		for _, row := range splits[split] {
			if class := r.labels[row]; !trained[class] {
				return r.at(int(row), fmt.Sprintf("the class %s in the split %v", excerpt(r.classes[class]), split), "a class that training has seen",
					"give more rows of it, or other shares")
			}
		}
	}
	return nil
}
