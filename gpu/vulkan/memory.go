//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// memory is a buffer's memory, the gpu.Memory. Where host and device share memory there is one allocation and the host works
// in it. Otherwise kernels work in device, and buffers with a host slice have a twin that the host sees: programs copy the twin
// of a HostToDevice buffer to the device before, and the results of a DeviceToHost buffer to its twin after each run.
type memory struct {
	dev    *device
	name   string
	count  int // words
	usage  gpu.Usage
	device allocation
	twin   allocation // its block is nil where there is none
	host   []float32  // what the host sees, nil for memory that it does not see
}

// Alloc implements gpu.Executor.
func (d *device) Alloc(name string, words int, usage gpu.Usage) (gpu.Memory, error) {
	m := &memory{dev: d, name: name, count: words, usage: usage}
	err := d.locked(func() error {
		if err := d.usable("allocate " + name); err != nil {
			return err
		}
		if err := m.allocate(); err != nil {
			m.release()
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (m *memory) allocate() error {
	d, size := m.dev, 4*int64(m.count)
	var err error
	if m.device, err = d.allocate(deviceMemory, size, m.name); err != nil {
		return err
	}
	if d.info.Unified {
		m.host = m.device.words(m.count)
		clear(m.host)
		return m.flush()
	}
	if m.usage != gpu.DeviceOnly {
		use := uploadMemory
		if m.usage == gpu.DeviceToHost {
			use = downloadMemory
		}
		if m.twin, err = d.allocate(use, size, m.name+" (host)"); err != nil {
			return err
		}
		m.host = m.twin.words(m.count)
		clear(m.host)
		if err := m.flush(); err != nil {
			return err
		}
	}
	return d.transfer(func(l *commandList) { l.zero(m.device) })
}

// region implements bindable.
func (m *memory) region() (any, int) { return m.device.block, int(m.device.off) }

// Host implements gpu.Memory.
func (m *memory) Host() []float32 {
	if m.usage == gpu.DeviceOnly {
		return nil
	}
	return m.host
}

// Write implements gpu.Memory.
func (m *memory) Write(off int, src []float32) error {
	return m.dev.locked(func() error {
		if err := m.dev.usable("write " + m.name); err != nil {
			return err
		}
		if m.host == nil {
			return m.dev.upload(m.device, 4*int64(off), src)
		}
		copy(m.host[off:], src)
		if err := m.flush(); err != nil {
			return err
		}
		// A HostToDevice twin goes to the device with each program that reads it; another one has to go now.
		if m.twin.block != nil && m.usage == gpu.DeviceToHost {
			return m.dev.transfer(func(l *commandList) {
				l.copyBytes(m.device, m.twin, 4*int64(off), 4*int64(off), 4*int64(len(src)))
			})
		}
		return nil
	})
}

// Read implements gpu.Memory.
func (m *memory) Read(off int, dst []float32) error {
	return m.dev.locked(func() error {
		if err := m.dev.usable("read " + m.name); err != nil {
			return err
		}
		if m.host == nil {
			return m.dev.download(m.device, 4*int64(off), dst)
		}
		// Runs invalidate what they write to memory with a host slice; invalidating it here could lose what the host wrote.
		if m.usage == gpu.DeviceOnly {
			if err := m.dev.sync(m.device, true); err != nil {
				return err
			}
		}
		copy(dst, m.host[off:])
		return nil
	})
}

// Free implements gpu.Memory. No program runs while the device's lock is held.
func (m *memory) Free() {
	_ = m.dev.locked(func() error {
		if !m.dev.closed {
			m.release()
		}
		return nil
	})
}

func (m *memory) release() {
	m.device.release()
	m.twin.release()
	m.host = nil
}

// hostSide is the allocation that the host works in.
func (m *memory) hostSide() allocation {
	if m.twin.block != nil {
		return m.twin
	}
	return m.device
}

// flush makes what the host wrote visible to the device.
func (m *memory) flush() error { return m.dev.sync(m.hostSide(), false) }

// sync flushes, or invalidates, memory that is not coherent.
func (d *device) sync(a allocation, invalidate bool) error {
	if a.block.pool.coherent() {
		return nil
	}
	call := "vkFlushMappedMemoryRanges"
	if invalidate {
		call = "vkInvalidateMappedMemoryRanges"
	}
	r := d.ledger.try(func() platform.Result { return d.vk.Flush(invalidate, a.block.memory, a.off, a.atoms()) })
	return platform.Error(call, r, "")
}
