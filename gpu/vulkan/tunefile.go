//go:build cgo

package vulkan

import (
	"encoding/json"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
)

const tuneMagic = "spectral-gpu tuning 1\n"

// tuneBody is the JSON of a file of tunings.
type tuneBody struct {
	fileOwner
	Shapes tunings `json:"shapes"`
}

// encodeTunings returns the content of a file.
func encodeTunings(own fileOwner, t tunings) ([]byte, error) {
	body, err := json.MarshalIndent(tuneBody{own, t}, "", " ")
	if err != nil {
		return nil, err
	}
	return seal(tuneMagic, body), nil
}

// decodeTunings returns what a file holds, if it is whole and for own.
func decodeTunings(content []byte, own fileOwner) (tunings, error) {
	var b tuneBody
	if err := unseal(tuneMagic, content, &b); err != nil {
		return nil, err
	}
	if err := b.holdsFor(own); err != nil {
		return nil, err
	}
	return b.Shapes, nil
}

// readTunings returns what a file holds; nil without an error if there is no file.
func readTunings(files atomicfile.FS, file string, own fileOwner) (tunings, error) {
	return readKept(files, file, own, decodeTunings)
}

// saveTunings adds to the device's file, and keeps what another process has put there meanwhile about other shapes. It returns all
// that is known now, also where it could not be kept.
func (d *device) saveTunings(file string, fresh tunings) (tunings, error) {
	return mergeKept(d, file, d.tunings(), fresh, decodeTunings, encodeTunings)
}
