// Command asmgen writes the assembly of the CPU executor's inner loops: with avo for amd64 (gpu/cpu/*_amd64.s), and by itself for arm64. It is run by go generate in
// gpu/cpu; its output is committed, so that builds do not need it.
//
//	asmgen -kernel multiply512|multiply256|narrow512|vector|lstm|gru -out FILE
//	asmgen -kernel neon -to FILE
package main
