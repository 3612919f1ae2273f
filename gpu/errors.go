package gpu

import (
	"errors"
	"fmt"
)

// Errors that callers can test for with errors.Is.
var (
	// ErrShape is a shape, stride or aliasing that an operation does not accept.
	ErrShape = errors.New("bad shape")
	// ErrSetting is a number that cannot be: a rate that is none, a step before the first.
	ErrSetting = errors.New("bad setting")
	// ErrNotFinite is a NaN or an infinity where only numbers make sense.
	ErrNotFinite = errors.New("not finite")
	// ErrNoDevice means that no device fits the selection.
	ErrNoDevice = errors.New("no device")
	// ErrNotBuilt is a backend that this build leaves out.
	ErrNotBuilt = errors.New("left out of this build")
	// ErrOutOfMemory is a failed allocation of device or host memory.
	ErrOutOfMemory = errors.New("out of memory")
	// ErrDeviceLost means that the driver gave up on the device (a crash or a watchdog); every object on it is dead.
	ErrDeviceLost = errors.New("device lost")
	// ErrClosed is a use of an object after its Close.
	ErrClosed = errors.New("already closed")
	// ErrLeak is returned by Device.Close when buffers or programs were still open.
	ErrLeak = errors.New("not closed")
	// ErrUnsupported is an operation that the executor has no form of.
	ErrUnsupported = errors.New("unsupported")
	// ErrValidation is a message of the validation layer.
	ErrValidation = errors.New("validation layer")
)

// Error is a failure of the engine: the call that failed, its kind for errors.Is, and what to do about it.
type Error struct {
	Op   string // the call or operation, e.g. "gemm" or "vkAllocateMemory"
	Kind error  // one of the sentinels above
	Msg  string // sizes, names and the remedy
	Err  error  // the cause, may be nil
}

func (e *Error) Error() string {
	s := e.Op + ": " + e.Kind.Error()
	if e.Msg != "" {
		s += ": " + e.Msg
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap makes errors.Is find both the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// shapeError reports a shape that operation op does not accept.
func shapeError(op, format string, args ...any) error {
	return &Error{Op: op, Kind: ErrShape, Msg: fmt.Sprintf(format, args...)}
}
