package gpu

// GroupBlock is the number of consecutive parameters that share one row of a Groups table: a parameter group starts at a multiple
// of it.
const GroupBlock = 64

// Indices of the Hyper vector of Adam, RMSprop and SGD (1 × HyperLen), which the host may change between runs.
const (
	HyperLR       = 0 // learning rate
	HyperBeta1    = 1 // Adam: decay of the first moment; SGD: momentum
	HyperBeta2    = 2 // Adam, RMSprop: decay of the second moment
	HyperEps      = 3 // Adam, RMSprop: ε
	HyperCorrect1 = 4 // Adam: 1 − β₁ᵗ
	HyperCorrect2 = 5 // Adam: 1 − β₂ᵗ
	HyperClip     = 6 // largest gradient norm; 0 does not clip
	HyperLen      = 8
)

func checkOptimizer(op string, p, g, hyper, norm, groups View) error {
	n := p.Cols
	return firstError(p.check(op, "P", 1, n), g.check(op, "G", 1, n), hyper.check(op, "Hyper", 1, HyperLen), norm.check(op, "Norm", 1, 2),
		groups.check(op, "Groups", (n+GroupBlock-1)/GroupBlock, 2))
}
