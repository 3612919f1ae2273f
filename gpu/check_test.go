package gpu_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

var viewType = reflect.TypeFor[gpu.View]()

// viewFields returns the names of the operands of an operation, with those of its activation.
func viewFields(op gpu.Op) []string { return viewsOf(reflect.TypeOf(op), "") }

func viewsOf(t reflect.Type, prefix string) []string {
	var names []string
	for i := range t.NumField() {
		switch f := t.Field(i); f.Type {
		case viewType:
			names = append(names, prefix+f.Name)
		case reflect.TypeFor[gpu.Activation]():
			names = append(names, viewsOf(f.Type, f.Name+".")...)
		}
	}
	return names
}

// field finds an operand by its name, which may be that of a field of a field.
func field(op reflect.Value, name string) reflect.Value {
	for _, part := range strings.Split(name, ".") {
		op = op.FieldByName(part)
	}
	return op
}

func viewOf(op gpu.Op, name string) gpu.View {
	return field(reflect.ValueOf(op), name).Interface().(gpu.View)
}

// with returns op with some operands replaced.
func with(op gpu.Op, views map[string]gpu.View) gpu.Op {
	c := reflect.New(reflect.TypeOf(op)).Elem()
	c.Set(reflect.ValueOf(op))
	for name, v := range views {
		field(c, name).Set(reflect.ValueOf(v))
	}
	return c.Interface().(gpu.Op)
}

func has(list, word string) bool { return slices.Contains(strings.Fields(list), word) }

// TestEveryOperationIsListed compares opCases with the types of the package that have a method Access. A Repeat has no operands of its own:
// repeat_test.go has its tests, with any of the others in it.
func TestEveryOperationIsListed(t *testing.T) {
	dev, _ := open(t)
	listed := map[string]bool{"Repeat": true}
	for _, c := range opCases(t, dev) {
		listed[reflect.TypeOf(c.op).Name()] = true
	}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "Access" {
				continue
			}
			found++
			if name := f.Recv.List[0].Type.(*ast.Ident).Name; !listed[name] {
				t.Errorf("operation %s is in no case", name)
			}
		}
	}
	if found < 20 {
		t.Errorf("found only %d operations in the source", found)
	}
}

func TestWellFormedOperationsPass(t *testing.T) {
	dev, _ := open(t)
	names := map[string]string{}
	for _, c := range opCases(t, dev) {
		if err := c.op.Check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		typ := reflect.TypeOf(c.op).Name()
		if c.op.Name() == "" || names[c.op.Name()] != "" && names[c.op.Name()] != typ {
			t.Errorf("%s: Name %q is empty or also that of %s", c.name, c.op.Name(), names[c.op.Name()])
		}
		names[c.op.Name()] = typ
		if cost := c.op.Cost(); cost.Flops < 0 || cost.Bytes <= 0 {
			t.Errorf("%s: cost %+v", c.name, cost)
		}
	}
}

// TestEveryOperandHasToBeThere takes the operands away one by one.
func TestEveryOperandHasToBeThere(t *testing.T) {
	dev, _ := open(t)
	for _, c := range opCases(t, dev) {
		for _, field := range viewFields(c.op) {
			if viewOf(c.op, field).IsZero() {
				continue
			}
			err := with(c.op, map[string]gpu.View{field: {}}).Check()
			if has(c.optional, field) {
				if err != nil {
					t.Errorf("%s without %s: %v", c.name, field, err)
				}
				continue
			}
			wantShapeError(t, c.name+" without "+field, err)
		}
	}
}

