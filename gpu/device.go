package gpu

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Device is an opened device. Its methods may be called from several goroutines; runs of programs are serialised.
type Device struct {
	exec Executor
	info Info

	mu     sync.Mutex
	alive  []any // *Buffer and *Program, in order of creation
	words  int64
	peak   int64
	closed bool
}

// NewDevice wraps an executor; executor packages and tests use it, others call Open. That of none is nil.
func NewDevice(exec Executor) *Device {
	if exec == nil {
		return nil
	}
	return &Device{exec: exec, info: exec.Info()}
}

// Info describes the device; a nil one has the zero Info.
func (d *Device) Info() Info {
	if d == nil {
		return Info{}
	}
	return d.info
}

// errNil is what a nil device answers to whoever asks it for something.
func errNil(op string) error {
	return &Error{Op: op, Kind: ErrNoDevice, Msg: "the device is nil; open one with gpu.Open"}
}

// maxBufferWords bounds the size of a buffer, 4 PiB, so that executors can compute with its bytes and sums of sizes stay in range.
const maxBufferWords = 1 << 50

// NewBuffer allocates zeroed memory of the given number of 32-bit words. The name appears in errors and leak reports.
func (d *Device) NewBuffer(name string, words int, usage Usage) (*Buffer, error) {
	if words < 0 {
		return nil, shapeError("buffer", "%s of %d words", name, words)
	}
	b := &Buffer{name: name, words: words, usage: usage}
	if err := d.allocate(b); err != nil {
		return nil, err
	}
	return b, nil
}

// allocate gives a buffer its memory.
func (d *Device) allocate(b *Buffer) error {
	if d == nil {
		return errNil("buffer " + b.name)
	}
	d.mu.Lock()
	closed := d.closed
	d.mu.Unlock()
	if closed {
		return &Error{Op: "buffer", Kind: ErrClosed, Msg: "device " + d.info.Name}
	}
	if b.words > maxBufferWords {
		return &Error{Op: "buffer", Kind: ErrOutOfMemory, Msg: fmt.Sprintf("%s has more than %d words, which no device can address", b.name, int64(maxBufferWords))}
	}
	mem, err := d.exec.Alloc(b.name, max(b.words, 1), b.usage)
	if err != nil {
		return fmt.Errorf("buffer %s: %w", b.name, err)
	}
	b.dev, b.mem = d, mem
	d.mu.Lock()
	d.alive = append(d.alive, b)
	d.words += int64(b.words)
	d.peak = max(d.peak, d.words)
	d.mu.Unlock()
	return nil
}

// Bytes returns the bytes of the buffers that are alive, and the most there ever were.
func (d *Device) Bytes() (now, peak int64) {
	if d == nil {
		return 0, 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return 4 * d.words, 4 * d.peak
}

// Compile checks the operations and records them as a program that runs them in this order.
func (d *Device) Compile(name string, ops ...Op) (*Program, error) {
	return d.CompileWith(CompileOptions{Name: name}, ops...)
}

// CompileWith is Compile with options.
func (d *Device) CompileWith(opts CompileOptions, ops ...Op) (*Program, error) {
	if d == nil {
		return nil, errNil("compile " + opts.Name)
	}
	d.mu.Lock()
	closed := d.closed
	d.mu.Unlock()
	if closed {
		return nil, &Error{Op: "compile " + opts.Name, Kind: ErrClosed, Msg: "device " + d.info.Name}
	}
	var buffers []*Buffer
	for i, op := range ops {
		if v := reflect.ValueOf(op); op == nil || v.Kind() == reflect.Pointer && v.IsNil() {
			return nil, shapeError("compile "+opts.Name, "operation %d of %d is nil", i, len(ops))
		}
		if err := op.Check(); err != nil {
			return nil, fmt.Errorf("program %s, operation %d: %w", opts.Name, i, err)
		}
		for _, a := range op.Access() {
			if a.Buf.dev != d {
				return nil, shapeError(op.Name(), "program %s, operation %d: buffer %s is on another device", opts.Name, i, a.Buf.name)
			}
			if a.Buf.mem == nil {
				return nil, &Error{Op: op.Name(), Kind: ErrClosed, Msg: "buffer " + a.Buf.name}
			}
			if !slices.Contains(buffers, a.Buf) {
				buffers = append(buffers, a.Buf)
			}
		}
	}
	x, err := d.exec.Compile(slices.Clone(ops), opts)
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", opts.Name, err)
	}
	p := &Program{dev: d, name: opts.Name, ops: slices.Clone(ops), buffers: buffers, exec: x}
	d.mu.Lock()
	d.alive = append(d.alive, p)
	d.mu.Unlock()
	return p, nil
}

// Close closes the device. Buffers and programs that are still open are closed too, and named in the error (ErrLeak).
func (d *Device) Close() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	alive := slices.Clone(d.alive)
	d.mu.Unlock()

	var names []string
	for _, o := range slices.Backward(alive) { // programs come after the buffers they use
		switch o := o.(type) {
		case *Program:
			names = append(names, "program "+o.name)
			o.Close()
		case *Buffer:
			names = append(names, "buffer "+o.name)
			o.Close()
		}
	}
	err := d.exec.Close()
	if len(names) > 0 {
		slices.Sort(names)
		return &Error{Op: "close " + d.info.Name, Kind: ErrLeak, Msg: strings.Join(names, ", "), Err: err}
	}
	return err
}

func (d *Device) forget(o any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := slices.Index(d.alive, o); i >= 0 {
		d.alive = slices.Delete(d.alive, i, i+1)
	}
	if b, ok := o.(*Buffer); ok {
		d.words -= int64(b.words)
	}
}
