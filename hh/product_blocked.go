package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// blockedWY applies Q = Q_0 Q_1 … Q_{K−1}, Q_k = I − U_kᵀ A_k U_k of b reflectors each (the last of fewer), A_k = S(U_k)⁻¹, by the
// operations that take a batch through all blocks in one launch: gpu.BlockFactors, gpu.ReflectBlocks, gpu.ReflectBlocksBackward.
type blockedWY struct {
	u       gpu.View
	factors gpu.View // K·b × b
}

func (w *blockedWY) apply(y, x gpu.View, transpose bool) []gpu.Op {
	return []gpu.Op{gpu.ReflectBlocks{Y: y, X: x, U: w.u, A: w.factors, Transpose: transpose}}
}

func (w *blockedWY) backward(dx, du, dy, y gpu.View, transpose bool) []gpu.Op {
	return []gpu.Op{gpu.ReflectBlocksBackward{DX: dx, DU: du, DY: dy, Y: y, U: w.u, A: w.factors, Transpose: transpose}}
}
