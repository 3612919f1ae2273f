package gpu_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// survive runs f and fails where it panics, or where its error is not of the kind; a nil kind takes any result.
func survive(t *testing.T, name string, kind error, f func() error) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s panics: %v", name, r)
		}
	}()
	if err := f(); kind != nil && !errors.Is(err, kind) {
		t.Errorf("%s: error %v, want %v", name, err, kind)
	}
}

// silent makes a call that returns no error one that does.
func silent(f func()) func() error { return func() error { f(); return nil } }

// TestNothingPanics: what is nil, zero, negative or no number is an error, or has a sensible meaning.
func TestNothingPanics(t *testing.T) {
	dev, _ := open(t)
	var none *gpu.Device
	var program *gpu.Program
	var buffer *gpu.Buffer
	var arena *gpu.Arena
	ctx := context.Background()
	for name, c := range map[string]struct {
		want error
		f    func() error
	}{
		"device of nothing":     {gpu.ErrNoDevice, func() error { _, err := gpu.NewDevice(nil).NewBuffer("b", 1, gpu.DeviceOnly); return err }},
		"nil device: buffer":    {gpu.ErrNoDevice, func() error { _, err := none.NewBuffer("b", 1, gpu.DeviceOnly); return err }},
		"nil device: compile":   {gpu.ErrNoDevice, func() error { _, err := none.Compile("p"); return err }},
		"nil device: measure":   {gpu.ErrNoDevice, func() error { _, _, err := none.Measure(); return err }},
		"nil device: tune":      {gpu.ErrNoDevice, func() error { return none.Tune(ctx, nil) }},
		"nil device: the rest":  {nil, func() error { none.Info(); none.Bytes(); none.Available(); return none.Close() }},
		"a buffer of −1 words":  {gpu.ErrShape, func() error { _, err := dev.NewBuffer("b", -1, gpu.DeviceOnly); return err }},
		"a buffer of all words": {gpu.ErrOutOfMemory, func() error { _, err := dev.NewBuffer("b", math.MaxInt, gpu.DeviceOnly); return err }},
		"compile nil":           {gpu.ErrShape, func() error { _, err := dev.Compile("p", nil); return err }},
		"compile a nil pointer": {gpu.ErrShape, func() error { _, err := dev.Compile("p", (*gpu.Fill)(nil)); return err }},
		"measure nil":           {nil, func() error { _, _, err := dev.Measure(nil); return err }},
		"tune nothing":          {nil, func() error { return dev.Tune(ctx, nil, nil, program) }},
		"nil program: run":      {gpu.ErrClosed, func() error { return program.Run() }},
		"nil program: the rest": {nil, silent(func() {
			program.Name()
			program.Ops()
			program.Stats()
			program.Plan()
			program.Times()
			program.Cost()
			program.Scratch()
			program.Close()
		})},
		"nil buffer: write":       {gpu.ErrShape, func() error { return buffer.Write(0, []float32{1}) }},
		"nil buffer: read":        {gpu.ErrShape, func() error { return buffer.Read(0, []float32{1}) }},
		"nil buffer: the rest":    {nil, silent(func() { buffer.Name(); buffer.Len(); buffer.Host(); buffer.HostInts(); buffer.Close() })},
		"nil buffer: a view":      {gpu.ErrShape, func() error { _, err := gpu.ReadView(buffer.All()); return err }},
		"nil buffer: reserve":     {gpu.ErrShape, func() error { return gpu.WriteView(buffer.Reserve(1, 1), []float32{1}) }},
		"the zero view: write":    {gpu.ErrShape, func() error { return gpu.WriteView(gpu.View{}, []float32{1}) }},
		"the zero view: cuts":     {gpu.ErrShape, func() error { _, err := gpu.ReadView(gpu.View{}.RowRange(-1, 3).ColRange(2, 1)); return err }},
		"the zero view, reshaped": {gpu.ErrShape, func() error { _, err := gpu.ReadView(gpu.View{}.Reshape(-1, 0)); return err }},
		"nil arena: alloc":        {gpu.ErrShape, func() error { return arena.Alloc(dev) }},
		"nil arena: the rest":     {nil, silent(func() { arena.Words(); arena.Share(nil); arena.Fill(gpu.View{}, nil); arena.Close() })},
		"nil arena: unit": {gpu.ErrShape, func() error {
			_, err := dev.Compile("p", gpu.Fill{Y: arena.Unit("u", gpu.DeviceOnly).Reserve(2, 3)})
			return err
		}},
		"arena on no device": {gpu.ErrNoDevice, func() error { return new(gpu.Arena).Alloc(nil) }},
		"unit after alloc": {gpu.ErrShape, func() error {
			return afterAlloc(dev, func(a *gpu.Arena, _ *gpu.Buffer) gpu.View { return a.Unit("late", gpu.DeviceOnly).Reserve(1, 1) })
		}},
		"reserve after alloc": {gpu.ErrShape, func() error {
			return afterAlloc(dev, func(_ *gpu.Arena, b *gpu.Buffer) gpu.View { return b.Reserve(1, 1) })
		}},
		"reserve in no unit": {gpu.ErrShape, func() error { return noUnit(dev) }},
		"reserve a negative size": {gpu.ErrShape, func() error {
			var a gpu.Arena
			_, err := dev.Compile("p", gpu.Fill{Y: a.Unit("u", gpu.DeviceOnly).Reserve(-2, 3)})
			return err
		}},
		"reserve more than all": {gpu.ErrOutOfMemory, func() error {
			var a gpu.Arena
			a.Unit("u", gpu.DeviceOnly).Reserve(math.MaxInt, math.MaxInt)
			return a.Alloc(dev)
		}},
		"fill what is not there":   {gpu.ErrShape, func() error { var a gpu.Arena; a.Fill(gpu.View{}, func([]float32) {}); return a.Alloc(dev) }},
		"choose of nothing":        {gpu.ErrNoDevice, func() error { _, err := gpu.Listing{}.Choose("-3"); return err }},
		"open no choice":           {gpu.ErrNoDevice, func() error { _, err := gpu.Choice{}.Open(gpu.Options{Threads: -1}); return err }},
		"open a device of no name": {gpu.ErrNoDevice, func() error { _, err := gpu.Open("\x00", gpu.Options{}); return err }},
		"built":                    {gpu.ErrNotBuilt, func() error { return gpu.Built("") }},
		"an empty repetition":      {gpu.ErrShape, func() error { _, err := dev.Compile("p", gpu.Repeat{}); return err }},
	} {
		survive(t, name, c.want, c.f)
	}
}

