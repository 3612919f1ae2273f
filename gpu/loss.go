package gpu

// SoftmaxCrossEntropy computes, for every row i of Logits (R × C) with label y_i in Labels (1 × R, int32):
//
//	Rows[i] = ( −log softmax(Logits_i)[y_i], 1 if argmax Logits_i = y_i else 0 )
//	DLogits_i = Scale · ( softmax(Logits_i) − onehot(y_i) )
//
// in the numerically safe form (the row's maximum is taken out first; the first of equal maxima is the argmax). A label below 0
// marks a row that does not count: zeros are written. A label ≥ C counts as wrong with loss NaN, so that it is noticed. Rows is R × 2;
// DLogits may be Logits or absent. Sum Rows with ColDot.
type SoftmaxCrossEntropy struct {
	Rows, DLogits, Logits, Labels View
	Scale                         float32
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
	return firstError(o.Logits.check(op, "Logits", r, c), o.Labels.check(op, "Labels", 1, r), o.Rows.check(op, "Rows", r, 2),
		o.DLogits.checkOptional(op, "DLogits", r, c), sameOrDisjoint(op, "DLogits", o.DLogits, named{"Logits", o.Logits}),
		disjoint(op, "DLogits", o.DLogits, named{"Labels", o.Labels}, named{"Rows", o.Rows}),
		disjoint(op, "Rows", o.Rows, named{"Logits", o.Logits}, named{"Labels", o.Labels}))
}

// Access implements Op.
func (o SoftmaxCrossEntropy) Access() []Access {
	return accessList{}.reads(o.Logits, o.Labels).writes(o.Rows, o.DLogits)
}

// Cost implements Op.
func (o SoftmaxCrossEntropy) Cost() Cost {
	return Cost{5 * int64(o.Logits.Len()), bytesOf(o.Logits, o.DLogits, o.Rows, o.Labels)}
}

// MeanSquaredError computes, for every row i of Pred and Target (R × C each):
//
//	Rows[i] = ( 1/C Σ_c (Pred_ic − Target_ic)², 0 ),   DPred_i = Scale · 2/C · (Pred_i − Target_i)
//
// A row whose label in Labels (1 × R, int32, may be absent) is below 0 does not count: zeros are written. DPred may be Pred or absent.
type MeanSquaredError struct {
	Rows, DPred, Pred, Target, Labels View
	Scale                             float32
}

// Name implements Op.
func (o MeanSquaredError) Name() string { return "mean_squared_error" }

// Check implements Op.
func (o MeanSquaredError) Check() error {
	const op = "mean_squared_error"
	r, c := o.Pred.Rows, o.Pred.Cols
	if c < 1 {
		return shapeError(op, "Pred = %v has no columns", o.Pred)
	}
	return firstError(o.Pred.check(op, "Pred", r, c), o.Target.check(op, "Target", r, c), o.Labels.checkOptional(op, "Labels", 1, r),
		o.Rows.check(op, "Rows", r, 2), o.DPred.checkOptional(op, "DPred", r, c), sameOrDisjoint(op, "DPred", o.DPred, named{"Pred", o.Pred}),
		disjoint(op, "DPred", o.DPred, named{"Target", o.Target}, named{"Labels", o.Labels}, named{"Rows", o.Rows}),
		disjoint(op, "Rows", o.Rows, named{"Pred", o.Pred}, named{"Target", o.Target}, named{"Labels", o.Labels}))
}

// Access implements Op.
func (o MeanSquaredError) Access() []Access {
	return accessList{}.reads(o.Pred, o.Target, o.Labels).writes(o.Rows, o.DPred)
}

// Cost implements Op.
func (o MeanSquaredError) Cost() Cost {
	return Cost{4 * int64(o.Pred.Len()), bytesOf(o.Pred, o.Target, o.DPred, o.Rows)}
}