// TestEveryOperandHasItsShape changes the operands' sizes and places one by one.
func TestEveryOperandHasItsShape(t *testing.T) {
	dev, _ := open(t)
	for _, c := range opCases(t, dev) {
		for _, field := range viewFields(c.op) {
			v := viewOf(c.op, field)
			if v.IsZero() {
				continue
			}
			change := func(what string, f func(v *gpu.View), free bool) {
				w := v
				f(&w)
				err := with(c.op, map[string]gpu.View{field: w}).Check()
				if free {
					if err != nil {
						t.Errorf("%s with %s of %s: %v", c.name, what, field, err)
					}
					return
				}
				wantShapeError(t, c.name+" with "+what+" of "+field, err)
			}
			change("one row more", func(v *gpu.View) { v.Rows++; v.Stride = max(v.Stride, v.Cols) }, has(c.free, field+".Rows"))
			change("one column more", func(v *gpu.View) { v.Cols++; v.Stride++ }, has(c.free, field+".Cols"))
			change("one row less", func(v *gpu.View) { v.Rows-- }, has(c.free, field+".Rows"))
			change("one column less", func(v *gpu.View) { v.Cols-- }, has(c.free, field+".Cols"))
			change("negative rows", func(v *gpu.View) { v.Rows = -1 }, false)
			change("negative columns", func(v *gpu.View) { v.Cols = -1 }, false)
			change("a negative offset", func(v *gpu.View) { v.Off = -1 }, false)
			change("an end one word outside", func(v *gpu.View) { v.Off = v.Buf.Len() - v.Extent() + 1 }, false)
			change("a huge offset", func(v *gpu.View) { v.Off = 1 << 62 }, false)
			if batched(c.op) == 1 {
				change("an end at the buffer's", func(v *gpu.View) { v.Off = v.Buf.Len() - v.Extent() }, true)
			}
			if v.Rows > 1 {
				change("a stride below its columns", func(v *gpu.View) { v.Stride = v.Cols - 1 }, false)
				change("a huge stride", func(v *gpu.View) { v.Stride = 1 << 61 }, false)
			}
		}
	}
}

// batched returns the number of items of an operation's batch.
func batched(op gpu.Op) int {
	if b, ok := op.(interface{ Count() int }); ok {
		return b.Count()
	}
	return 1
}

// batchStep returns the words from one item of a batch to the next, of an operand.
func batchStep(op gpu.Op, field string) int {
	step := reflect.ValueOf(op).FieldByName("Stride" + field)
	if !step.IsValid() {
		return 0
	}
	return int(step.Int())
}

// TestOutputsMayNotOverlapOthers moves every output over every other operand: partly, by one word, and exactly.
func TestOutputsMayNotOverlapOthers(t *testing.T) {
	dev, _ := open(t)
	for _, c := range opCases(t, dev) {
		for _, out := range strings.Fields(c.writes) {
			for _, other := range viewFields(c.op) {
				o, v := viewOf(c.op, out), viewOf(c.op, other)
				if other == out || v.IsZero() {
					continue
				}
				shared := buffer(t, dev, "shared", 2000)
				o.Buf, v.Buf = shared, shared
				place := func(what string, off int, ok bool) {
					o.Off, v.Off = 700, off
					err := with(c.op, map[string]gpu.View{out: o, other: v}).Check()
					if ok {
						if err != nil {
							t.Errorf("%s with %s %s %s: %v", c.name, other, what, out, err)
						}
						return
					}
					wantShapeError(t, c.name+" with "+other+" "+what+" "+out, err)
				}
				place("far behind", 1500, true)
				place("far before", 100, true)
				place("one word into", 700+o.Extent()-1, false)
				place("one word over the start of", 700-v.Extent()+1, false)
				sameShape := o.Rows == v.Rows && o.Cols == v.Cols
				if v.Extent() > 1 && o.Extent() > 1 {
					place("one word after the start of", 701, false)
				}
				place("exactly over", 700, sameShape && slices.Contains(c.same, out+"="+other) || slices.Contains(c.first, out+"="+other) || slices.Contains(c.first, other+"="+out))
				if batched(c.op) == 1 {
					place("just behind", 700+o.Extent(), true)
					place("just before", 700-v.Extent(), true)
				}
			}
		}
	}
}

func TestRNNForwardInPlace(t *testing.T) {
	dev, _ := open(t)
	o := operands{t, dev}
	op := gpu.RNNForward{H: o.m("H", 8, 5), W: o.m("W", 5, 5), T: 3, B: 2}
	op.Z = op.States()
	if err := op.Check(); err != nil {
		t.Errorf("Z in the states: %v", err)
	}
	op.Z = op.H.RowRange(1, 7)
	wantShapeError(t, "Z a row too early", op.Check())
	op.Z = op.H.RowRange(0, 6)
	wantShapeError(t, "Z over h0", op.Check())
	op.Z = op.States()
	op.Z.Stride--
	wantShapeError(t, "Z with another stride", op.Check())
}