// afterAlloc uses a view that was asked for too late.
func afterAlloc(dev *gpu.Device, late func(*gpu.Arena, *gpu.Buffer) gpu.View) error {
	var a gpu.Arena
	unit := a.Unit("unit", gpu.DeviceOnly)
	if err := a.Alloc(dev); err != nil {
		return err
	}
	defer a.Close()
	_, err := dev.Compile("late", gpu.Fill{Y: late(&a, unit)})
	if err == nil || !strings.Contains(err.Error(), "allocated") {
		return fmt.Errorf("the error says nothing of Alloc: %v", err)
	}
	return err
}

func noUnit(dev *gpu.Device) error {
	b, err := dev.NewBuffer("b", 4, gpu.DeviceOnly)
	if err != nil {
		return err
	}
	defer b.Close()
	_, err = dev.Compile("p", gpu.Fill{Y: b.Reserve(1, 1)})
	return err
}

// TestNoOperationPanics: the zero value of every operation is ErrShape, alone and repeated, and scalars that are no number, negative or huge are
// refused or taken.
func TestNoOperationPanics(t *testing.T) {
	dev, _ := open(t)
	seen := map[reflect.Type]bool{}
	for _, c := range opCases(t, dev) {
		typ := reflect.TypeOf(c.op)
		if zero := reflect.Zero(typ).Interface().(gpu.Op); !seen[typ] {
			seen[typ] = true
			name := "the zero " + typ.Name()
			survive(t, name, gpu.ErrShape, zero.Check)
			survive(t, name, nil, silent(func() { zero.Access(); zero.Cost(); _ = zero.Name() }))
			survive(t, name+", repeated", gpu.ErrShape, gpu.Repeat{Op: zero, Count: 2}.Check)
			survive(t, name+", compiled", gpu.ErrShape, func() error { _, err := dev.Compile("p", zero); return err })
		}
		scalars(reflect.ValueOf(c.op), nil, func(path []int, kind reflect.Kind) {
			for _, v := range []float64{0, -1, math.NaN(), math.Inf(1), math.MaxFloat32, 1 << 40, math.MinInt32} {
				if kind != reflect.Float32 && kind != reflect.Float64 && math.IsNaN(v) {
					continue
				}
				op := reflect.New(typ).Elem()
				op.Set(reflect.ValueOf(c.op))
				f := op.FieldByIndex(path)
				switch {
				case f.CanFloat():
					f.SetFloat(v)
				case f.CanInt():
					f.SetInt(int64(max(min(v, 1<<62), -1<<62)))
				default:
					f.SetUint(uint64(uint32(int64(max(min(v, 1<<62), -1<<62)))))
				}
				name := fmt.Sprintf("%s with %v = %v", c.name, typ.FieldByIndex(path).Name, f)
				survive(t, name, nil, func() error {
					err := op.Interface().(gpu.Op).Check()
					if err != nil && !errors.Is(err, gpu.ErrShape) {
						t.Errorf("%s: %v is no ErrShape", name, err)
					}
					return err
				})
			}
		})
	}
}

// scalars calls f with the place of every number of an operation that is no view.
func scalars(v reflect.Value, path []int, f func(path []int, kind reflect.Kind)) {
	for i := range v.NumField() {
		at := append(append([]int(nil), path...), i)
		switch field := v.Field(i); {
		case field.Type() == viewType || !v.Type().Field(i).IsExported():
		case field.Kind() == reflect.Struct:
			scalars(field, at, f)
		case field.CanFloat() || field.CanInt() || field.CanUint():
			f(at, field.Kind())
		}
	}
}
