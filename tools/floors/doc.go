// Command floors fails when a package of this module imports one that is not
// below it, or when the files of an operation do not bear its name.
//
//	go run ./tools/floors
//
// The floors, from the bottom:
//
//	0  gpu/oracle, gpu/philox         leaves: float64 truth, random numbers
//	0  shaders, data                  kernels (standard library only), data sets
//	1  gpu                         operations and programs; then the executors gpu/cpu,
//	                               gpu/vulkan and gpu/fake; then gpu/all and gpu/parity
//	2  hh                          Householder algebra
//	3  model                       layers, training, checkpoints
//	4  cmd                         the command line
//	–  tools                       build-time programs; nothing imports them
//
// A package may import packages of its own area (data and data/idx)
// and of lower floors; the executors do not know each other. Test files may look
// up, so that a test in package gpu can open an executor, but not to cmd or tools.
// Only gpu/vulkan/platform and tools/shaderstats use cgo. The table is in
// table.go; a package it does not know is an error.
//
// An operation, say gpu.RNNForward, whose Name is rnn_forward has that base name in every folder:
// gpu/rnn_forward.go, gpu/cpu/rnn_forward.go, gpu/vulkan/rnn_forward.go,
// shaders/rnn_forward*.comp and gpu/parity/case_rnn_forward.go (names.go).
package main
