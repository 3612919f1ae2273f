package export

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/nlpodyssey/safetensors"

	"github.com/spectral-gpu/spectral-gpu/model"
)

// File is what a safetensors file of a dense network holds.
type File struct {
	Tensors []Tensor // by name, rounded to fp32
	About   *About   // what this program noted when it wrote the file; nil in those of others
}

// ReadFile reads the content of a safetensors file of F32, F64, F16 or BF16. The error is model.ErrCheckpoint.
func ReadFile(content []byte) (*File, error) {
	st, err := safetensors.Deserialize(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %d bytes that are no whole safetensors file: %w", model.ErrCheckpoint, len(content), err)
	}
	_, meta, err := safetensors.ReadMetadata(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", model.ErrCheckpoint, err)
	}
	f := &File{}
	if text, ok := meta.Metadata()[aboutKey]; ok {
		f.About = &About{}
		if err := json.Unmarshal([]byte(text), f.About); err != nil {
			return nil, fmt.Errorf("%w: its entry %s: %w", model.ErrCheckpoint, aboutKey, err)
		}
	}
	for _, v := range st.Tensors() {
		t := Tensor{Name: v.Name}
		for _, d := range v.TensorView.Shape() {
			t.Shape = append(t.Shape, int(d))
		}
		if t.Data, err = numbers(v.TensorView); err != nil {
			return nil, fmt.Errorf("%w: tensor %s: %w", model.ErrCheckpoint, v.Name, err)
		}
		f.Tensors = append(f.Tensors, t)
	}
	slices.SortFunc(f.Tensors, func(a, b Tensor) int { return natural(a.Name, b.Name) })
	return f, nil
}

// numbers returns the elements of a tensor as fp32.
func numbers(v safetensors.TensorView) ([]float32, error) {
	raw := v.Data()
	var read func([]byte) float32
	var size int
	switch v.DType() {
	case safetensors.F32:
		read, size = func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }, 4
	case safetensors.F64:
		read, size = func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) }, 8
	case safetensors.BF16:
		read, size = func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) }, 2
	case safetensors.F16:
		read, size = func(b []byte) float32 { return half(binary.LittleEndian.Uint16(b)) }, 2
	default:
		return nil, fmt.Errorf("its elements are %v, want F32, F64, F16 or BF16", v.DType())
	}
	out := make([]float32, len(raw)/size)
	for i := range out {
		out[i] = read(raw[i*size:])
	}
	return out, nil
}

// half returns a number of IEEE 754 half precision.
func half(b uint16) float32 {
	sign, exponent, mantissa := float64(1), int(b>>10&31), float64(b&1023)
	if b>>15 == 1 {
		sign = -1
	}
	switch {
	case exponent == 31 && mantissa == 0:
		return float32(math.Inf(int(sign)))
	case exponent == 31:
		return float32(math.NaN())
	case exponent == 0:
		return float32(sign * math.Ldexp(mantissa, -24))
	}
	return float32(sign * math.Ldexp(1024+mantissa, exponent-25))
}

// natural compares names so that numbers in them count as numbers: layers.2 comes before layers.10.
func natural(a, b string) int {
	digits := func(s string) int {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		return n
	}
	for len(a) > 0 && len(b) > 0 {
		if m, n := digits(a), digits(b); m > 0 && n > 0 && m < 19 && n < 19 {
			var x, y int64
			for _, c := range a[:m] {
				x = 10*x + int64(c-'0')
			}
			for _, c := range b[:n] {
				y = 10*y + int64(c-'0')
			}
			if x != y {
				return int(max(min(x-y, 1), -1))
			}
			a, b = a[m:], b[n:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}
