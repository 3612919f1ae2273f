package model

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// Defect returns the largest ‖QᵀQ−I‖_F/√n of the orthogonal factors of all layers, measured on the device; 0 where there are none.
// Its program and memory are made at the first call and kept.
func (m *Network) Defect() (float64, error) {
	if m.defect == nil {
		d, err := newDefects(m)
		if err != nil {
			return 0, err
		}
		m.defect = d
	}
	return m.defect.measure()
}

// defects measures the orthogonality of every factor of a network in one program.
type defects struct {
	mem  gpu.Arena
	each []*hh.Defect
	prog *gpu.Program
}

func newDefects(m *Network) (_ *defects, err error) {
	d := &defects{}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	var ops []gpu.Op
	for _, w := range m.Params().Weights() {
		f, ok := w.(nn.Factored)
		if !ok {
			continue
		}
		for _, u := range f.Sides() {
			one, err := hh.PlanDefect(&d.mem, u)
			if err != nil {
				return nil, err
			}
			d.each = append(d.each, one)
			ops = append(ops, one.Ops()...)
		}
	}
	if err := d.mem.Alloc(m.Device()); err != nil {
		return nil, err
	}
	d.prog, err = m.Device().Compile("orthogonality defect", ops...)
	return d, err
}

func (d *defects) measure() (worst float64, err error) {
	if err := d.prog.Run(); err != nil {
		return 0, err
	}
	for _, one := range d.each {
		v, err := one.Value()
		if err != nil {
			return 0, err
		}
		worst = max(worst, v)
	}
	return worst, nil
}

func (d *defects) close() {
	if d == nil {
		return
	}
	d.prog.Close()
	d.mem.Close()
}
