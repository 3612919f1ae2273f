package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const wholeKernel = `
layout(local_size_x = 32, local_size_x_id = 0, local_size_y = 4) in;
layout(constant_id = 3) const uint TILE = 16;
layout(constant_id = 1) const bool HAS_BIAS = true;
layout(constant_id = 2) const float SCALE = -1.5;
layout(constant_id = 7) const int SIGN = -2;
layout(set = 0, binding = 1) buffer C { float c[]; };
layout(set = 0, binding = 0) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 2) writeonly buffer Count { uint v[]; } counts;
layout(push_constant) uniform Push { uint rows; int shift; float beta; uint off_a, off_c, off_count; } p;
shared float tile[TILE][TILE + 1];
shared vec4 wide[gl_WorkGroupSize.x / 4];
shared float unused[TILE];
void main() {
    uint i = gl_GlobalInvocationID.x;
    tile[0][i % TILE] = a[i + p.off_a];
    wide[i % 2] = a4[i + p.off_a / 4];
    barrier();
    if (HAS_BIAS && i < p.rows) c[i + p.off_c] += SCALE * p.beta * (tile[0][0] + wide[0].x) + SIGN + p.shift;
    counts.v[i + p.off_count] = i;
}`

func TestReflect(t *testing.T) {
	k, err := compileText(t, wholeKernel)
	if err != nil {
		t.Fatal(err)
	}
	want := iface{
		Bindings: []binding{
			{Number: 0, Name: "A", Elem: scalarFloat, Lanes: 1, Access: accessRead},
			{Number: 1, Name: "C", Elem: scalarFloat, Lanes: 1, Access: accessReadWrite},
			{Number: 2, Name: "Count", Elem: scalarUint, Lanes: 1, Access: accessWrite},
		},
		Push: []pushField{
			{"rows", scalarUint, 0}, {"shift", scalarInt, 4}, {"beta", scalarFloat, 8},
			{"off_a", scalarUint, 12}, {"off_c", scalarUint, 16}, {"off_count", scalarUint, 20},
		},
		Spec: []specConst{
			{0, "local_size_x", scalarUint, 32},
			{1, "HAS_BIAS", scalarBool, 1},
			{2, "SCALE", scalarFloat, 0xbfc00000},
			{3, "TILE", scalarUint, 16},
			{7, "SIGN", scalarInt, 0xfffffffe},
		},
		LocalSize: [3]uint32{32, 4, 1},
		LocalSpec: [3]int{0, -1, -1},
	}
	got := k.iface
	got.Shared = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("interface (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		spec []uint32
		want uint32
	}{
		{[]uint32{32, 1, 0, 16, 0}, 16*17*4 + 32/4*16},
		{[]uint32{8, 1, 0, 5, 0}, 128 + 8/4*16}, // 5·6·4 = 120 rounded up to 16
	} {
		if got := k.Shared.eval(c.spec); got != c.want {
			t.Errorf("shared memory with %v: %d bytes, want %d", c.spec, got, c.want)
		}
	}
}

