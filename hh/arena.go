package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// arena lays out intermediates in one buffer: take reserves, alloc allocates. Views start at multiples of arenaAlign words, so
// that vector loads stay aligned.
type arena struct {
	words int
	views []*gpu.View
	buf   *gpu.Buffer
}

const arenaAlign = 64

// take reserves rows × cols contiguous words and sets v, whose buffer follows with alloc.
func (a *arena) take(v *gpu.View, rows, cols int) {
	a.words = (a.words + arenaAlign - 1) / arenaAlign * arenaAlign
	a.next(v, rows, cols)
}

// next reserves rows × cols words right after what was taken last, without the alignment.
func (a *arena) next(v *gpu.View, rows, cols int) {
	*v = gpu.View{Off: a.words, Rows: rows, Cols: cols, Stride: cols}
	a.words += rows * cols
	a.views = append(a.views, v)
}

// alloc allocates what was taken and completes the views.
func (a *arena) alloc(dev *gpu.Device, name string) error {
	buf, err := dev.NewBuffer(name, a.words, gpu.DeviceOnly)
	if err != nil {
		return err
	}
	a.buf = buf
	for _, v := range a.views {
		v.Buf = buf
	}
	a.views = nil
	return nil
}

func (a *arena) close() {
	a.buf.Close()
	a.buf = nil
}
