// Package oracle is the float64 truth that every executor and every algorithm
// of this project is tested against. Each value is computed from its definition
// by explicit dense matrices (gonum's BLAS and LAPACK in float64), one
// reflection at a time; nothing here is blocked, fused or fast, and nothing
// here is used outside tests and verification.
//
// # Storage
//
// A [Matrix] is rows × columns, row-major. Batches hold one sample a row.
//
//   - Reflectors are an m×n matrix U, 0 ≤ m ≤ n. Row j is the vector u_j; its
//     first j entries are structural zeros, whatever is stored there (see
//     [Mask]). It is the transpose of the n×m lower-trapezoidal matrix of the
//     papers.
//   - Q = H_0 H_1 … H_{m−1} with H_j = I − 2 u_j u_jᵀ/‖u_j‖². A zero u_j gives
//     H_j = I and gradient 0.
//   - Applying Q to a batch X (B×n) maps every row x to Q x: Y = X Qᵀ.
//   - A spectral weight is W = Qu Σ Qvᵀ, p×q, with Σ the p×q matrix that has σ
//     (length min(p, q)) on its diagonal.
//   - A sequence of T steps of a batch of B is a (T·B)×n matrix whose row
//     t·B + b is sample b at step t. The recurrence is
//     H_t = φ(H_{t−1} Wᵀ + Z_t).
//   - A gradient is named after its variable with a d before it: dU has the
//     shape of U and holds ∂L/∂U; its structural entries are zero.
//
// # Contents, in the order a reader meets them
//
//   - matrix.go: [Matrix], [FromFloat32], [Matrix.Float32], [Mul].
//   - diff.go: [FourPoint], [Gradient]: derivatives of any function.
//   - reflector.go: [Reflector], [Q], [Apply], [ApplyTransposed]; and
//     reflectorgrad.go: [ApplyGradient], [QGradient], [QGradientDense].
//   - wy.go: [S], [InverseS], [CompactQ], [LowRank].
//   - sigma.go: [Sigma], [SigmaExp] and their derivatives and inverses.
//   - svd.go: [W], [WGradient]; spectrum.go: what a dense matrix says about
//     itself ([SingularValues], [Inverse], [PseudoInverse], [LogAbsDet], …).
//   - rnn.go: [RNNForward], [RNNBackward]; activation.go: [Activation];
//     lstm.go: [LSTMForward], [LSTMBackward], [WeightGradient];
//     gru.go: [GRUForward], [GRUBackward]; each with masked states, too.
//   - gemm.go, loss.go, optim.go: [Gemm], [SoftmaxCrossEntropy], [MSE],
//     [Adam], [RMSprop], [SGD], [ClipGlobalNorm]; gather.go: [Gather],
//     [ScatterAdd].
//
// # Errors
//
// Shapes that do not fit are bugs of the calling test and panic with both
// shapes. What depends on values (a singular matrix, a decomposition that does
// not converge) is returned as an error.
//
// # Sources
//
// R. Schreiber and C. Van Loan, "A storage-efficient WY representation for
// products of Householder transformations", SIAM J. Sci. Stat. Comput. 10(1),
// 1989 (the compact form Q = I − Uᵀ S⁻¹ U; here by S⁻¹ as in Joffrain et al.,
// "Accumulating Householder transformations, revisited", ACM TOMS 32(2), 2006).
// Z. Mhammedi, A. Hellicar, A. Rahman and J. Bailey, "Efficient orthogonal
// parametrisation of recurrent neural networks using Householder reflections",
// ICML 2017 (the trapezoidal parametrisation and its gradient).
// J. Zhang, Q. Lei and I. Dhillon, "Stabilizing gradients for deep neural
// networks via efficient SVD parameterization", ICML 2018 (W = U Σ Vᵀ, the
// sigmoid band of σ, rectangular weights).
// D. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015;
// I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR
// 2019.
package oracle
