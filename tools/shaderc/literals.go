package main

import (
	"fmt"
	"math"
	"strconv"
)

// goDefault spells a specialization constant's default in Go.
func (s specConst) goDefault() string {
	switch s.Type {
	case scalarBool:
		return strconv.FormatBool(s.Default != 0)
	case scalarInt:
		return fmt.Sprint(int32(s.Default))
	case scalarFloat:
		f := math.Float32frombits(s.Default)
		if f-f != 0 || (f == 0 && s.Default != 0) { // NaN, infinite, −0
			return fmt.Sprintf("math.Float32frombits(%#x)", s.Default)
		}
		return strconv.FormatFloat(float64(f), 'g', -1, 32)
	}
	return fmt.Sprint(s.Default)
}

// bitsCode is the format of the Go expression for a constant's bits.
func (s specConst) bitsCode() string {
	switch s.Type {
	case scalarBool:
		return "bit(%s)"
	case scalarInt:
		return "uint32(%s)"
	case scalarFloat:
		return "math.Float32bits(%s)"
	}
	return "%s"
}
