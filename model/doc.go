// Package model builds recurrent networks from the operations of package gpu and the spectral weights of package hh, and keeps
// their parameters.
//
// In the order a reader meets them:
//
//   - [Config] says what a network is: cell, sizes, activation, band of the singular values. [Config.Check] explains what is wrong.
//   - [New] builds a [Network] on a device: parameters in one flat buffer ([Params]), activations for T steps of B samples, and
//     two recorded programs, one that trains and one that evaluates. Each runs with one submission, whatever T is.
//   - [Network.Batch] is the memory that a data source fills; [Network.TrainStep] and [Network.EvalStep] run a program and return
//     a [Stats].
//   - [Optimizer] holds the settings of Adam and SGD.
//   - [Open] reads a run's checkpoint and returns a [Predictor]: [Predictor.Predict], [Predictor.Stream], [Predictor.Generator].
//   - [Save] and [Load] keep parameters, optimiser state and position in a safetensors file, written atomically.
//
// Package model/train holds the training loop, run folders, metrics and curves.
//
// The cells differ only in how the recurrent matrix W of h_t = φ(W h_{t−1} + Wx x_t + b) is kept (the recurrence is the same):
//
//	spectral  W = U diag(σ) Vᵀ, reflectors and s trained, σ in [σ*−r, σ*+r]     (Zhang, Lei & Dhillon 2018)
//	ornn      the same with σ ≡ σ*                                               (Mhammedi et al. 2017)
//	rnn       W free, initialised uniformly in ±1/√n
//	irnn      W free, initialised as the identity                                (Le, Jaitly & Hinton 2015)
//
// # Ownership
//
// The caller closes a Network before its device. A Network serves one goroutine at a time.
package model
