package gpu

// SGD is one step of gradient descent with momentum and decoupled weight decay over one flat vector of parameters:
//
//	g = G · min(1, clip/‖G‖),  M = μM + g,  P = P − lr·scale·(M + decay·P)
//
// with μ = Hyper[HyperBeta1]; the operands are those of Adam, without V.
type SGD struct{ P, M, G, Hyper, Norm, Groups View }

// Name implements Op.
func (o SGD) Name() string { return "sgd" }

// Check implements Op.
func (o SGD) Check() error {
	const op = "sgd"
	in := []named{{"G", o.G}, {"Hyper", o.Hyper}, {"Norm", o.Norm}, {"Groups", o.Groups}}
	return firstError(checkOptimizer(op, o.P, o.G, o.Hyper, o.Norm, o.Groups), o.M.check(op, "M", 1, o.P.Cols),
		disjoint(op, "P", o.P, append(in, named{"M", o.M})...), disjoint(op, "M", o.M, in...))
}

// Access implements Op.
func (o SGD) Access() []Access {
	return accessList{}.reads(o.P, o.M, o.G, o.Hyper, o.Norm, o.Groups).writes(o.P, o.M)
}

// Cost implements Op.
func (o SGD) Cost() Cost { return Cost{6 * int64(o.P.Len()), 5 * bytesOf(o.P)} }
