// Package nn is what networks are made of, recorded as operations of package gpu.
//
// In the order a reader meets them:
//
//   - [Shape] and [Flow]: an activation, and where its consumer writes the gradient. Rows are t·B+b, time-major.
//   - [Layer] owns its parameters and is planned once for each shape; a [Pass] records forward and backward. [Sequential], [Linear],
//     [Recurrent], [Residual] and others are layers.
//   - [Weight] is a matrix with its parametrisation: [Dense] is free, hh.Weight is U diag(σ) Vᵀ. A layer takes either.
//   - [Params] declares tensors, [Plan] the memory of one pass, [Record] gathers operations and the first error.
//   - [Loss], [Rule]: what is minimised and how parameters are updated.
//   - [Network] puts them together: memory that is known exactly before it is allocated, one program a training step.
//
// A step is recorded in this order. Up: every weight's Prepare, the layers' Forward, the loss. Down: the layers' Backward, every weight's
// Finish. Then the norm of the gradient, the rule, every weight's Project, and the states that the next batch begins with.
package nn
