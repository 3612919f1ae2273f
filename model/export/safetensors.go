package export

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/nlpodyssey/safetensors"
)

var safetensorsFormat = Format{"safetensors", "tensors with the names of torch.nn.RNN and Linear; load_file of the safetensors package reads it", writeSafetensors}

func writeSafetensors(w io.Writer, n *Network) error {
	views := map[string]safetensors.TensorView{}
	for _, t := range n.Tensors() {
		var shape []uint64
		for _, d := range t.Shape {
			shape = append(shape, uint64(d))
		}
		v, err := safetensors.NewTensorView(safetensors.F32, shape, littleEndian(t.Data))
		if err != nil {
			return fmt.Errorf("tensor %s: %w", t.Name, err)
		}
		views[t.Name] = v
	}
	text, err := n.about()
	if err != nil {
		return err
	}
	return safetensors.SerializeToWriter(views, map[string]string{"format": "pt", aboutKey: text}, w)
}

func littleEndian(values []float32) []byte {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}
