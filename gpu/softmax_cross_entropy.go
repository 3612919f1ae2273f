package gpu

// SoftmaxCrossEntropy computes, for every row i of Logits (R × C) with label y_i in Labels (1 × R, int32):
//
//	Rows[i] = ( −log softmax(Logits_i)[y_i], 1 if argmax Logits_i = y_i else 0 ),   Sum = Σ_i Rows[i]
//	DLogits_i = Scale · ( softmax(Logits_i) − onehot(y_i) )
//
// in the numerically safe form (the row's maximum is taken out first; the first of equal maxima is the argmax). A label below 0
// marks a row that does not count: zeros are written. A row with a label ≥ C or with a NaN among its logits is wrong and has loss
// NaN, so that it is noticed. Rows is R × 2. Sum (1 × 2, may be absent) is what a host has to read. Scale (1 × 1, absent: 1) is read
// on the device, so that the host may divide by another number of rows that count before each run; the losses are not scaled.
// DLogits may be Logits or absent.
type SoftmaxCrossEntropy struct {
	Rows, Sum, DLogits, Logits, Labels, Scale View
}

// Name implements Op.
func (o SoftmaxCrossEntropy) Name() string { return "softmax_cross_entropy" }

// Check implements Op.
func (o SoftmaxCrossEntropy) Check() error {
	const op = "softmax_cross_entropy"
	r, c := o.Logits.Rows, o.Logits.Cols
	if c < 1 {
		return shapeError(op, "Logits = %v has no classes", o.Logits)
	}
	return firstError(o.Logits.check(op, "Logits", r, c), o.Labels.check(op, "Labels", 1, r),
		lossOutput{o.Rows, o.Sum, o.Scale, o.DLogits, "DLogits"}.check(op, named{"Logits", o.Logits}, named{"Labels", o.Labels}))
}

// lossOutput is what a loss makes of its rows, and the scale of their gradient.
type lossOutput struct {
	rows, sum, scale, gradient View
	gradientName               string
}

// check verifies the outputs of a loss on prediction, which the gradient may replace, with others that it may not.
func (l lossOutput) check(op string, prediction named, others ...named) error {
	r, c := prediction.view.Rows, prediction.view.Cols
	in := append(others, named{"Scale", l.scale})
	return firstError(l.rows.check(op, "Rows", r, 2), l.sum.checkOptional(op, "Sum", 1, 2), l.scale.checkOptional(op, "Scale", 1, 1),
		l.gradient.checkOptional(op, l.gradientName, r, c), sameOrDisjoint(op, l.gradientName, l.gradient, prediction),
		disjoint(op, l.gradientName, l.gradient, append(in, named{"Rows", l.rows}, named{"Sum", l.sum})...),
		disjoint(op, "Rows", l.rows, append(in, prediction, named{"Sum", l.sum})...), disjoint(op, "Sum", l.sum, append(in, prediction)...))
}

// Access implements Op.
func (o SoftmaxCrossEntropy) Access() []Access {
	return accessList{}.reads(o.Logits, o.Labels).readsScale(o.Scale, o.DLogits).writes(o.Rows, o.Sum, o.DLogits)
}

// readsScale adds the scale of a gradient, which is read only where there is a gradient.
func (l accessList) readsScale(scale, gradient View) accessList {
	if gradient.IsZero() {
		return l
	}
	return l.reads(scale)
}

// Cost implements Op.
func (o SoftmaxCrossEntropy) Cost() Cost {
	return Cost{5 * int64(o.Logits.Len()), bytesOf(o.Logits, o.DLogits, o.Rows, o.Labels)}
}