// TestMaskedInStates: what W is given may stand in exactly the first rows of the states, which are then written from h_0 on.
func TestMaskedInStates(t *testing.T) {
	const steps, b, n = 3, 2, 5
	dev, _ := open(t)
	o := operands{t, dev}
	h, z, mask := o.m("H", (steps+1)*b, n), o.m("Z", steps*b, n), o.m("Mask", b, n)
	apart, shifted, narrow := o.m("Masked", steps*b, n), h, h.RowRange(0, steps*b)
	shifted.Off++
	narrow.Stride--
	for name, c := range map[string]struct {
		masked  gpu.View
		inPlace bool
		ok, inH bool
	}{
		"the first rows":              {h.RowRange(0, steps*b), false, true, true},
		"the first rows, Z in place":  {h.RowRange(0, steps*b), true, true, true},
		"apart":                       {apart, true, true, false},
		"the last rows":               {h.RowRange(b, (steps+1)*b), false, false, false},
		"the first rows, a word late": {shifted.RowRange(0, steps*b), false, false, false},
		"the first rows, narrower":    {narrow, false, false, false},
		"pre-activations":             {z, false, false, false},
	} {
		w := gpu.RNNForward{H: h, W: o.m("W", n, n), Z: z, Mask: mask, Masked: c.masked, T: steps, B: b}
		lr := gpu.RNNLowRankForward{H: h, D: o.row("D", n), L: o.m("L", 2, n), R: o.m("R", 2, n), Z: z, Mask: mask, Masked: c.masked, T: steps, B: b}
		if c.inPlace {
			w.Z, lr.Z = w.States(), lr.States()
		}
		for _, op := range []gpu.Op{w, lr} {
			if err := op.Check(); (err == nil) != c.ok {
				t.Errorf("%s, %s: %v", op.Name(), name, err)
			}
			first := false
			for _, a := range op.Access() {
				first = first || a.Write && a.Buf == h.Buf && a.Lo == h.Off
			}
			if c.ok && first != c.inH {
				t.Errorf("%s, %s: h_0 is written: %t", op.Name(), name, first)
			}
		}
		if w.MaskedInH() != c.inH || lr.MaskedInH() != c.inH {
			t.Errorf("%s: in H: %t, %t", name, w.MaskedInH(), lr.MaskedInH())
		}
		w.Mask = gpu.View{}
		if w.Check() == nil {
			t.Errorf("%s: no mask is needed", name)
		}
	}
}

