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

var tolerances = []Tolerance{
	{"fill", 0, "", "", "the bits of Value"},
	{"copy", 0, "", "", "words are moved, whatever they mean"},
	{"time_sum", 1, "T + 4", "|α|Σ|x| + |β·y|", "γ of a sum in any order"},
	{"hadamard", 1, "4", "|α·a·b| + |β·y|", "three products and a sum"},
	{"dropout", 1, "4", "|y|: zeros are exact", "a product with a factor that is rounded"},
	{"noise", 1, "4", "|y|", "a whole number times a factor"},
	{"gather", 0, "", "", "words are moved"},
	{"scatter_add", 1, "rows of one token + 4", "|β·table| + Σ|x|", "γ of a sum"},
	{"scale", 1, "4", "|α·l·x·r| + |β·z| + |γ|", "three products and two sums"},
	{"accumulate", 1, "rounds + 4; none: exact", "|x| + rounds·|a·b|", "a rounding for each sum, and for each product where it is not fused"},
	{"map", 1, "8; exp 16; power 16 + 16·|P|", "|y|; ln: max(|y|, 1); exp: |y|(1 + |x|); power: |y|(1 + |P·log₂ x|)", "what Vulkan allows 1/x, ln, eˣ and xʸ"},
	{"activate", 1, "16", "|φ(x)|; modReLU: |x| + |b|; identity and ReLU are exact", "tanh by an exponential and a division"},
	{"activate_backward", 1, "DX: 4; DUnit: 16", "DX: |dy|; DUnit: |dy|, for scaled tanh |dy·h|/a", "1 − h² has an error of 2 roundings of 1; an artanh and two divisions"},
	{"gemm", 1, "K + 16", "|α|·|A||B|·|scale| + |β·C| + |bias|", "γ_K of a sum of products in any order (Higham 2002, §3.1); φ is a contraction"},
	{"col_dot", 1, "rows + 4", "|α|Σ|a·b| + |β·out|", "γ of a sum of products in any order"},
	{"norm", 1, "elements + 10", "‖X‖", "the squares are positive: the sum has a relative error of γ, its root half of it"},
	{"min_max", 0, "", "", "comparisons do not round"},
	{"reflect", 4, "n + 8", "√m·‖x‖", "a reflection has two sums of n products, each relative to ‖u‖‖h‖, doubled by the factor 2; m of them add up in quadrature"},
	{"reflect_backward", 8, "DX: n + 8; DU: n + B + 8", "DX: √m·‖g‖; DU: √m·Σ_b ‖h_b‖‖g_b‖/‖u‖", "as reflect, for h going back and for g; four sums of n products and one over the batch"},
	{"block_factors", 2, "n + b + 8", "|A||S||A| with |S| of |U|", "γ_n for S, γ_b for its inverse (Higham 2002, §14.1), a division"},
	{"reflect_blocks", 2, "n + 8", "‖x‖·(1 + Σ_k g_k²)^½, g_k = ‖|U_k|ᵀ|A_k||U_k|‖_F", "a block has sums of n and b products; blocks add up in quadrature"},
	{"reflect_blocks_backward", 4, "DX: n + 8; DU: n + B + 8", "DX: that of reflect_blocks; DU: Σ_b ‖h_b‖‖g_b‖/‖u‖ times the same root", "as reflect_blocks, for both ways back; sums over the batch and over b"},
	{"normalize_reflectors", 1, "n + 18", "|u_i|/‖u‖", "half of γ_n for the norm, a root and a division"},
	{"scale_reflectors", 0, "", "", "a power of two does not round"},
	{"mask_reflectors", 0, "", "", "zeros are written, the rest is kept"},
	{"gram", 1, "n + 4", "|U||U|ᵀ", "γ_n of a sum of products"},
	{"tri_inverse", 4, "m + 8", "|A||S||A|", "the bound of every method of inverting a triangle by substitution, block by block too (Higham 2002, §14.2)"},
	{"tri_solve", 1, "m + 8", "|A||S||A||B|·|scale|", "substitution (Higham 2002, theorem 8.5), and a division by the diagonal"},
	{"sym_triu", 0, "", "", "words are moved"},
	{"sigma", 1, "16", "band: |σ*| + 2r; positive: |σ|(1 + |s|)", "an exponential and a division, in [0, 1], times 2r"},
	{"sigma_backward", 1, "rows + 16", "band: |dσ|·2r·sigmoid(s); positive: |ds|(1 + |s|); |dσ| = |DSigma| + |α|Σ|a·b|", "1 − sigmoid(s) has the error of sigmoid(s); γ of a sum of products"},
	{"svd_tangent", 1, "4", "|m_ij·σ_j| + |σ_i·m_ji|", "two products and a difference"},
	{"rnn_forward", 1, "n + k + 16", "s_t = ‖W‖·s_{t−1} + ‖|W||h_{t−1}| + |z_t|‖, a row's 2-norm", "γ_{n+k} made at each step, carried by a recurrence of Lipschitz constant ‖W‖"},
	{"rnn_backward", 1, "n + 16", "s_t = ‖W‖·s_{t+1} + ‖|dh_t| + |W|ᵀ|δ_{t+1}|‖, a row's 2-norm", "as forward"},
	{"rnn_low_rank_forward", 1, "n + r + k + 16", "as rnn_forward with |D| + |L|ᵀ|R| for |W|; c_t: ‖|R||h_{t−1}|‖ + s_{t−1}", "γ_n of c and γ_r of Lᵀc made at each step"},
	{"rnn_low_rank_backward", 1, "n + r + 16", "as rnn_backward with |D| + |L|ᵀ|R| for |W|; e_t: ‖|L||δ_t|‖ + s_t", "as forward"},
	{"lstm_forward", 1, "n + k + 16", "the errors of step t: γ_{n+k} of |W||h_{t−1}| + |z_t| through the gates' slopes, 16 roundings of each gate and state; and 8 times what random errors of that size in all earlier steps grow into", "errors of a step are carried by the derivatives of the later ones, in which they do not add up like norms"},
	{"lstm_backward", 1, "n + 16", "as forward, with |dh_t| + |W|ᵀ|δ_{t+1}| and |dc_{t+1}|, carried by the transposed derivatives", "as forward"},
	{"gru_forward", 1, "n + k + 16", "as lstm_forward, with the slopes of r, z, n and of what the reset gate lets through", "as lstm_forward"},
	{"gru_backward", 1, "n + 16", "as lstm_backward, with |dh_{t+1}∘z_{t+1}| beside |dh_t| + |W|ᵀ|δ_{t+1}|", "as lstm_forward"},
	{"rnn_gradient", 1, "T·B + 4", "|Δ|ᵀ|H|, |Δ|ᵀ|X|, Σ|δ|", "γ_{TB} of a sum of products in any order"},
	{"softmax_cross_entropy", 1, "C + 32; sums: R + C + 32", "loss: 1 + ln Σe^d + |d_y| + Σp|d|; gradient: |Scale|·(p(1 + |d| + Σp|d|) + onehot); d = logit − largest", "C exponentials of error 3 + 2|d| ULP, their sum, a logarithm"},
	{"mean_squared_error", 1, "C + 8; sums: R + C + 8", "loss: its value; gradient: its value", "positive terms; the difference of two inputs is rounded once"},
	{"adam", 1, "32", "M: |β₁m| + |(1−β₁)g|; V: its value; P: |p| + lr·scale·(that of M/c₁ over √(V/c₂) + ε, + decay·|p|)", "a root, three divisions and a dozen products and sums"},
	{"rmsprop", 1, "32", "V: its value; P: |p| + lr·scale·(|g| over √V + ε, + decay·|p|)", "a root, two divisions and a dozen products and sums"},
	{"sgd", 1, "16", "M: |μm| + |g|; P: |p| + lr·scale·(that of M + decay·|p|)", "a division and a few products and sums"},
	{"program", 8, "n + m + 16", "|U|ᵀ|A||S||A||U| + I, times |diag|s", "the sums of its operations one after the other"},
}

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
