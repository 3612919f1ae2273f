package export

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Format is a way to write a network.
type Format struct {
	Name, Help string
	Write      func(w io.Writer, n *Network) error
}

// Formats lists the formats; each has a file of its own.
func Formats() []Format { return []Format{safetensorsFormat, npzFormat, onnxFormat} }

// FindFormat returns the format of a name; its error is model.ErrConfig.
func FindFormat(name string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("%w: format %q; there are %s", model.ErrConfig, name, strings.Join(names, ", "))
}

// About is what a file says of the network beside its numbers.
type About struct {
	Config   model.Config  `json:"config"`
	Encoding data.Encoding `json:"encoding,omitzero"`
}

// aboutKey is its name in a file.
const aboutKey = "spectral-gpu.network"

func (n *Network) about() (string, error) {
	text, err := json.Marshal(About{n.Config, n.Encoding})
	return string(text), err
}
