//go:build cgo

package vulkan

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// plannedMemory stands for memory that does not exist yet. It can be bound, not used.
type plannedMemory struct{ words int }

func (m *plannedMemory) region() (any, int)         { return m, 0 }
func (m *plannedMemory) Host() []float32            { return nil }
func (m *plannedMemory) Write(int, []float32) error { return errPlanned }
func (m *plannedMemory) Read(int, []float32) error  { return errPlanned }
func (m *plannedMemory) Free()                      {}

var errPlanned = &gpu.Error{Op: "planned memory", Kind: gpu.ErrUnsupported, Msg: "it exists only as a plan"}

// Reserve implements gpu.Measurer.
func (d *device) Reserve(words int) (gpu.Memory, error) { return &plannedMemory{words}, nil }

// Scratch returns the bytes of the program's scratch memory.
func (p *program) Scratch() int64 { return int64(p.arena.size) }

// Measure implements gpu.Measurer: the operations are recorded with the tiles that Compile would take now.
func (d *device) Measure(ops []gpu.Op) (takes gpu.Measured, err error) {
	err = d.locked(func() error {
		if err := d.usable("measure"); err != nil {
			return err
		}
		r := &recorder{dev: d, limits: d.limits, arena: &scratchArena{}, hazards: gpu.Hazards{Full: d.syncFull}, tuned: d.tuner.table}
		for i, op := range ops {
			if err := r.record(op); err != nil {
				return fmt.Errorf("operation %d: %w", i, err)
			}
		}
		takes = gpu.Measured{Scratch: int64(r.arena.size), Dispatches: len(r.dispatches)}
		return nil
	})
	return takes, err
}
