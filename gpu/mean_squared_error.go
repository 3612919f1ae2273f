package gpu

// MeanSquaredError computes, for every row i of Pred and Target (R × C each):
//
//	Rows[i] = ( 1/C Σ_c (Pred_ic − Target_ic)², 0 ),   Sum = Σ_i Rows[i],   DPred_i = Scale · 2/C · (Pred_i − Target_i)
//
// A row whose label in Labels (1 × R, int32, may be absent) is below 0 does not count: zeros are written. Sum and Scale are those of
// SoftmaxCrossEntropy. DPred may be Pred or absent.
type MeanSquaredError struct {
	Rows, Sum, DPred, Pred, Target, Labels, Scale View
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
		lossOutput{o.Rows, o.Sum, o.Scale, o.DPred, "DPred"}.check(op, named{"Pred", o.Pred}, named{"Target", o.Target}, named{"Labels", o.Labels}))
}

// Access implements Op.
func (o MeanSquaredError) Access() []Access {
	return accessList{}.reads(o.Pred, o.Target, o.Labels).readsScale(o.Scale, o.DPred).writes(o.Rows, o.Sum, o.DPred)
}

// Cost implements Op.
func (o MeanSquaredError) Cost() Cost {
	return Cost{4 * int64(o.Pred.Len()), bytesOf(o.Pred, o.Target, o.DPred, o.Rows)}
}
