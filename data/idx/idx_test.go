package idx_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spectral-gpu/spectral-gpu/data/idx"
	"pgregory.net/rapid"
)

// plain is an idx file written by hand: 2 images of 2×3.
var plain = []byte{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}

func zipped(p []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(p)
	w.Close()
	return b.Bytes()
}

// edited returns a copy of p with the byte at i replaced.
func edited(p []byte, i int, v byte) []byte {
	p = slices.Clone(p)
	p[i] = v
	return p
}

func TestReadGoodFiles(t *testing.T) {
	want := &idx.Array{Dims: []int{2, 2, 3}, Data: plain[16:]}
	for name, file := range map[string][]byte{"plain": plain, "gzip": zipped(plain)} {
		got, err := idx.Read(bytes.NewReader(file), "file", 3)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(idx.Array{})); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	empty, err := idx.Read(bytes.NewReader([]byte{0, 0, 8, 1, 0, 0, 0, 0}), "file", 1)
	if err != nil || len(empty.Data) != 0 {
		t.Errorf("an array of no elements: %v, %v", empty, err)
	}
}

func TestReadRefuses(t *testing.T) {
	gz := zipped(plain)
	tests := []struct {
		name   string
		file   []byte
		offset int64
		says   string
	}{
		{"empty", nil, 0, "ends inside the magic number"},
		{"one byte", plain[:1], 1, "ends inside the magic number"},
		{"magic only", plain[:4], 4, "ends inside dimension 1 of 3"},
		{"half a dimension", plain[:10], 10, "ends inside dimension 2 of 3"},
		{"header only", plain[:16], 16, "after 0 of the 12 elements"},
		{"one element short", plain[:len(plain)-1], 27, "after 11 of the 12 elements that its header promises (2×2×3)"},
		{"one byte too many", append(slices.Clone(plain), 0), 28, "data follow the 2×2×3 elements"},
		{"text", []byte("<!DOCTYPE html>"), 0, "this is not an idx file"},
		{"float elements", edited(plain, 2, 0x0D), 0, "elements of type 0x0d (32-bit float)"},
		{"unknown elements", edited(plain, 2, 0x77), 0, "elements of type 0x77 (unknown)"},
		{"labels for images", edited(plain, 3, 1), 0, "a label file under an image file's name"},
		{"two dimensions", edited(plain, 3, 2), 0, "2 dimensions where 3 belong"},
		{"huge dimension", edited(plain, 4, 0xff), 4, "dimension 1 is 4278190082"},
		{"huge product", edited(edited(plain, 5, 0xff), 9, 0xff), 4, "are more than"},
		{"false count", edited(plain, 4, 0x10), 28, "it is truncated"},
		{"gzip magic only", gz[:2], 0, "ends inside its gzip header"},
		{"gzip of unknown method", edited(gz, 2, 9), 0, "gzip header is damaged"},
		{"gzip truncated", gz[:len(gz)-12], 0, "truncated"},
		{"gzip trailer missing", gz[:len(gz)-8], 28, "truncated"},
		{"gzip checksum", edited(gz, len(gz)-8, gz[len(gz)-8]+1), 28, "does not match the checksum"},
		{"gzip then text", append(slices.Clone(gz), "trailing text of a page"...), 28, "bytes that are not gzip follow"},
		{"gzip too long inside", zipped(append(slices.Clone(plain), 9)), 28, "data follow"},
		{"gzip twice", zipped(gz), 0, "this is not an idx file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := idx.Read(bytes.NewReader(tt.file), "dir/images.gz", 3)
			if err == nil {
				t.Fatalf("accepted as %v", got.Dims)
			}
			var e *idx.Error
			if !errors.As(err, &e) || !errors.Is(err, idx.ErrFormat) {
				t.Fatalf("error %T does not match: %v", err, err)
			}
			if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "dir/images.gz: byte ") {
				t.Errorf("error %q does not say %q with file and byte", err, tt.says)
			}
			truncatedGzip := tt.name == "gzip truncated" // how far inflate comes is its own affair
			if e.Offset != tt.offset && !truncatedGzip {
				t.Errorf("offset %d, want %d", e.Offset, tt.offset)
			}
		})
	}
}

// A header that promises 1 GiB on a file of 20 bytes must not cost 1 GiB.
func TestFalseHeaderDoesNotAllocate(t *testing.T) {
	file := append([]byte{0, 0, 8, 1, 0x40, 0, 0, 0}, make([]byte, 12)...)
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := idx.Read(bytes.NewReader(file), "file", 1); err == nil {
				b.Fatal("accepted")
			}
		}
	})
	if got := result.AllocedBytesPerOp(); got > 4<<20 {
		t.Errorf("%d bytes allocated for a file of %d", got, len(file))
	}
}

func TestWriteThenRead(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 4).Draw(t, "dims")
		n := 1
		for _, d := range dims {
			n *= d
		}
		want := idx.Array{Dims: dims, Data: rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "data")}
		path := filepath.Join(dir, rapid.SampledFrom([]string{"a-ubyte", "a-ubyte.gz"}).Draw(t, "name"))
		if err := idx.WriteFile(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := idx.ReadFile(path, len(dims))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Dims, dims) || !bytes.Equal(got.Data, want.Data) {
			t.Fatalf("wrote %v, read %v", want, got)
		}
		file, _ := os.ReadFile(path)
		if isGzip := bytes.HasPrefix(file, []byte{0x1f, 0x8b}); isGzip != strings.HasSuffix(path, ".gz") {
			t.Fatalf("%s: compressed: %v", path, isGzip)
		}
	})
}

func TestReadALargeArray(t *testing.T) { // several growth steps
	want := idx.Array{Dims: []int{5, 1 << 20}, Data: make([]byte, 5<<20)}
	for i := range want.Data {
		want.Data[i] = byte(i * 7)
	}
	var b bytes.Buffer
	if err := idx.Write(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := idx.Read(&b, "large", 2)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Data, want.Data) {
		t.Error("elements differ")
	}
}

func TestWriteRefuses(t *testing.T) {
	for name, a := range map[string]idx.Array{
		"no dimensions":       {},
		"five dimensions":     {Dims: []int{1, 1, 1, 1, 1}, Data: []byte{1}},
		"negative dimension":  {Dims: []int{-1}},
		"too few elements":    {Dims: []int{3}, Data: []byte{1}},
		"too many elements":   {Dims: []int{1, 2}, Data: []byte{1, 2, 3}},
		"more than is legal":  {Dims: []int{idx.MaxBytes, 2}},
		"dimension too large": {Dims: []int{idx.MaxBytes + 1}},
	} {
		if err := idx.Write(&bytes.Buffer{}, a); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestReadFileMissing(t *testing.T) {
	if _, err := idx.ReadFile(filepath.Join(t.TempDir(), "none"), 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want one that matches os.ErrNotExist", err)
	}
}
