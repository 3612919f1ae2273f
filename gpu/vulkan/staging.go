//go:build cgo

package vulkan

import "github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"

// stagingBytes is the size of the host memory through which Write and Read pass to and from memory that the host cannot see.
const stagingBytes = 1 << 20

// staging moves data outside of programs.
type staging struct {
	mem allocation
	sub *submission
}

// transferSubmission returns the submission for commands outside of programs, made on first use.
func (d *device) transferSubmission() (*submission, error) {
	if d.staging.sub == nil {
		s, err := d.newSubmission(0, 0, 0)
		if err != nil {
			return nil, err
		}
		d.staging.sub = s
	}
	return d.staging.sub, nil
}

// transfer runs commands now, ordered with everything before and after.
func (d *device) transfer(commands func(l *commandList)) error {
	s, err := d.transferSubmission()
	if err != nil {
		return err
	}
	all := platform.KernelsUse.And(platform.TransfersUse)
	var l commandList
	l.Barrier(platform.KernelsWrite.And(platform.TransfersWrite), all)
	commands(&l)
	l.Barrier(platform.TransfersWrite, all.And(platform.HostReads))
	if err := s.record(&l, true); err != nil {
		return err
	}
	return s.run()
}

// stagingMemory returns the staging memory, made on first use.
func (d *device) stagingMemory() (allocation, error) {
	if d.staging.mem.block == nil {
		a, err := d.allocate(downloadMemory, stagingBytes, "staging")
		if err != nil {
			return allocation{}, err
		}
		d.staging.mem = a
	}
	return d.staging.mem, nil
}

// upload copies src to the bytes from at on of device memory.
func (d *device) upload(to allocation, at int64, src []float32) error {
	mem, err := d.stagingMemory()
	if err != nil {
		return err
	}
	buf := mem.words(stagingBytes / 4)
	for len(src) > 0 {
		n := copy(buf, src)
		if err := d.sync(mem, false); err != nil {
			return err
		}
		if err := d.transfer(func(l *commandList) { l.copyBytes(to, mem, at, 0, 4*int64(n)) }); err != nil {
			return err
		}
		src, at = src[n:], at+4*int64(n)
	}
	return nil
}

// download copies the bytes from at on of device memory to dst.
func (d *device) download(from allocation, at int64, dst []float32) error {
	mem, err := d.stagingMemory()
	if err != nil {
		return err
	}
	buf := mem.words(stagingBytes / 4)
	for len(dst) > 0 {
		n := min(len(dst), len(buf))
		if err := d.transfer(func(l *commandList) { l.copyBytes(mem, from, 0, at, 4*int64(n)) }); err != nil {
			return err
		}
		if err := d.sync(mem, true); err != nil {
			return err
		}
		copy(dst, buf[:n])
		dst, at = dst[n:], at+4*int64(n)
	}
	return nil
}

func (d *device) closeStaging() {
	d.staging.mem.release()
	if d.staging.sub != nil {
		d.staging.sub.close()
		d.staging.sub = nil
	}
}