// A newer target puts storage buffers in a class of their own.
func TestReflectStorageBufferClass(t *testing.T) {
	c := newCompiler(t)
	const text = `layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
		layout(set = 0, binding = 1) writeonly buffer B { uvec2 b[]; };
		void main() { b[0] = uvec2(a[0]); }`
	k, err := compileText(t, strings.Replace(text, "void", "layout(push_constant) uniform P { uint off_a, off_b; };\nvoid", 1))
	if err != nil {
		t.Fatal(err)
	}
	in := c.temp + "/k.comp"
	writeFile(t, in, complete(text))
	if err := command(t.Context(), c.glslc, "--target-env=vulkan1.1", in, "-o", in+".spv"); err != nil {
		t.Fatal(err)
	}
	f, err := reflect([]byte(readFile(t, in+".spv")), true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(k.Bindings, f.Bindings); diff != "" {
		t.Errorf("bindings for vulkan1.0 and 1.1 differ (-1.0 +1.1):\n%s", diff)
	}
}

func TestCompileErrors(t *testing.T) {
	const (
		bufA  = "layout(set = 0, binding = 0) readonly buffer A { float a[]; };\n"
		bufB  = "layout(set = 0, binding = 1) writeonly buffer B { float b[]; };\n"
		push  = "layout(push_constant) uniform P { uint off_a, off_b; };\n"
		tail  = "void main() { b[off_b] = a[off_a]; }"
		whole = bufA + bufB + push + tail
	)
	if _, err := compileText(t, whole); err != nil {
		t.Fatalf("the sound kernel fails: %v", err)
	}
	edit := func(old, new string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("%q is not in the kernel", old)
		}
		return strings.Replace(whole, old, new, 1)
	}
	cases := []struct{ name, text, want string }{
		{"syntax", edit("void main", "void man("), "glslc"},
		{"warning", "#extension GL_EXT_no_such_thing : enable\n" + whole, "GL_EXT_no_such_thing"},
		{"set 1", edit("set = 0, binding = 1", "set = 1, binding = 1"), "want layout(set = 0, binding = N), have set 1"},
		{"gap", edit("binding = 1", "binding = 2"), "binding 1 is missing"},
		{"no binding number", edit("set = 0, binding = 1", "set = 0"), "binding"},
		{"alias of another name", edit("binding = 1", "binding = 0"), "binding 0: blocks A and B share it"},
		{"uniform block", edit("readonly buffer A { float a[]; }", "uniform A { float a[4]; }"), "uniform blocks are not supported"},
		{"two members", edit("float a[]", "float s; float a[]"), "holds one array of 32-bit elements, this one has 2 members"},
		{"sized array", edit("float a[]", "float a[4]"), "one unsized array"},
		{"array of structs", "struct S { float x; };\n" + strings.ReplaceAll(edit("float a[]", "S a[]"), "a[off_a]", "a[off_a].x"), "want a scalar of 32 bits"},
		{"double", strings.ReplaceAll(edit("float a[]", "double a[]"), "= a[off_a]", "= float(a[off_a])"), "want a scalar of 32 bits"},
		{"no offset", strings.ReplaceAll(whole, "off_a", "start"), "lack the offsets of bindings: uint off_a"},
		{"signed offset", edit("uint off_a, off_b", "int off_a; uint off_b"), "lack the offsets of bindings: uint off_a"},
		{"push vector", edit("uint off_a", "vec4 v; uint off_a"), "push constant v: want a scalar of 32 bits"},
		{"push gap", edit("uint off_a, off_b", "uint off_a; layout(offset = 8) uint off_b"), "push constant off_b is at offset 8, want 4"},
		{"push too long", edit("uint off_a", pushOf(31)+"uint off_a"), "132 bytes of push constants, the limit is 128"},
		{"unused", edit("= a[off_a]", "= 1.0"), "binding 0 (A) is declared and never used"},
		{"only written", edit("writeonly buffer B", "buffer B"), "binding 1 (B) is only written: declare it writeonly"},
		{"only read", edit("readonly buffer A", "buffer A"), "binding 0 (A) is only read: declare it readonly"},
		{"both qualifiers", edit("readonly buffer A", "readonly writeonly buffer A"), "can't read from writeonly object"},
		{"local size", "layout(local_size_x = 64, local_size_y = 32) in;\n" + whole, "2048 invocations, the limit is 1024"},
		{"local size id twice", "layout(local_size_x_id = 0) in;\nlayout(constant_id = 0) const uint N = 8;\n" +
			edit("= a[off_a]", "= a[off_a] * N"), "two specialization constants have id 0"},
		{"shared memory", "shared float s[8193];\n" + edit("= a[off_a]", "= s[off_a] + a[off_a]"), "exceeds the limit of 32768 bytes"},
		{"shared memory in sum", "shared float s[8192]; shared uint u[4];\n" + edit("= a[off_a]", "= s[off_a] + u[off_a] + a[off_a]"), "32784 bytes of shared memory"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := compileText(t, c.text)
			if err == nil {
				t.Fatal("compiles")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
		})
	}
}

// pushOf declares n push constants.
func pushOf(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = "p" + string(rune('a'+i/26)) + string(rune('a'+i%26))
	}
	return "uint " + strings.Join(names, ", ") + "; "
}

// Code whose names were stripped has the same shape and no names.
func TestReflectWithoutNames(t *testing.T) {
	k, err := compileText(t, wholeKernel)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reflect(k.Code, true); err == nil || !strings.Contains(err.Error(), "has no name") {
		t.Errorf("optimised code: error %v, want one about a missing name", err)
	}
	f, err := reflect(k.Code, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Bindings) != 3 || len(f.Push) != 6 || f.LocalSize != [3]uint32{32, 4, 1} {
		t.Errorf("shape of the optimised code: %+v", f)
	}
}

func TestCorruptModules(t *testing.T) {
	header := []uint32{spirvMagic, 0x10000, 0, 100, 0}
	cases := []struct {
		name  string
		words []uint32
		want  string
	}{
		{"magic", []uint32{1, 0x10000, 0, 100, 0}, "magic number"},
		{"bound", []uint32{spirvMagic, 0x10000, 0, 1 << 30, 0}, "id bound"},
		{"zero length", append(header, opName), "claims 0 words"},
		{"too long", append(header, 9<<16|opName), "claims 9 words"},
		{"too few operands", append(header, 2<<16|opTypeInt, 1), "has 1 operand words, want at least 3"},
		{"no entry point", header, "one compute entry point"},
		{"type twice", append(header, 2<<16|opTypeVoid, 1, 2<<16|opTypeBool, 1), "defined twice"},
		{"constant twice", append(header, 3<<16|opConstantTrue, 1, 2, 3<<16|opConstantTrue, 1, 2), "defined twice"},
		{"local size", append(header, 4<<16|opExecutionMode, 1, modeLocalSize, 1), "want 3"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := reflect(bytesOf(c.words), true)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
	if _, err := reflect([]byte{1, 2, 3}, true); err == nil {
		t.Error("3 bytes are accepted")
	}
}
