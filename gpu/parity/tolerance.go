package parity

import "fmt"

const (
	unit     = 1.0 / (1 << 24) // the rounding unit of fp32: fl(a∘b) = (a∘b)(1+δ), |δ| ≤ 2⁻²⁴
	smallest = 0x1p-126        // the least normal number: devices may flush what is below to zero
)

// Tolerance says how far an operation's results may be from the oracle's: |got − want| ≤ C·k·2⁻²⁴·scale (+ 2⁻¹²⁶, for devices
// that have no denormal numbers). C = 0 means exact.
type Tolerance struct {
	Op    string
	C     float64
	K     string // what k counts
	Scale string // what scale is
	Why   string
}

// The constants that occur in K: every correctly rounded operation counts 1; a division, square root or exponential is allowed
// what Vulkan allows it (2.5 ULP for a division, which with 2 ULP more for 1/√x makes a square root, 3 + 2|x| ULP for eˣ, 3 ULP or 2⁻²¹ for ln x; 1 ULP ≤ 2·2⁻²⁴).
const (
	epilogue    = 16 // scaling, bias, β·C and an activation after a sum
	division    = 8
	root        = 10
	exponential = 16 // and 4|x| more, which is part of the scale
	optimizer   = 32 // two divisions, a square root and a dozen products and sums
	few         = 4  // two or three products and a sum
)

var tolerances []Tolerance // of every operation: register

// Tolerances returns the table of tolerances, one line for each operation.
func Tolerances() []Tolerance { return append([]Tolerance(nil), tolerances...) }

// constant returns C of an operation.
func constant(op string) float64 {
	for _, t := range tolerances {
		if t.Op == op {
			return t.C
		}
	}
	panic(fmt.Sprintf("parity: no tolerance for %q", op))
}
