package denormals

const flushBits = 1 << 24 // FZ of FPCR: denormal operands and results of single and double precision are zeros

// floatControl returns the thread's FPCR; setFloatControl sets it.
func floatControl() uint64
func setFloatControl(word uint64)
