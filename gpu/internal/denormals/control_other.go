//go:build !amd64 && !arm64

package denormals

const flushBits = 0

func floatControl() uint64   { return 0 }
func setFloatControl(uint64) {}
