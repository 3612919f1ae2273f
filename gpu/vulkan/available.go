//go:build cgo

package vulkan

import "github.com/spectral-gpu/spectral-gpu/gpu/internal/memlimit"

// Available implements gpu.Budgeter for the heap that device memory comes from: what the driver grants this process, or where it does not
// say the heap's size less this device's memory. The heap of a software driver is the process' own memory.
func (d *device) Available() (bytes int64, ok bool) {
	err := d.locked(func() error {
		if err := d.usable("available memory"); err != nil {
			return err
		}
		heap := d.pools[deviceMemory].heap
		bytes = d.phys.Heaps[heap].Size
		if budget, usage, known := d.phys.Budget(); known {
			bytes = int64(budget[heap]) - int64(usage[heap])
		} else {
			for _, p := range d.pools {
				if p.heap == heap {
					bytes -= p.bytes
				}
			}
		}
		if d.limits.Software {
			if free, known := memlimit.Free(0); known {
				bytes = min(bytes, free)
			}
		}
		return nil
	})
	return max(bytes, 0), err == nil
}
