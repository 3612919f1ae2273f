package denormals

import (
	"runtime"
	"testing"
)

// product is computed where it is called, not before.
//
//go:noinline
func product[T float32 | float64](a, b T) T { return a * b }

func TestFlush(t *testing.T) {
	if !Supported {
		t.Skipf("%s has no such mode", runtime.GOARCH)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const least, least64, below = float32(0x1p-126), 0x1p-1022, float32(0x1p-127)
	before := floatControl()
	m := Flush()
	result, result64, operand := product(least, 0.5), product(least64, 0.5), product(below, 0x1p100)
	inner := Flush() // a second one changes nothing
	inner.Restore()
	still := product(least, 0.5)
	m.Restore()
	after := floatControl()
	if result != 0 || result64 != 0 || still != 0 {
		t.Errorf("denormal results: %g and %g, then %g; want 0", result, result64, still)
	}
	if operand != 0 {
		t.Errorf("a denormal operand counted as %g", operand)
	}
	if product(least, 0.5) == 0 {
		t.Error("denormal numbers are still flushed after Restore")
	}
	if after&flushBits != before&flushBits {
		t.Errorf("the mode was %#x and is %#x", before, after)
	}
}
