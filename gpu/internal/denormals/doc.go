// Package denormals has a thread's floating-point unit take denormal numbers, those below 2⁻¹²⁶ in single and 2⁻¹⁰²² in double precision,
// as zeros. States and gradients that vanish over a long sequence pass through that range, where many processors are a hundred times
// slower.
package denormals

import "runtime"

// Supported tells whether this processor has such a mode and this package knows it.
const Supported = flushBits != 0

// Mode is the mode of a thread before Flush.
type Mode struct{ before uint64 }

// Flush ties the goroutine to its thread and makes denormal operands and results of the thread zeros of the same sign, until Restore.
// Threads of C that are started in between inherit the mode, as POSIX has it; those of the Go runtime do not.
func Flush() Mode {
	runtime.LockOSThread()
	m := Mode{floatControl()}
	setFloatControl(m.before | flushBits)
	return m
}

// Restore gives the thread its mode back and unties the goroutine.
func (m Mode) Restore() {
	setFloatControl(m.before)
	runtime.UnlockOSThread()
}
