package parity

import (
	"fmt"
)

// lossSpec is a loss on rows × cols predictions.
type lossSpec struct {
	shape
	gradient, inPlace bool
	kind              string // of logits or labels
}

func (s lossSpec) String() string {
	return fmt.Sprintf("%v gradient=%t in place=%t %s", s.shape, s.gradient, s.inPlace, s.kind)
}

// lossSpecs are the sizes of both losses; cols is at least 1.
func lossSpecs(kinds []string) []lossSpec {
	var specs []lossSpec
	for i, s := range shapes() {
		if s.cols == 0 {
			continue
		}
		specs = append(specs, lossSpec{s, i%3 != 2, i%3 == 1, kinds[i%len(kinds)]})
	}
	for i, s := range []shape{{128, 10, tight}, {129, 10, padded}, {31, 2, skewed}, {20000, 3, padded}} {
		for j, kind := range kinds {
			specs = append(specs, lossSpec{s, (i+j)%3 != 2, (i+j)%3 == 1, kind})
		}
	}
	return specs
}

func shortLoss(i int, s lossSpec) bool { return i < 4 || s.rows == 31 && s.cols == 2 }

// lossOperands returns where the sums go, unless there are ignored labels, and the factor of the gradient, which is absent in
// the plain kind.
func (s lossSpec) lossOperands(t *trial) (sum, scale *operand, factor float64) {
	if s.kind != "ignored" || s.rows == 31 {
		sum = t.out("Sum", 1, 2)
	}
	if s.kind == "" {
		return sum, nil, 1
	}
	return sum, t.in("Scale", filled(1, 1, -0.25)), -0.25
}

// gradientOperand returns where the gradient goes: nowhere, over the prediction or beside it.
func (s lossSpec) gradientOperand(t *trial, name string, prediction *operand) *operand {
	switch {
	case !s.gradient:
		return nil
	case s.inPlace:
		return prediction
	}
	return t.out(name, s.rows, s.cols)
}
