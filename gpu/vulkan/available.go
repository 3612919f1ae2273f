//go:build cgo

package vulkan

import "github.com/spectral-gpu/spectral-gpu/gpu/internal/memlimit"

// Available implements gpu.Budgeter for the heaps that device memory comes from: what the driver grants this process, or where it does not
// say a heap's size less this device's memory. The heap of a software driver is the process' own memory.
func (d *device) Available() (bytes int64, ok bool) {
	err := d.locked(func() error {
		if err := d.usable("available memory"); err != nil {
			return err
		}
		budget, usage, known := d.phys.Budget()
		for p := d.pools[deviceMemory]; p != nil; p = p.next {
			switch {
			case p.flags&memoryDeviceLocal == 0: // it serves in need, and slowly
			case known:
				bytes += int64(budget[p.heap]) - int64(usage[p.heap])
			default:
				bytes += d.phys.Heaps[p.heap].Size - d.inHeap(p.heap)
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
