package denormals

const flushBits = 1<<15 | 1<<6 // of MXCSR: flush to zero, denormals are zeros

// floatControl returns the thread's MXCSR; setFloatControl sets it.
func floatControl() uint64
func setFloatControl(word uint64)
