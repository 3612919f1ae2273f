package gpu

import (
	"cmp"
	"reflect"
	"slices"
)

// Repeat is an operation on Count places that lie at regular distances: Op as it is, then Op with every view of a buffer in Steps moved by the
// step of that buffer, and so on. Views of other buffers are the same in all items. What is written by one item may not be read or
// written by another, so that the items can be computed side by side: a network of a hundred equal layers takes as many dispatches
// for all their weights as for one.
type Repeat struct {
	Op    Op
	Count int    // at least 1
	Steps []Step // at most one for a buffer
}

// Step is the distance between neighbouring items in a buffer, in words, 0 or more.
type Step struct {
	Buf   *Buffer
	Words int
}

// Step returns the words from one item to the next in the buffer of v.
func (o Repeat) Step(v View) int {
	for _, s := range o.Steps {
		if s.Buf == v.Buf {
			return s.Words
		}
	}
	return 0
}

// Item returns operation i, 0 … Count−1.
func (o Repeat) Item(i int) Op {
	if i == 0 {
		return o.Op
	}
	return withViews(o.Op, func(v View) View { return o.Place(v, i) })
}

// Place returns the view that item i has in place of v.
func (o Repeat) Place(v View, i int) View {
	if !v.IsZero() {
		v.Off += i * o.Step(v)
	}
	return v
}

// withViews returns a copy of an operation with every view that is present replaced.
func withViews(op Op, f func(View) View) Op {
	v := reflect.New(reflect.TypeOf(op)).Elem()
	v.Set(reflect.ValueOf(op))
	replaceViews(v, f)
	return v.Interface().(Op)
}

var viewType = reflect.TypeFor[View]()

func replaceViews(v reflect.Value, f func(View) View) {
	switch {
	case v.Type() == viewType:
		if view := v.Interface().(View); !view.IsZero() {
			v.Set(reflect.ValueOf(f(view)))
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				replaceViews(v.Field(i), f)
			}
		}
	}
}

// Name implements Op: that of the operation that is repeated.
func (o Repeat) Name() string {
	if o.Op == nil {
		return "repeat"
	}
	return o.Op.Name()
}

// Check implements Op.
func (o Repeat) Check() error {
	if _, ok := o.Op.(Repeat); ok || o.Op == nil || o.Count < 1 {
		return shapeError("repeat", "%d of %T; want at least 1 of an operation that is no repetition itself", o.Count, o.Op)
	}
	for i, s := range o.Steps {
		if s.Words < 0 || slices.ContainsFunc(o.Steps[:i], func(t Step) bool { return t.Buf == s.Buf }) {
			return shapeError(o.Name(), "steps %v of a repetition; want one for a buffer, 0 or more words", o.Steps)
		}
	}
	if err := firstError(o.Op.Check(), o.Item(o.Count-1).Check()); err != nil {
		return err
	}
	return o.Apart()
}

// Apart verifies that no item of these repetitions, which have as many items, touches what another item of any of them writes: their items
// can then run one beside the other from the first operation to the last. Its error is ErrShape.
func (o Repeat) Apart(with ...Repeat) error {
	type touch struct {
		Access
		item int
	}
	byBuffer := map[*Buffer][]touch{}
	for _, r := range append([]Repeat{o}, with...) {
		for i := range r.Count {
			for _, a := range r.Item(i).Access() {
				byBuffer[a.Buf] = append(byBuffer[a.Buf], touch{a, i})
			}
		}
	}
	for buf, list := range byBuffer {
		slices.SortFunc(list, func(a, b touch) int { return cmp.Or(cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.item, b.item)) })
		// What reaches farthest to the right so far: of all items, and of all but that one; and the same of what is written.
		var all, written [2]touch
		reach := func(far *[2]touch, t touch) {
			switch {
			case t.item == far[0].item || far[0].Buf == nil:
				if t.Hi > far[0].Hi {
					far[0] = t
				}
			case t.Hi > far[0].Hi:
				far[1], far[0] = far[0], t
			case t.Hi > far[1].Hi:
				far[1] = t
			}
		}
		for _, t := range list {
			against := written
			if t.Write {
				against = all
			}
			for _, far := range against {
				if far.Buf != nil && far.item != t.item && far.Hi > t.Lo {
					return shapeError(o.Name(), "items %d and %d of %d overlap in %s: words %d … %d and %d … %d", far.item, t.item, o.Count, buf.name, far.Lo, far.Hi, t.Lo, t.Hi)
				}
			}
			reach(&all, t)
			if t.Write {
				reach(&written, t)
			}
		}
	}
	return nil
}

// Access implements Op.
func (o Repeat) Access() []Access {
	if o.Op == nil {
		return nil
	}
	var all []Access
	for i := range o.Count {
		for _, a := range o.Item(i).Access() {
			if !slices.Contains(all[:min(len(all), 16)], a) { // what all items share is one of the first's
				all = append(all, a)
			}
		}
	}
	return all
}

// Cost implements Op.
func (o Repeat) Cost() Cost {
	if o.Op == nil {
		return Cost{}
	}
	c, n := o.Op.Cost(), int64(o.Count)
	return Cost{n * c.Flops, n * c.Bytes}
}
