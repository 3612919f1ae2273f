package gpu

import (
	"context"
	"time"
)

// Tuning says how an executor chooses among the tiles that an operation can be carried out with. Tiles differ in speed, and some
// in the order of their sums: another choice may round otherwise. One choice gives the same bits every time.
type Tuning uint8

const (
	// TuningOff takes what the executor's cost model estimates to be fastest. It depends on the device alone.
	TuningOff Tuning = iota
	// TuningStored takes what was measured before on this device and driver and is kept in Options.CacheDir, and the estimate for
	// the rest. Nothing is measured.
	TuningStored
	// TuningAuto is TuningStored, and measures what a program contains that weighs something and was never measured when that
	// program is compiled: once, for a few seconds at most, which is announced through OnMessage. What was not reached stays with
	// the estimate. The result is kept at once, so that a program compiled later, also by another process, gets the same
	// tiles; without a place to keep it nothing is measured.
	TuningAuto
)

// Tuned is what was measured of one class of shapes.
type Tuned struct {
	Op         string        // the operation's name
	Shape      string        // the class
	Estimate   string        // the cost model's choice
	Choice     string        // the fastest
	Before     time.Duration // time of the cost model's choice, in the same rounds as
	After      time.Duration // the time of the fastest
	Candidates int           // that were measured
}

// Gain returns Before/After, 1 where nothing was measured.
func (t Tuned) Gain() float64 {
	if t.After <= 0 {
		return 1
	}
	return float64(t.Before) / float64(t.After)
}

// Tuner is an Executor that has tiles to choose from.
type Tuner interface {
	// Tune is Device.Tune for well-formed operations.
	Tune(ctx context.Context, ops []Op, report func(done, total int, t Tuned)) error
}

// Tune measures every tile for all that weighs something in the programs, however long that takes, and keeps the fastest in
// Options.CacheDir in place of what was kept before. Programs compiled afterwards on a device opened with TuningStored or TuningAuto
// use them; those that exist keep their tiles. report, which may be nil, is called after each class of shapes, of which there are
// total; an executor without tiles reports none. Buffers keep their content. The error is that of ctx, of the device, or of the file.
func (d *Device) Tune(ctx context.Context, report func(done, total int, t Tuned), programs ...*Program) error {
	if d == nil {
		return errNil("tune")
	}
	t, ok := d.exec.(Tuner)
	if !ok {
		return nil
	}
	if report == nil {
		report = func(int, int, Tuned) {}
	}
	var ops []Op
	for _, p := range programs {
		ops = append(ops, p.Ops()...)
	}
	return t.Tune(ctx, ops, report)
}