// TestSettingsOfOperations are the faults that are not of a view.
func TestSettingsOfOperations(t *testing.T) {
	dev, _ := open(t)
	o := operands{t, dev}
	y, x, nan := o.m("Y", 4, 5), o.m("X", 4, 5), float32(0)
	nan /= nan
	s, out := o.row("S", 5), o.row("Out", 5)
	gemm := gpu.Gemm{C: o.m("C", 4, 5), A: o.m("A", 4, 6), B: o.m("B", 6, 5)}
	forward := gpu.RNNForward{H: o.m("H", 8, 5), W: o.m("W", 5, 5), Z: o.m("Z", 6, 5), T: 3, B: 2}
	backward := gpu.RNNBackward{Delta: o.m("Delta", 6, 5), W: forward.W, H: forward.H, DH: o.m("DH", 6, 5), T: 3, B: 2}
	gradient := gpu.RNNGradient{DW: o.m("DW", 5, 5), Delta: backward.Delta, H: forward.H, T: 3, B: 2}
	for name, op := range map[string]gpu.Op{
		"unknown activation":           gpu.Activate{Y: y, X: x, Act: gpu.Activation{Kind: 99}},
		"negative slope":               gpu.Activate{Y: y, X: x, Act: gpu.Activation{Kind: gpu.LeakyReLU, Slope: -0.1}},
		"slope above 1":                gpu.ActivateBackward{DX: y, DY: y, Y: x, Act: gpu.Activation{Kind: gpu.LeakyReLU, Slope: 1.1}},
		"NaN slope":                    gpu.Activate{Y: y, X: x, Act: gpu.Activation{Kind: gpu.LeakyReLU, Slope: nan}},
		"negative rounds":              gpu.Accumulate{Y: o.row("Y", 5), X: o.row("X", 5), Rounds: -1},
		"several rows":                 gpu.Accumulate{Y: y, X: x},
		"unknown function":             gpu.Map{Y: y, X: x, F: 77},
		"negative radius":              gpu.Sigma{Out: out, S: s, Radius: -1},
		"NaN radius":                   gpu.SigmaBackward{DS: out, DSigma: out, S: s, Radius: nan},
		"unknown sigma map":            gpu.Sigma{Out: out, S: s, Map: 9},
		"negative batch":               func() gpu.Op { g := gemm; g.Batch = -2; return g }(),
		"batch before the buffer":      func() gpu.Op { g := gemm; g.Batch, g.StrideA = 2, -1<<20; return g }(),
		"unknown epilogue":             func() gpu.Op { g := gemm; g.Act.Kind = 12; return g }(),
		"batch on itself":              func() gpu.Op { g := gemm; g.Batch = 2; return g }(),
		"batch out of A":               func() gpu.Op { g := gemm; g.Batch, g.StrideA, g.StrideC = 2, 1000, 32; return g }(),
		"batch that overflows":         func() gpu.Op { g := gemm; g.Batch, g.StrideA, g.StrideC = 1<<31, 1<<33, 32; return g }(),
		"negative batch of sets":       gpu.Gram{S: o.m("S", 3, 3), U: o.m("U", 3, 7), Batch: -1},
		"sets on themselves":           gpu.Gram{S: o.m("S", 3, 3), U: o.m("U", 3, 7), Batch: 2, StrideU: 30},
		"systems on themselves":        gpu.TriSolve{X: o.m("X", 3, 7), S: o.m("S", 3, 3), B: o.m("B", 3, 7), Batch: 2, StrideB: 30},
		"systems before the buffer":    gpu.TriSolve{X: o.m("X", 3, 7), S: o.m("S", 3, 3), B: o.m("B", 3, 7), Batch: 2, StrideS: -1 << 20, StrideX: 30},
		"sigma from nothing":           gpu.SigmaBackward{DS: out, S: s},
		"half of a product":            gpu.SigmaBackward{DS: out, S: s, DSigma: out, A: s},
		"trapezoid of the other side":  gpu.TriSolve{X: o.m("X", 3, 7), S: o.m("S", 3, 3), B: o.m("B", 3, 7), Transpose: true, Trapezoid: true},
		"negative steps":               func() gpu.Op { f := forward; f.T = -1; return f }(),
		"negative samples":             func() gpu.Op { f := backward; f.B = -1; return f }(),
		"steps that overflow":          func() gpu.Op { f := gradient; f.T, f.B = 1<<62, 4; return f }(),
		"one sample more":              func() gpu.Op { f := forward; f.B = 3; return f }(),
		"one step more":                func() gpu.Op { f := backward; f.T = 4; return f }(),
		"Z and X":                      func() gpu.Op { f := forward; f.X, f.Wx, f.Bias = o.m("X", 6, 2), o.m("Wx", 5, 2), s; return f }(),
		"neither Z nor X":              func() gpu.Op { f := forward; f.Z = gpu.View{}; return f }(),
		"Z and Wx":                     func() gpu.Op { f := forward; f.Wx = o.m("Wx", 5, 2); return f }(),
		"Z and Bias":                   func() gpu.Op { f := forward; f.Bias = s; return f }(),
		"DWx without X":                func() gpu.Op { f := gradient; f.DWx = o.m("DWx", 5, 2); return f }(),
		"uneven sets to scale":         gpu.ScaleReflectors{Y: o.m("Y", 5, 5), S: o.m("S", 1, 5), U: o.m("U", 5, 5), Sets: 2},
		"powers of another set":        gpu.ScaleReflectors{Y: o.m("Y", 4, 5), S: o.m("S", 1, 3), U: o.m("U", 4, 5)},
		"uneven sets":                  gpu.NormalizeReflectors{U: o.m("U", 5, 5), Sets: 2},
		"negative sets":                gpu.MaskReflectors{U: o.m("U", 4, 5), Sets: -1},
		"sets too large":               gpu.MaskReflectors{U: o.m("U", 12, 5), Sets: 2},
		"more reflectors":              gpu.NormalizeReflectors{U: o.m("U", 6, 5)},
		"a factor of no rows":          gpu.Hadamard{Y: y, B: y.RowRange(0, 0)},
		"rows that are no multiple":    gpu.Hadamard{Y: o.m("Y", 5, 5), B: o.m("B", 2, 5)},
		"dropout of everything":        gpu.Dropout{Y: y, Rate: 1},
		"dropout of less than nothing": gpu.Dropout{Y: y, Rate: -0.1},
		"a negative period":            gpu.Dropout{Y: y, Period: -1},
		"a negative deviation":         gpu.Noise{Y: y, Deviation: -1},
		"no classes":                   gpu.SoftmaxCrossEntropy{Logits: y.ColRange(0, 0), Rows: o.m("Rows", 4, 2), Labels: o.row("Labels", 4)},
		"no columns":                   gpu.MeanSquaredError{Pred: y.ColRange(0, 0), Target: x.ColRange(0, 0), Rows: o.m("Rows", 4, 2)},
		"nothing to compare":           gpu.MinMax{Out: o.row("Out", 2), X: x.RowRange(0, 0)},
	} {
		err := op.Check()
		if !errors.Is(err, gpu.ErrShape) {
			t.Errorf("%s: error %v, want %v", name, err, gpu.ErrShape)
		}
	}
}

