//go:build cgo

package vulkan

import "slices"

// extent is a range of bytes of a block.
type extent struct{ off, size int64 }

// freeList holds the free extents of a block: sorted by offset, none touching another.
type freeList []extent

// take removes size bytes from the first extent that is large enough.
func (f *freeList) take(size int64) (off int64, ok bool) {
	for i := range *f {
		e := &(*f)[i]
		if e.size < size {
			continue
		}
		off = e.off
		e.off += size
		e.size -= size
		if e.size == 0 {
			*f = slices.Delete(*f, i, i+1)
		}
		return off, true
	}
	return 0, false
}

// give puts an extent back and merges it with its neighbours.
func (f *freeList) give(e extent) {
	i, _ := slices.BinarySearchFunc(*f, e.off, func(x extent, off int64) int {
		if x.off < off {
			return -1
		}
		return 1
	})
	*f = slices.Insert(*f, i, e)
	if l := *f; i+1 < len(l) && l[i].off+l[i].size == l[i+1].off {
		l[i].size += l[i+1].size
		*f = slices.Delete(l, i+1, i+2)
	}
	if l := *f; i > 0 && l[i-1].off+l[i-1].size == l[i].off {
		l[i-1].size += l[i].size
		*f = slices.Delete(l, i, i+1)
	}
}
