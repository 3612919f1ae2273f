package idx_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data/idx"
)

// FuzzRead: whatever the bytes, Read either refuses with an *Error whose offset lies within the data, or
// returns an array that writes back to exactly the (decompressed) bytes.
func FuzzRead(f *testing.F) {
	f.Add(plain, 3)
	f.Add(zipped(plain), 3)
	f.Add(plain[:20], 3)
	f.Add([]byte{0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff}, 1)
	f.Fuzz(func(t *testing.T, file []byte, rank int) {
		rank = 1 + (rank&0xff)%4
		a, err := idx.Read(bytes.NewReader(file), "fuzz", rank)
		if err != nil {
			var e *idx.Error
			if !errors.As(err, &e) {
				t.Fatalf("error of type %T: %v", err, err)
			}
			if e.Offset < 0 || !e.Compressed && e.Offset > int64(len(file)) {
				t.Fatalf("offset %d in a file of %d bytes: %v", e.Offset, len(file), err)
			}
			return
		}
		var back bytes.Buffer
		if err := idx.Write(&back, *a); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if unzip, err := gzip.NewReader(bytes.NewReader(file)); err == nil {
			if file, err = io.ReadAll(unzip); err != nil {
				t.Fatalf("accepted although gzip says %v", err)
			}
		}
		if !bytes.Equal(back.Bytes(), file) {
			t.Fatalf("read %v, which writes back as %x, from %x", a.Dims, back.Bytes(), file)
		}
	})
}
