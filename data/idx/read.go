package idx

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// ReadFile reads the array of the given number of dimensions (rank) from a file, plain or gzip-compressed.
// A file that cannot be opened gives the error of os.Open; anything wrong in it gives an *Error.
func ReadFile(path string, rank int) (*Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, path, rank)
}

// Read reads one array of the given number of dimensions (rank) from r to its end, plain or
// gzip-compressed. The name stands for the source in errors, which are of type *Error.
func Read(r io.Reader, name string, rank int) (*Array, error) {
	d := &decoder{name: name}
	if err := d.open(r); err != nil {
		return nil, err
	}
	dims, err := d.header(rank)
	if err != nil {
		return nil, err
	}
	data, err := d.elements(dims)
	if err != nil {
		return nil, err
	}
	if err := d.end(dims); err != nil {
		return nil, err
	}
	return &Array{Dims: dims, Data: data, compressed: d.compressed}, nil
}

// decoder reads one file and knows how far it has come.
type decoder struct {
	name       string
	r          io.Reader
	compressed bool
	offset     int64
}

// open looks at the first two bytes: 1f 8b begins gzip, and no idx file.
func (d *decoder) open(r io.Reader) error {
	buffered := bufio.NewReaderSize(r, 1<<16)
	d.r = buffered
	first, err := buffered.Peek(2)
	if err != nil && err != io.EOF {
		return d.fault(err, "reading failed")
	}
	if !bytes.Equal(first, []byte{0x1f, 0x8b}) {
		return nil // a file shorter than two bytes fails in header
	}
	unzip, err := gzip.NewReader(buffered)
	if truncated(err) {
		return d.fault(nil, "the file ends inside its gzip header: it is truncated")
	}
	if err != nil {
		return d.fault(readable(err), "the gzip header is damaged")
	}
	d.r, d.compressed = unzip, true
	return nil
}

func (d *decoder) header(rank int) ([]int, error) {
	var word [4]byte
	if err := d.full(word[:], "the magic number"); err != nil {
		return nil, err
	}
	d.offset -= 4 // faults below concern this word
	want := []byte{0, 0, typeUint8, byte(rank)}
	switch {
	case word[0] != 0 || word[1] != 0:
		return nil, d.fault(nil, "magic number %08x, want %08x: this is not an idx file", word, want)
	case word[2] != typeUint8:
		kind, known := elementTypes[word[2]]
		if !known {
			kind = "unknown"
		}
		return nil, d.fault(nil, "magic number %08x, want %08x: elements of type 0x%02x (%s); only unsigned bytes (0x08) are read",
			word, want, word[2], kind)
	case int(word[3]) != rank:
		return nil, d.fault(nil, "magic number %08x, want %08x: %d dimensions where %d belong%s",
			word, want, word[3], rank, mixUp(int(word[3]), rank))
	}
	d.offset += 4
	dims := make([]int, rank)
	for i := range dims {
		if err := d.full(word[:], fmt.Sprintf("dimension %d of %d", i+1, rank)); err != nil {
			return nil, err
		}
		n := binary.BigEndian.Uint32(word[:])
		if n > MaxBytes {
			d.offset -= 4
			return nil, d.fault(nil, "dimension %d is %d; at most %d are read", i+1, n, MaxBytes)
		}
		dims[i] = int(n)
	}
	if _, ok := elements(dims); !ok {
		d.offset = 4
		return nil, d.fault(nil, "%s elements are more than the %d bytes that are read", shape(dims), MaxBytes)
	}
	return dims, nil
}

// mixUp explains the usual reason for a wrong number of dimensions.
func mixUp(got, want int) string {
	switch {
	case got == 1 && want == 3:
		return ": this is a label file under an image file's name"
	case got == 3 && want == 1:
		return ": this is an image file under a label file's name"
	}
	return ""
}

// elements reads the array in growing pieces: what is allocated never exceeds twice what arrived plus 1 MiB.
func (d *decoder) elements(dims []int) ([]byte, error) {
	n, _ := elements(dims)
	data := make([]byte, 0, min(n, 1<<20))
	for int64(len(data)) < n {
		if len(data) == cap(data) {
			grown := make([]byte, len(data), min(n, 2*int64(cap(data))))
			copy(grown, data)
			data = grown
		}
		got, err := io.ReadFull(d.r, data[len(data):cap(data)])
		data = data[:len(data)+got]
		d.offset += int64(got)
		if err != nil {
			if !truncated(err) {
				return nil, d.fault(readable(err), "reading the elements failed")
			}
			return nil, d.fault(nil, "the file ends after %d of the %d elements that its header promises (%s): it is truncated",
				len(data), n, shape(dims))
		}
	}
	return data, nil
}

// end makes sure that nothing follows; reaching the end also verifies gzip's own checksum.
func (d *decoder) end(dims []int) error {
	var extra [1]byte
	switch _, err := io.ReadFull(d.r, extra[:]); {
	case err == io.EOF:
		return nil
	case err == nil:
		return d.fault(nil, "data follow the %s elements that the header promises", shape(dims))
	case truncated(err):
		return d.fault(nil, "the gzip trailer is missing: the file is truncated")
	case errors.Is(err, gzip.ErrHeader):
		return d.fault(nil, "bytes that are not gzip follow the compressed data")
	default:
		return d.fault(readable(err), "reading to the end failed")
	}
}

// full fills p, or says that the file ends inside what.
func (d *decoder) full(p []byte, what string) error {
	n, err := io.ReadFull(d.r, p)
	d.offset += int64(n)
	switch {
	case err == nil:
		return nil
	case truncated(err):
		return d.fault(nil, "the file ends inside %s: it is truncated", what)
	}
	return d.fault(readable(err), "reading %s failed", what)
}

func (d *decoder) fault(cause error, format string, args ...any) error {
	return &Error{File: d.name, Offset: d.offset, Compressed: d.compressed, Problem: fmt.Sprintf(format, args...), Cause: cause}
}

func truncated(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }

// readable puts gzip's terse errors into words and keeps the cause.
func readable(err error) error {
	if errors.Is(err, gzip.ErrChecksum) {
		return fmt.Errorf("the content does not match the checksum in the file: it is damaged: %w", err)
	}
	return err
}
