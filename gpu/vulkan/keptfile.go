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
	"syscall"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// What is kept on disk about a device and driver lies beside the pipeline cache. Tunings and pipelines that are not used are a file each: a magic
// line, the SHA-256 of the rest in hexadecimal as a line, and JSON that says for which device, driver and kernels it holds.

// fileOwner is what a file holds for.
type fileOwner struct {
	Device  string `json:"device"`
	Driver  string `json:"driver"`
	UUID    string `json:"uuid"`
	Kernels string `json:"kernels"` // kernelsHash
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

// fileOwner returns what this device's files hold for.
func (d *device) fileOwner() fileOwner {
	return fileOwner{Device: d.info.Name, Driver: d.info.Driver, UUID: d.info.UUID, Kernels: kernelsHash()}
}

// holdsFor tells why a file of this owner is not one for own, nil where it is.
func (o fileOwner) holdsFor(own fileOwner) error {
	switch {
	case o == own:
		return nil
	case o.UUID != own.UUID || o.Device != own.Device || o.Driver != own.Driver:
		return fmt.Errorf("was made for %s with %s", o.Device, o.Driver)
	}
	return errors.New("was made by another version of this program")
}

// seal returns the content of a file with some JSON.
func seal(magic string, body []byte) []byte {
	sum := sha256.Sum256(body)
	return slices.Concat([]byte(magic+hex.EncodeToString(sum[:])+"\n"), body)
}

// unseal reads the JSON of a file into b, if the file is whole.
func unseal(magic string, content []byte, b any) error {
	rest, ok := bytes.CutPrefix(content, []byte(magic))
	if !ok {
		return errors.New("is not a file of this kind and version")
	}
	_, body, ok := bytes.Cut(rest, []byte("\n"))
	if !ok || !bytes.Equal(content, seal(magic, body)) {
		return errors.New("is damaged")
	}
	if err := json.Unmarshal(body, b); err != nil {
		return fmt.Errorf("is damaged: %w", err)
	}
	return nil
}

// readKept returns what a file holds; nothing without an error if there is no file, or no folder where it could be.
func readKept[T any](files atomicfile.FS, file string, own fileOwner, decode func([]byte, fileOwner) (T, error)) (t T, err error) {
	content, err := files.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	if t, err = decode(content, own); err != nil {
		err = fmt.Errorf("%s %w", file, err)
	}
	return t, err
}

// mergeKept adds fresh and what is known to what a file holds, which another process may have put there meanwhile; a file that is no good is
// replaced. It returns all that is known now, also where it could not be kept.
func mergeKept[M ~map[string]V, V any](d *device, file string, known, fresh M, decode func([]byte, fileOwner) (M, error), encode func(fileOwner, M) ([]byte, error)) (M, error) {
	own := d.fileOwner()
	all, err := readKept(d.files, file, own, decode)
	if err != nil || all == nil {
		all = M{}
	}
	maps.Copy(all, known)
	maps.Copy(all, fresh)
	content, err := encode(own, all)
	if err != nil {
		return all, err
	}
	return all, replaceFile(d.files, file, content)
}
