package gpu

// RMSprop is one step of RMSprop (Tieleman & Hinton 2012) with decoupled weight decay over one flat vector of parameters (1 × N each
// of P, G, V):
//
//	g = G · min(1, clip/‖G‖),  V = αV + (1−α)g²,  P = P − lr·scale·( g/(√V + ε) + decay·P )
//
// with α = Hyper[HyperBeta2]; ε stands outside of the root, as PyTorch has it. There is no momentum and no correction of V's start. The
// operands are those of Adam, without M.
type RMSprop struct{ P, V, G, Hyper, Norm, Groups View }

// Name implements Op.
func (o RMSprop) Name() string { return "rmsprop" }

// Check implements Op.
func (o RMSprop) Check() error {
	const op = "rmsprop"
	in := []named{{"G", o.G}, {"Hyper", o.Hyper}, {"Norm", o.Norm}, {"Groups", o.Groups}}
	return firstError(checkOptimizer(op, o.P, o.G, o.Hyper, o.Norm, o.Groups), o.V.check(op, "V", 1, o.P.Cols),
		disjoint(op, "P", o.P, append(in, named{"V", o.V})...), disjoint(op, "V", o.V, in...))
}

// Access implements Op.
func (o RMSprop) Access() []Access {
	return accessList{}.reads(o.P, o.V, o.G, o.Hyper, o.Norm, o.Groups).writes(o.P, o.V)
}

// Cost implements Op.
func (o RMSprop) Cost() Cost { return Cost{11 * int64(o.P.Len()), 5 * bytesOf(o.P)} }
