package idx

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// MaxBytes is the largest number of elements that Read accepts: 2 GiB less one byte, far above any set of
// this format (EMNIST, the largest, has 0.6 GB).
const MaxBytes = 1<<31 - 1

const (
	typeUint8 = 0x08
	maxRank   = 4
)

// elementTypes names the types of the format, for the message that refuses them.
var elementTypes = map[byte]string{
	typeUint8: "unsigned byte", 0x09: "signed byte", 0x0B: "16-bit integer", 0x0C: "32-bit integer",
	0x0D: "32-bit float", 0x0E: "64-bit float",
}

// Array is an array of unsigned bytes, row-major. len(Data) is the product of Dims.
type Array struct {
	Dims []int // 1 to 4 dimensions, slowest first
	Data []byte

	compressed bool // the file it was read from, for errors found later
}

// header returns the bytes that precede the elements.
func header(dims []int) ([]byte, error) {
	if len(dims) < 1 || len(dims) > maxRank {
		return nil, fmt.Errorf("idx: %d dimensions: the writer takes 1 to %d", len(dims), maxRank)
	}
	h := []byte{0, 0, typeUint8, byte(len(dims))}
	for _, d := range dims {
		if d < 0 || d > MaxBytes {
			return nil, fmt.Errorf("idx: dimension %d is outside [0, %d]", d, MaxBytes)
		}
		h = binary.BigEndian.AppendUint32(h, uint32(d))
	}
	return h, nil
}

// elements returns the product of dims, or false where it exceeds MaxBytes.
func elements(dims []int) (int64, bool) {
	n := int64(1)
	for _, d := range dims {
		if d == 0 {
			return 0, true
		}
		if n *= int64(d); n > MaxBytes {
			return 0, false
		}
	}
	return n, true
}

// shape writes dims as 60000×28×28.
func shape(dims []int) string {
	parts := make([]string, len(dims))
	for i, d := range dims {
		parts[i] = fmt.Sprint(d)
	}
	return strings.Join(parts, "×")
}
