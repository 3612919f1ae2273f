//go:build cgo

package vulkan

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Pipelines that the driver refused or took long to compile are kept on disk once another tile serves in their place, so that the next process
// takes that tile at once. Another driver, or other kernels, are tried anew.

const avoidedMagic = "spectral-gpu avoided pipelines 1\n"

// avoided has, by the name of a pipeline (specialised.String), the seconds that it took to compile; 0 where it was refused.
type avoided map[string]float64

// avoidedBody is the JSON of a file.
type avoidedBody struct {
	fileOwner
	Pipelines avoided `json:"pipelines"`
}

func encodeAvoided(own fileOwner, a avoided) ([]byte, error) {
	body, err := json.MarshalIndent(avoidedBody{own, a}, "", " ")
	if err != nil {
		return nil, err
	}
	return seal(avoidedMagic, body), nil
}

func decodeAvoided(content []byte, own fileOwner) (avoided, error) {
	var b avoidedBody
	if err := unseal(avoidedMagic, content, &b); err != nil {
		return nil, err
	}
	if err := b.holdsFor(own); err != nil {
		return nil, err
	}
	for _, seconds := range b.Pipelines {
		if seconds < 0 {
			return nil, errors.New("is damaged: a time is negative")
		}
	}
	return b.Pipelines, nil
}

// openAvoided reads what is kept about this device.
func (d *device) openAvoided() {
	file := d.keptFile(".avoided")
	if file == "" {
		return
	}
	kept, err := readKept(d.files, file, d.fileOwner(), decodeAvoided)
	if err != nil {
		d.warn(fmt.Sprintf("pipelines to avoid ignored: %v; the driver is asked again", err))
	}
	d.pipelines.kept = kept
}

// keepAvoided adds to the file what another tile has served for, and to what another process has put there meanwhile.
func (d *device) keepAvoided(fresh avoided) {
	file := d.keptFile(".avoided")
	if file == "" || len(fresh) == 0 {
		return
	}
	all, err := mergeKept(d, file, d.pipelines.kept, fresh, decodeAvoided, encodeAvoided)
	d.pipelines.kept = all
	if err != nil {
		d.warn(fmt.Sprintf("pipelines to avoid not kept, the next start asks the driver again: %v", err))
	}
}

// refusedBefore is the error of a pipeline that the driver refused, nil where it has not.
func (d *device) refusedBefore(s specialised) error {
	if err := d.pipelines.refused[s.key()]; err != nil {
		return err
	}
	if len(d.pipelines.kept) == 0 {
		return nil
	}
	if seconds, known := d.pipelines.kept[s.String()]; !known || seconds > 0 {
		return nil
	}
	err := &refusal{&gpu.Error{Op: "kernel " + s.kernel.Name, Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf(
		"an earlier start found that the driver of %s does not compile it with constants %v, and there is no other form; delete %s to try again, update the driver, or use the CPU executor (--device cpu)",
		d.info.Name, s.spec, d.keptFile(".avoided"))}}
	d.pipelines.refused[s.key()] = err
	return err
}

// slowSeconds returns the time that a pipeline took to compile where that is too long, else 0.
func (d *device) slowSeconds(s specialised) float64 {
	if len(d.pipelines.slow) > 0 {
		if seconds := d.pipelines.slow[s.key()]; seconds > 0 {
			return seconds
		}
	}
	if len(d.pipelines.kept) == 0 {
		return 0
	}
	return d.pipelines.kept[s.String()]
}
