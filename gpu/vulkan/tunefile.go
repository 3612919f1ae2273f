//go:build cgo

package vulkan

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// The tunings on disk are a file per device and driver beside the pipeline cache: a magic line, the SHA-256 of the rest in
// hexadecimal as a line, and JSON that says for which device, driver and kernels they were measured.

const tuneMagic = "spectral-gpu tuning 1\n"

// tuneOwner is what tunings hold for.
type tuneOwner struct {
	Device  string `json:"device"`
	Driver  string `json:"driver"`
	UUID    string `json:"uuid"`
	Kernels string `json:"kernels"` // kernelsHash
}

// tuneBody is the JSON of a file.
type tuneBody struct {
	tuneOwner
	Shapes tunings `json:"shapes"`
}

// kernelsHash identifies the kernels and the tiles that a tuning chooses from. They are the same as long as the program runs.
var kernelsHash = sync.OnceValue(func() string {
	h := sha256.New()
	fmt.Fprint(h, shaders.GemmSoftware, shaders.GemmHardware, shaders.RNNSoftware, shaders.RNNHardware, shaders.LowRankSoftware, shaders.LowRankHardware, shaders.GatedSoftware, shaders.GatedHardware)
	var words []byte
	for _, k := range shaders.Kernels() {
		fmt.Fprintln(h, k.Name)
		words = words[:0]
		for _, w := range slices.Concat(k.SPIRV(), k.SPIRV64()) {
			words = binary.LittleEndian.AppendUint32(words, w)
		}
		h.Write(words)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
})

// tuneOwner returns what this device's tunings hold for.
func (d *device) tuneOwner() tuneOwner {
	return tuneOwner{Device: d.info.Name, Driver: d.info.Driver, UUID: d.info.UUID, Kernels: kernelsHash()}
}

// encodeTunings returns the content of a file.
func encodeTunings(own tuneOwner, t tunings) ([]byte, error) {
	body, err := json.MarshalIndent(tuneBody{own, t}, "", " ")
	if err != nil {
		return nil, err
	}
	return append(tuneSeal(body), body...), nil
}

// tuneSeal is what stands before the JSON of a file.
func tuneSeal(body []byte) []byte {
	sum := sha256.Sum256(body)
	return []byte(tuneMagic + hex.EncodeToString(sum[:]) + "\n")
}

// decodeTunings returns what a file holds, if it is whole and for own.
func decodeTunings(content []byte, own tuneOwner) (tunings, error) {
	rest, ok := bytes.CutPrefix(content, []byte(tuneMagic))
	if !ok {
		return nil, errors.New("is not a tuning file of this version")
	}
	_, body, ok := bytes.Cut(rest, []byte("\n"))
	if !ok || !bytes.HasPrefix(content, tuneSeal(body)) {
		return nil, errors.New("is damaged")
	}
	var b tuneBody
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("is damaged: %w", err)
	}
	switch {
	case b.tuneOwner == own:
		return b.Shapes, nil
	case b.UUID != own.UUID || b.Device != own.Device || b.Driver != own.Driver:
		return nil, fmt.Errorf("was made for %s with %s", b.Device, b.Driver)
	}
	return nil, errors.New("was made by another version of this program")
}

// readTunings returns what a file holds; nil without an error if there is no file.
func readTunings(files atomicfile.FS, file string, own tuneOwner) (tunings, error) {
	content, err := files.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t, err := decodeTunings(content, own)
	if err != nil {
		return nil, fmt.Errorf("%s %w", file, err)
	}
	return t, nil
}

// saveTunings adds to the device's file, and keeps what another process has put there meanwhile about other shapes. It returns all
// that is known now, also where it could not be kept.
func (d *device) saveTunings(file string, fresh tunings) (tunings, error) {
	own := d.tuneOwner()
	all, err := readTunings(d.files, file, own)
	if err != nil || all == nil {
		all = tunings{} // a file that is no good is replaced
	}
	maps.Copy(all, d.tunings())
	maps.Copy(all, fresh)
	content, err := encodeTunings(own, all)
	if err != nil {
		return all, err
	}
	return all, replaceFile(d.files, file, content)
}
