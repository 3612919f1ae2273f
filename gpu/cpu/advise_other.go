//go:build !linux

package cpu

// adviseLarge asks for large pages where the system has a call for it.
func adviseLarge([]float32) {}
