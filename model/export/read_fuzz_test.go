package export_test

import (
	"bytes"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/export"
)

// Whatever a file holds, it is read or refused; what is imported is a checkpoint that can be written.
func FuzzReadFile(f *testing.F) {
	for _, shapes := range []map[string][]uint64{
		{"weight_ih_l0": {2, 1}, "weight_hh_l0": {2, 2}, "bias_ih_l0": {2}, "fc.weight": {1, 2}}, {"0.weight": {2, 1}, "1.weight": {2, 2}, "2.weight": {3, 2}},
		{"weight_ih_l0": {4, 1}, "weight_hh_l0": {4, 1}, "fc.weight": {1, 1}}, {"weight_ih_l0": {0, 1}, "weight_hh_l0": {0, 0}, "fc.weight": {1, 0}}, {"weight": {3}},
	} {
		views := map[string]safetensors.TensorView{}
		for name, shape := range shapes {
			n := uint64(2)
			for _, d := range shape {
				n *= d
			}
			v, err := safetensors.NewTensorView(safetensors.F16, shape, bytes.Repeat([]byte{0x3c}, int(n)))
			if err != nil {
				f.Fatal(err)
			}
			views[name] = v
		}
		var file bytes.Buffer
		if err := safetensors.SerializeToWriter(views, map[string]string{"format": "pt"}, &file); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes())
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := export.ReadFile(content)
		if err != nil {
			return
		}
		ck, _, err := export.Import(file, model.Config{Length: 2})
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := ck.Encode(&out); err != nil {
			t.Fatal(err)
		}
		if _, err := model.Decode(out.Bytes()); err != nil {
			t.Fatal(err)
		}
	})
}
