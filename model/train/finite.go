package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
)

// suspectNorm is a gradient norm from which on the state is searched for overflows after the step. Below it none is possible: the
// moments are means of gradients and of their squares, or sums with a falling weight.
const suspectNorm = 1e15

// checkStep looks for numbers of a step that are not finite; finite tells whether loss and gradients are.
func (r *run) checkStep(e StepEvent, finite bool) error {
	names := notFinite(e)
	if finite && len(names) == 0 && e.GradNorm < suspectNorm {
		return nil
	}
	where, err := r.net.FirstNonFinite()
	if err != nil {
		return err
	}
	if where != "" {
		names = append(names, where)
	}
	if finite && len(names) == 0 {
		return nil
	}
	r.observe(e)
	return r.diverged(e.Step, strings.Join(names, ", "))
}

// diverged says what is not finite, and where the last good state is.
func (r *run) diverged(step int64, where string) error {
	return fmt.Errorf("%w at step %d: not finite: %s; the state after step %d is in %s; try a smaller --lr or --clip",
		ErrDiverged, step, where, r.saved.Step, r.opt.Folder.Checkpoint())
}

// notFinite returns the JSON names of an event's numbers that are not finite.
func notFinite(event any) []string {
	var names []string
	v := reflect.ValueOf(event)
	for i := range v.NumField() {
		if f, ok := float(v.Field(i)); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	return names
}

// float returns the number in a float64 or behind a pointer to one.
func float(v reflect.Value) (float64, bool) {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Float64 {
		return 0, false
	}
	return v.Float(), true
}

// marshalFinite encodes an event in the order of its fields. JSON has no infinities: what is not finite is null, and the field
// "not_finite" lists its names.
func marshalFinite(event any) ([]byte, error) {
	names := notFinite(event)
	v := reflect.ValueOf(event)
	var b bytes.Buffer
	field := func(name string, value any) error {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%c%q:%s", "{,"[min(b.Len(), 1)], name, text)
		return nil
	}
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		value := v.Field(i).Interface()
		if f, ok := float(v.Field(i)); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			value = nil
		} else if option == "omitempty" && v.Field(i).IsZero() {
			continue
		}
		if err := field(name, value); err != nil {
			return nil, err
		}
	}
	if names != nil {
		if err := field("not_finite", names); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// MarshalJSON implements json.Marshaler: see marshalFinite.
func (e StepEvent) MarshalJSON() ([]byte, error) { return marshalFinite(e) }

// MarshalJSON implements json.Marshaler: see marshalFinite.
func (e EvalEvent) MarshalJSON() ([]byte, error) { return marshalFinite(e) }
