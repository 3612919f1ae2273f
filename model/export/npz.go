package export

import (
	"io"

	"codeberg.org/sbinet/npyio/npz"
)

var npzFormat = Format{"npz", "the same tensors for numpy.load, and " + aboutKey + ", JSON as bytes", writeNPZ}

func writeNPZ(w io.Writer, n *Network) error {
	z := npz.NewWriter(w)
	for _, t := range n.Tensors() {
		if err := z.Write(t.Name+".npy", nested(t)); err != nil {
			return err
		}
	}
	text, err := n.about()
	if err != nil {
		return err
	}
	if err := z.Write(aboutKey+".npy", []byte(text)); err != nil {
		return err
	}
	return z.Close()
}

// nested returns a matrix as slices of rows, of whose lengths npyio makes its shape.
func nested(t Tensor) any {
	if len(t.Shape) == 1 {
		return t.Data
	}
	rows := make([][]float32, t.Shape[0])
	for i := range rows {
		rows[i] = t.Data[i*t.Shape[1] : (i+1)*t.Shape[1]]
	}
	return rows
}
