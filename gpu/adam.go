package gpu

// Adam is one step of Adam with decoupled weight decay (Kingma & Ba 2015; Loshchilov & Hutter 2019) over one flat vector of
// parameters (1 × N each of P, G, M, V):
//
//	g = G · min(1, clip/‖G‖),  M = β₁M + (1−β₁)g,  V = β₂V + (1−β₂)g²
//	P = P − lr·scale·( (M/c₁)/(√(V/c₂) + ε) + decay·P )
//
// Hyper (1 × HyperLen) holds lr, β₁, β₂, ε, c₁, c₂ and clip. Norm (1 × 2) is the output of gpu.Norm over G. Groups (⌈N/GroupBlock⌉ × 2)
// holds (scale, decay) for every block of GroupBlock parameters; scale 0 freezes them. When Norm says that a gradient is not
// finite, nothing is changed, so that the state before the failure can be saved.
type Adam struct{ P, M, V, G, Hyper, Norm, Groups View }

// Name implements Op.
func (o Adam) Name() string { return "adam" }

// Check implements Op.
func (o Adam) Check() error {
	const op = "adam"
	n := o.P.Cols
	in := []named{{"G", o.G}, {"Hyper", o.Hyper}, {"Norm", o.Norm}, {"Groups", o.Groups}}
	return firstError(checkOptimizer(op, o.P, o.G, o.Hyper, o.Norm, o.Groups), o.M.check(op, "M", 1, n), o.V.check(op, "V", 1, n),
		disjoint(op, "P", o.P, append(in, named{"M", o.M}, named{"V", o.V})...), disjoint(op, "M", o.M, append(in, named{"V", o.V})...), disjoint(op, "V", o.V, in...))
}

// Access implements Op.
func (o Adam) Access() []Access {
	return accessList{}.reads(o.P, o.M, o.V, o.G, o.Hyper, o.Norm, o.Groups).writes(o.P, o.M, o.V)
}

// Cost implements Op.
func (o Adam) Cost() Cost { return Cost{16 * int64(o.P.Len()), 7 * bytesOf(o.P)} }
