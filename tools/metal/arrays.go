package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	// constant uint _250 = (_136 * _137);
	constantLine = regexp.MustCompile(`(?m)^constant (?:uint|int|bool|float)\w* (\w+)(?: \[\[maybe_unused\]\])? = (.*);$`)
	// threadgroup float4 _253[_250];
	arrayLine = regexp.MustCompile(`(?m)^\s*(?:threadgroup |thread |const )*\w+ (\w+)((?:\[[^\]]*\])+)(?: = .*)?;$`)
	// spvUnsafeArray<float4, _492> _497;
	wrappedArray = regexp.MustCompile(`spvUnsafeArray<(?:\w+|spvUnsafeArray<[^<>]*>), ([^<>]+)> (\w+)`)
	size         = regexp.MustCompile(`\[([^\]]*)\]`)
	// the type of wrapped arrays, which SPIRV-Cross writes into programs that have them
	wrapper = regexp.MustCompile(`(?s)template<typename T, size_t Num>\nstruct spvUnsafeArray\n.*?\n};\n`)
	word    = regexp.MustCompile(`[A-Za-z_]\w*(?:\.\w+)?`)
)

// checkArrays says which arrays of a program in Metal's language have a size that is no constant.
func checkArrays(text string) error {
	text = wrapper.ReplaceAllString(text, "")
	spelled := map[string]string{}
	for _, m := range constantLine.FindAllStringSubmatch(text, -1) {
		spelled[m[1]] = m[2]
	}
	var errs []error
	check := func(array, size string) {
		if blame := variable(size, spelled); blame != "" {
			errs = append(errs, fmt.Errorf("array %s has the size %s, which depends on %s and is not constant in Metal's language", array, size, blame))
		}
	}
	for _, m := range arrayLine.FindAllStringSubmatch(text, -1) {
		for _, s := range size.FindAllStringSubmatch(m[2], -1) {
			check(m[1], s[1])
		}
	}
	for _, m := range wrappedArray.FindAllStringSubmatch(text, -1) {
		check(m[2], m[1])
	}
	return errors.Join(errs...)
}

// variable returns the name in an expression that is not constant, "" where all are: numbers, types, macros, and constants spelled over those.
func variable(expression string, spelled map[string]string) string {
	for _, name := range word.FindAllString(expression, -1) {
		next, known := spelled[name]
		switch {
		case known:
			if blame := variable(next, spelled); blame != "" {
				return blame
			}
		case strings.HasPrefix(name, "SPIRV_CROSS_CONSTANT_ID_"):
		case name == "uint" || name == "int" || name == "bool" || name == "true" || name == "false" || name == "u":
		default:
			return name
		}
	}
	return ""
}
