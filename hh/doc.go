// Package hh is the algebra of Householder reflectors, and of weight matrices kept as singular value decompositions, on any
// device of package gpu:
//
//	W = Q(U) Σ Q(V)ᵀ  (p × q),   Q(U) = H_0 H_1 … H_{m−1},   H_j = I − 2 u_j u_jᵀ/‖u_j‖²
//
// The parameters are reflectors and singular values, so W keeps its decomposition through any training: its spectrum is bounded by
// construction (σ_i = σ* + 2r(sigmoid(s_i) − ½) lies in (σ*−r, σ*+r)), and norm, condition number, inverse, determinant and
// truncation cost next to nothing. Gradients are exact: no retraction, no orthogonalisation, no approximation.
//
// # Types, in the order a reader meets them
//
//   - [FromDense] factors a given matrix into a [Factorization], which has a slice-in slice-out form of everything:
//     [Factorization.Apply], [Factorization.Solve], [Factorization.PseudoInverse], [Factorization.Power],
//     [Factorization.ApplyGradient], … [Spectrum] has what follows from σ alone.
//   - [Weight] is such a matrix as a weight of the layers of package gpu/nn.
//   - [SVD] materialises W and turns dL/dW into the gradients of reflectors and s: for models that use W many times a step, such as a
//     recurrence over T time steps, and keep their parameters in a vector of their own.
//   - [Operator] applies W, Wᵀ, W⁺, Wᵏ, a truncation, without forming W, with gradient.
//   - [Product] applies Q or Qᵀ to a batch with gradient, by one of three algorithms; [DenseQ] is Q itself with gradient; [Defect]
//     measures ‖QᵀQ − I‖_F/√n.
//   - [InitReflectors], [HaarReflectors], [IdentityReflectors] and [NearIdentityReflectors] fill reflectors to start from.
//
// SVD, Operator, Product and DenseQ allocate their intermediates when they are made and then return lists of gpu.Op, for
// the caller to put together and compile with gpu.Device.Compile into a program that runs with one submission.
//
// # Storage
//
// Matrices are row-major. Reflectors are m × n, m ≤ n: row j is u_j, and its first j entries are structural zeros. They have to
// hold zeros (gpu.NormalizeReflectors and the initialisers write them; gradients of them are 0). u_j = 0 stands for H_j = I with
// gradient 0. The length of a reflector does not matter, from the least denormal number to the largest finite one: everything here computes with
// reflectors times powers of two (gpu.ScaleReflectors), unless Unit in a configuration promises that their lengths are about 1. A gradient grows
// with 1/‖u_j‖ and is orthogonal to u_j. With m = n the last reflector has one
// free entry and is the constant −1. A batch has its samples in rows, so that y = Q x is Y = X Qᵀ (B × n).
//
// # Formulas
//
// Compact WY (Schreiber & Van Loan 1989), with the inverse of a triangle in place of their recurrence for it:
//
//	S = ½ diag(UUᵀ) + striu(UUᵀ)  (m × m, upper triangular),   A = S⁻¹,   Q = I − Uᵀ A U  (n × n),   Qᵀ = I − Uᵀ Aᵀ U
//
// One-at-a-time gradient (Zhang et al. 2018), h the input of a reflection, g the gradient of its output, a = uᵀh/uᵀu, b = uᵀg/uᵀu:
//
//	du = −2a g − 2b h + 4ab u,   g ← g − 2b u
//
// Batch gradient in WY form, C = X Uᵀ Aᵀ and D = dY Uᵀ A (B × m), Sym(K) = triu(K) + striu(K)ᵀ:
//
//	dX = dY − D U,   dU = −Cᵀ dY − Dᵀ X + Sym(Dᵀ C) U
//
// Gradient through a dense Q from G = dL/dQ. Q is orthogonal, so only the skew part counts; because Qᵀ Uᵀ = −Uᵀ Aᵀ A⁻¹, everything
// reduces to Z = A U (m × n):
//
//	Ω = QᵀG − GᵀQ,   E = Z Ω  (m × n),   T = E Zᵀ  (m × m, skew),   dU = E − striu(T) U
//
// in 2n²m + 4nm² flops beside Ω. For W = Q(U) Σ Q(V)ᵀ with G = dL/dW, M = Q(U)ᵀ G Q(V) and square W:
//
//	dσ = diag M,   Ω_u = MΣ − ΣMᵀ,   Ω_v = MᵀΣ − ΣM
//
// and for few reflectors or a rectangular W, from GWᵀ − WGᵀ = Q(U) Ω_u Q(U)ᵀ, with only m × n objects: see thinForm in the source.
// A recurrence needs dL/dW once per step, Σ_t δ_t h_{t−1}ᵀ, whatever T and the batch.
//
// # Which algorithm, and why
//
// Per batch of B (Product): one reflection at a time costs 4Bnm flops in m dependent steps, and needs no preparation. Compact WY
// replaces them by three products of whole matrices but needs an m × m inverse: nm² + m³/3 flops of preparation. Blocked WY takes
// blocks of b ≤ 32 reflectors in turn, Q = Q_0 Q_1 … Q_{K−1} with Q_k = I − U_kᵀ A_k U_k, and needs b × b inverses only: nmb flops
// of preparation, less the structural zeros that a block shares, which are left out of everything (half of all where m = n).
//
//	C = X U_kᵀ  (B × b),   E = C A_kᵀ  (Qᵀ: C A_k),   X ← X − E U_k
//
// All blocks are one launch: rows of X do not depend on each other, so every work group takes some of them through all blocks and
// waits for no other. A_k U_k is not formed: for batches of dozens it costs more than the b × b product that it saves, and so much memory
// traffic again. The gradient takes Y and dY back in one such launch, which leaves E and X, dX of every block; then dU of all
// blocks is one launch. Few reflectors (below about 16; on fast drivers 32): sequential; more: blocked, with b = 32 from some
// hundred reflectors on; a moderate m and batches of a thousand: compact. [Tune] measures them on the device at hand; AlgorithmAuto uses a cost model
// with rates fitted to such measurements.
//
// Per step (SVD): the dense form costs 6n³ + 8n²m + 12nm² flops with its gradient, less the zeros it leaves out, the low-rank
// form 12n²m + 46nm²; they meet at m = 0.37 n, and up to n = 128 the dense form is taken because it needs fewer operations, which is
// what such sizes cost. A recurrence with few reflectors does not need W: in FormLowRank it stays diag(σ) + Lᵀ R with L and R of 2m × n, a
// time step costs 8nm flops a sample in place of 2n², and no n × n object is ever made. Per layer: applying Q(V)ᵀ, Σ, Q(U) costs 4B(p+q)m flops a pass against 2Bpq for a
// product with W.
//
// fp32 throughout; nothing here is iterated or truncated. S⁻¹U is found by substitution and not by an inverse, which is more exact and less
// work: ‖QᵀQ − I‖_F/√n is about 3e-7 for n = 128, m = 16, below 1e-6 for n = m = 128 and below 3e-6 for n = m = 1,024.
//
// # Errors
//
// Shapes that do not fit are gpu.ErrShape; a band of σ that cannot be is ErrBand; a matrix that cannot be inverted is ErrSingular; NaN
// in a given matrix is ErrNotFinite. All say which numbers were wrong. Nothing panics.
//
// # Sources
//
//   - R. Schreiber, C. Van Loan: A storage-efficient WY representation for products of Householder transformations. SIAM J. Sci.
//     Stat. Comput. 10 (1989).
//   - Z. Mhammedi, A. Hellicar, A. Rahman, J. Bailey: Efficient orthogonal parametrisation of recurrent neural networks using
//     Householder reflections. ICML 2017.
//   - J. Zhang, Q. Lei, I. Dhillon: Stabilizing gradients for deep neural networks via efficient SVD parameterization. ICML 2018.
//   - A. Mathiasen, F. Hvilshøj, J. Jørgensen, A. Nasery, D. Mottin: What if neural networks had SVDs? NeurIPS 2020.
//   - V. Likhosherstov, J. Davis, K. Choromanski, A. Weller: CWY parametrization: a solution for parallelized optimization of
//     orthogonal and Stiefel matrices. AISTATS 2021.
package hh

// The executors that this build can hold, so that gpu.Open finds them.
import _ "github.com/spectral-gpu/spectral-gpu/gpu/all"
