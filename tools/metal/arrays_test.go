package main

import (
	"strings"
	"testing"
)

func TestArrays(t *testing.T) {
	const constants = `
constant bool _45_tmp [[function_constant(2)]];
constant bool _45 = is_function_constant_defined(_45_tmp) ? _45_tmp : false;
constant uint _136 = SPIRV_CROSS_CONSTANT_ID_0;
constant bool _271 = SPIRV_CROSS_CONSTANT_ID_8;
constant uint3 gl_WorkGroupSize [[maybe_unused]] = uint3(_136, 8u, 1u);
constant uint _139 = gl_WorkGroupSize.x;
constant uint _250 = (_136 * uint(8));
constant uint _251 = _271 ? _250 : 1u;
constant uint _252 = _45 ? 4u : 1u;
`
	cases := []struct{ name, line, blame string }{
		{"literal", "    threadgroup float4 a[12];", ""},
		{"macro", "    threadgroup float4 a[_136];", ""},
		{"over macros", "    threadgroup float4 a[_251];", ""},
		{"two dimensions", "    threadgroup float a[_250][33];", ""},
		{"wrapped", "    spvUnsafeArray<float4, _251> a;", ""},
		{"an element is no array", "        a[gl_LocalInvocationIndex] = _139[_252];", ""},
		{"component of the size of a work group", "    threadgroup float4 a[_139];", "gl_WorkGroupSize.x"},
		{"function constant", "    threadgroup float4 a[_252];", "is_function_constant_defined"},
		{"second dimension", "    threadgroup float a[_250][_252];", "is_function_constant_defined"},
		{"wrapped function constant", "    spvUnsafeArray<float4, _252> a;", "is_function_constant_defined"},
		{"array of arrays", "    spvUnsafeArray<spvUnsafeArray<float, 4>, _139> a;", "gl_WorkGroupSize.x"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := checkArrays(constants + c.line + "\n")
			if (err != nil) != (c.blame != "") || err != nil && !strings.Contains(err.Error(), c.blame) {
				t.Errorf("%s: %v, want blame of %q", c.line, err, c.blame)
			}
		})
	}
}
