package main

import "strings"

// helpers are the functions that generated expressions may call. The generator
// appends those that are named; shaderc's own copies of them are in constexpr.go.
var helpers = []struct{ name, code string }{
	{"smod", `
func smod(a, b uint32) uint32 {
	r := srem(a, b)
	if r != 0 && (int32(r) < 0) != (int32(b) < 0) {
		r += b
	}
	return r
}
`},
	{"srem", `
func srem(a, b uint32) uint32 {
	if b == 0 {
		return 0
	}
	return uint32(int32(a) % int32(b))
}
`},
	{"sdiv", `
func sdiv(a, b uint32) uint32 {
	if b == 0 {
		return 0
	}
	return uint32(int32(a) / int32(b))
}
`},
	{"umod", `
func umod(a, b uint32) uint32 {
	if b == 0 {
		return 0
	}
	return a % b
}
`},
	{"udiv", `
func udiv(a, b uint32) uint32 {
	if b == 0 {
		return 0
	}
	return a / b
}
`},
	{"shl", `
func shl(a, b uint32) uint32 { return a << b }
`},
	{"shr", `
func shr(a, b uint32) uint32 { return a >> b }
`},
	{"sar", `
func sar(a, b uint32) uint32 { return uint32(int32(a) >> b) }
`},
	{"signed", `
func signed(a uint32) int32 { return int32(a) }
`},
	{"choose", `
func choose(c, a, b uint32) uint32 {
	if c != 0 {
		return a
	}
	return b
}
`},
	{"bit", `
func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
`},
}

// neededHelpers returns the helper functions that code calls, directly or
// through another helper.
func neededHelpers(code string) string {
	var out strings.Builder
	for _, h := range helpers { // smod comes before srem, which it calls
		if strings.Contains(code, h.name+"(") || strings.Contains(out.String(), h.name+"(") {
			out.WriteString(h.code)
		}
	}
	return out.String()
}
