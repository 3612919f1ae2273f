package gpu

import (
	"fmt"
	"unsafe"
)

// Usage says how the host and the device share a buffer.
type Usage uint8

const (
	// DeviceOnly memory is filled and read by programs, and by Write and Read outside of them.
	DeviceOnly Usage = 0
	// HostToDevice memory has a host slice (Host) that each run of a program reading the buffer sees as it stands when Run is called.
	HostToDevice Usage = 1
	// DeviceToHost memory has a host slice that holds the result after each run of a program writing the buffer.
	DeviceToHost Usage = 2
)

// Buffer is device memory of 32-bit words (fp32, or int32 where an operation says so).
type Buffer struct {
	dev   *Device
	name  string
	words int
	usage Usage
	mem   Memory

	planned  bool   // a unit of an arena that is not allocated yet
	wrong    string // why there is no such buffer, for those who are given views of it
	borrowed bool   // the memory belongs to another buffer
}

// Name returns the name given to NewBuffer.
func (b *Buffer) Name() string {
	if b == nil {
		return "none"
	}
	return b.name
}

// Len returns the number of 32-bit words.
func (b *Buffer) Len() int {
	if b == nil {
		return 0
	}
	return b.words
}

// Usage returns the usage given to NewBuffer.
func (b *Buffer) Usage() Usage { return b.usage }

// Memory returns the executor's own handle; for executor packages.
func (b *Buffer) Memory() Memory { return b.mem }

// View returns the window of rows × cols contiguous elements at word off.
func (b *Buffer) View(off, rows, cols int) View {
	return View{Buf: b, Off: off, Rows: rows, Cols: cols, Stride: cols}
}

// All returns the whole buffer as one row.
func (b *Buffer) All() View { return b.View(0, 1, b.Len()) }

// Host returns the host's slice of a HostToDevice or DeviceToHost buffer, nil otherwise. It stays valid until Close and must
// not be touched while a program that uses the buffer runs.
func (b *Buffer) Host() []float32 {
	if b == nil || b.mem == nil {
		return nil
	}
	return b.mem.Host()
}

// HostInts is Host with the words taken as int32.
func (b *Buffer) HostInts() []int32 { return AsInts(b.Host()) }

// Write copies src to the words from off on, outside of any program.
func (b *Buffer) Write(off int, src []float32) error {
	if err := b.checkRange("write", off, len(src)); err != nil || len(src) == 0 {
		return err
	}
	return b.mem.Write(off, src)
}

// Read copies the words from off on to dst, outside of any program.
func (b *Buffer) Read(off int, dst []float32) error {
	if err := b.checkRange("read", off, len(dst)); err != nil || len(dst) == 0 {
		return err
	}
	return b.mem.Read(off, dst)
}

// Close frees the memory. Programs that use the buffer must be closed first.
func (b *Buffer) Close() {
	if b == nil || b.mem == nil {
		return
	}
	if !b.borrowed {
		b.mem.Free()
		b.dev.forget(b)
	}
	b.mem = nil
}

func (b *Buffer) checkRange(op string, off, n int) error {
	switch {
	case b == nil:
		return shapeError(op, "the buffer is nil")
	case b.mem == nil:
		return &Error{Op: op, Kind: ErrClosed, Msg: "buffer " + b.name}
	}
	if off < 0 || off > b.words-n { // off+n may overflow
		return shapeError(op, "%d words from word %d of buffer %s, which has %d", n, off, b.name, b.words)
	}
	return nil
}

// WriteView copies the rows × cols contiguous values of src into the window v, outside of any program.
func WriteView(v View, src []float32) error {
	if err := v.checkWindow("write", "view"); err != nil {
		return err
	}
	if len(src) != v.Len() {
		return shapeError("write", "%d values for %v", len(src), v)
	}
	if v.Contiguous() || v.Len() == 0 {
		return v.Buf.Write(v.Off, src)
	}
	for i := range v.Rows {
		if err := v.Buf.Write(v.Off+i*v.Stride, src[i*v.Cols:(i+1)*v.Cols]); err != nil {
			return err
		}
	}
	return nil
}

// ReadView returns the values of the window v as rows × cols contiguous values.
func ReadView(v View) ([]float32, error) {
	if err := v.checkWindow("read", "view"); err != nil {
		return nil, err
	}
	dst := make([]float32, v.Len())
	if v.Contiguous() || v.Len() == 0 {
		return dst, v.Buf.Read(v.Off, dst)
	}
	for i := range v.Rows {
		if err := v.Buf.Read(v.Off+i*v.Stride, dst[i*v.Cols:(i+1)*v.Cols]); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// nowhere is a view of a buffer that there is not: whoever is given it answers with ErrShape and this reason.
func nowhere(name, format string, args ...any) View {
	return View{Buf: &Buffer{name: name, wrong: fmt.Sprintf(format, args...)}}
}

// AsInts returns the same words as int32.
func AsInts(w []float32) []int32 {
	if len(w) == 0 {
		return nil
	}
	return unsafe.Slice((*int32)(unsafe.Pointer(&w[0])), len(w))
}

// AsFloats returns the same words as float32, for Write of integers.
func AsFloats(w []int32) []float32 {
	if len(w) == 0 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&w[0])), len(w))
}

// WrapMemory returns a buffer over memory that an executor manages itself, such as scratch space that one operation's kernels hand
// to each other. It belongs to no device list and must not be closed; for executor packages.
func WrapMemory(name string, words int, mem Memory) *Buffer {
	return &Buffer{name: name, words: words, mem: mem}
}
