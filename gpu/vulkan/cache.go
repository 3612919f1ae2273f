//go:build cgo

package vulkan

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// The pipeline cache on disk is a file per device and driver: a magic line, the SHA-256 of the rest, and the driver's data.
// Drivers check little of what they are given, so a file that is not whole, or whose header names another device, is left out.

const cacheMagic = "spectral-gpu pipeline cache 1\n"

// cacheFile returns the pipeline cache's file for this device, "" for none.
func (d *device) cacheFile() string {
	if d.phys.quirks.noDiskCache {
		return ""
	}
	return d.keptFile(".pipelines")
}

// keptFile returns the file in the cache folder that keeps something about this device and driver, "" for none.
func (d *device) keptFile(suffix string) string {
	dir := d.opts.CacheDir
	if dir == "off" {
		return ""
	}
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(user, "spectral-gpu")
	}
	return filepath.Join(dir, "vulkan-"+d.info.UUID+suffix)
}

// openCache makes the pipeline cache, filled from disk where there is a good file.
func (d *device) openCache() error {
	var data []byte
	if file := d.cacheFile(); file != "" {
		var err error
		if data, err = d.readCache(file); err != nil {
			d.warn(fmt.Sprintf("pipeline cache ignored: %v", err))
			data = nil
		}
	}
	err := d.makeCache(data)
	if err != nil && len(data) > 0 {
		d.warn(fmt.Sprintf("pipeline cache refused by the driver: %v", err))
		err = d.makeCache(nil)
	}
	return err
}

func (d *device) makeCache(data []byte) error {
	r := d.ledger.create("vkCreatePipelineCache", func() (r platform.Result) {
		d.pipelines.cache, r = d.vk.CreatePipelineCache(data)
		return r
	})
	return platform.Error("vkCreatePipelineCache", r, "%d bytes", len(data))
}

// readCache returns the driver's data of a file; nil without an error if there is no file.
func (d *device) readCache(file string) ([]byte, error) {
	all, err := d.files.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := decodeCache(all, d.phys.Physical)
	if err != nil {
		return nil, fmt.Errorf("%s %w", file, err)
	}
	return data, nil
}

// decodeCache returns the driver's data that a file holds, if it is whole and p's.
func decodeCache(content []byte, p *platform.Physical) ([]byte, error) {
	rest, ok := bytes.CutPrefix(content, []byte(cacheMagic))
	if !ok || len(rest) < sha256.Size {
		return nil, errors.New("is not a pipeline cache")
	}
	sum, data := rest[:sha256.Size], rest[sha256.Size:]
	if want := sha256.Sum256(data); !bytes.Equal(sum, want[:]) {
		return nil, errors.New("is damaged")
	}
	if !ownCache(data, p) {
		return nil, errors.New("was made by another device or driver")
	}
	return data, nil
}

// cacheHeaderBytes is the size of the header that Vulkan prescribes, version one.
const cacheHeaderBytes = 32

// ownCache compares the header that Vulkan prescribes with the device.
func ownCache(data []byte, p *platform.Physical) bool {
	return len(data) >= cacheHeaderBytes &&
		binary.NativeEndian.Uint32(data[0:]) >= cacheHeaderBytes &&
		binary.NativeEndian.Uint32(data[4:]) == 1 &&
		binary.NativeEndian.Uint32(data[8:]) == p.Vendor &&
		binary.NativeEndian.Uint32(data[12:]) == p.Device &&
		bytes.Equal(data[16:32], p.CacheUUID[:])
}

// closeCache writes the cache to disk if this process compiled anything, and destroys it.
func (d *device) closeCache() {
	if d.pipelines.cache == 0 {
		return
	}
	if file := d.cacheFile(); file != "" && d.compiled > 0 && !d.lost {
		if err := d.writeCache(file); err != nil {
			d.warn(fmt.Sprintf("pipeline cache not written: %v", err))
		}
	}
	d.vk.Destroy(platform.PipelineCache, d.pipelines.cache)
	d.ledger.destroyed("vkCreatePipelineCache")
	d.pipelines.cache = 0
}

// cacheFileBytes is the content of a file with the driver's data.
func cacheFileBytes(data []byte) []byte {
	sum := sha256.Sum256(data)
	return slices.Concat([]byte(cacheMagic), sum[:], data)
}

// writeCache replaces the file by the driver's data.
func (d *device) writeCache(file string) error {
	data, err := d.cacheData()
	if err != nil {
		return err
	}
	return replaceFile(d.files, file, cacheFileBytes(data))
}

// cacheData returns the driver's data, which begins with this device's header.
func (d *device) cacheData() ([]byte, error) {
	// lavapipe of Mesa 26 announces 32 bytes, writes them, and says that they are 20.
	data, r := d.vk.PipelineCacheData(d.pipelines.cache, cacheHeaderBytes)
	if r != platform.Success {
		return nil, platform.Error("vkGetPipelineCacheData", r, "")
	}
	if !ownCache(data, d.phys.Physical) {
		return nil, fmt.Errorf("the driver's data of %d bytes does not begin with this device's header", len(data))
	}
	return data, nil
}

// leftover is the age from which on a temporary file beside a cache is one that a process has left that was killed.
const leftover = time.Hour

// replaceFile replaces a file, or makes it with its folder, in one step: another process never reads half of one, and whatever fails,
// the old one stays.
func replaceFile(files atomicfile.FS, file string, content []byte) error {
	if err := files.MkdirAll(filepath.Dir(file)); err != nil {
		return err
	}
	if err := atomicfile.Sweep(files, file, leftover); err != nil {
		return err
	}
	return atomicfile.Write(files, file, atomicfile.Bytes(content), nil)
}
