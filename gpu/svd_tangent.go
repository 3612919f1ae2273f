package gpu

// SVDTangent takes the gradient of W = U Σ Vᵀ to its orthogonal factors. From M = Uᵀ (dL/dW) V (n × n) and Σ = diag(Sigma) it computes
//
//	OmegaU = MΣ − ΣMᵀ = Uᵀ dL/dU − (dL/dU)ᵀ U,   OmegaV = MᵀΣ − ΣM = Vᵀ dL/dV − (dL/dV)ᵀ V    (n × n, skew)
//
// which is all that factors feel that stay orthogonal. Neither result may share memory with an operand or with the other.
type SVDTangent struct{ OmegaU, OmegaV, M, Sigma View }

// Name implements Op.
func (o SVDTangent) Name() string { return "svd_tangent" }

// Check implements Op.
func (o SVDTangent) Check() error {
	const op = "svd_tangent"
	n := o.M.Rows
	in := []named{{"M", o.M}, {"Sigma", o.Sigma}}
	return firstError(o.M.check(op, "M", n, n), o.Sigma.check(op, "Sigma", 1, n), o.OmegaU.check(op, "OmegaU", n, n), o.OmegaV.check(op, "OmegaV", n, n),
		disjoint(op, "OmegaU", o.OmegaU, append(in, named{"OmegaV", o.OmegaV})...), disjoint(op, "OmegaV", o.OmegaV, in...))
}

// Access implements Op.
func (o SVDTangent) Access() []Access {
	return accessList{}.reads(o.M, o.Sigma).writes(o.OmegaU, o.OmegaV)
}

// Cost implements Op.
func (o SVDTangent) Cost() Cost {
	return Cost{6 * int64(o.M.Len()), bytesOf(o.M, o.OmegaU, o.OmegaV)}
}