// TestAccessIsWhatIsDocumented verifies that each operation reads and writes the operands it says, all of each, and nothing else.
func TestAccessIsWhatIsDocumented(t *testing.T) {
	dev, _ := open(t)
	for _, c := range opCases(t, dev) {
		want := map[string]bool{}
		for _, f := range strings.Fields(c.reads) {
			want["reads "+f] = true
		}
		for _, f := range strings.Fields(c.writes) {
			want["writes "+f] = true
		}
		got := map[string]bool{}
		for _, a := range c.op.Access() {
			if a.Lo < 0 || a.Hi <= a.Lo || a.Hi > a.Buf.Len() {
				t.Errorf("%s: words %d … %d of %s, which has %d", c.name, a.Lo, a.Hi, a.Buf.Name(), a.Buf.Len())
			}
			what := "reads "
			if a.Write {
				what = "writes "
			}
			for _, f := range viewFields(c.op) {
				if v := viewOf(c.op, f); v.Buf == a.Buf {
					got[what+f] = true
					checkExtent(t, c, f, v, a)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// checkExtent verifies that an access covers its operand, or of the states H of a recurrence the part that is used.
func checkExtent(t *testing.T, c opCase, field string, v gpu.View, a gpu.Access) {
	t.Helper()
	v = gatedStates(c.op, field, v, a.Write)
	lo, hi := v.Off, v.Off+v.Extent()
	switch op := c.op.(type) {
	case gpu.Gemm, gpu.Gram, gpu.TriSolve:
		hi += (batched(op) - 1) * batchStep(op, field)
	case gpu.RNNLowRankForward:
		if field == "H" && a.Write {
			lo = op.States().Off
		} else if field == "H" {
			h0 := op.H.RowRange(0, op.B)
			hi = h0.Off + h0.Extent()
		}
	case gpu.RNNLowRankBackward:
		if field == "H" {
			lo += op.B * op.H.Stride
		}
	case gpu.RNNForward:
		if h0 := op.H.RowRange(0, op.B); field == "H" && !a.Write {
			hi = h0.Off + h0.Extent()
		} else if field == "H" {
			lo = op.States().Off
		}
	case gpu.RNNBackward:
		if field == "H" {
			lo += op.B * op.H.Stride
		}
	case gpu.RNNGradient:
		if field == "H" {
			hi -= op.B * op.H.Stride
		}
	}
	if a.Lo != lo || a.Hi != hi {
		t.Errorf("%s: words %d … %d of %s, want %d … %d", c.name, a.Lo, a.Hi, field, lo, hi)
	}
}
