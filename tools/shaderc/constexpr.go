package main

import "fmt"

// expr is an integer expression over the specialization constants, as SPIR-V
// spells the length of a shared array: a literal, a specialization constant,
// or an operation on others. Booleans are 0 and 1.
type expr struct {
	op    uint16 // 0 for a literal or a constant
	spec  int    // index into iface.Spec when isRef
	isRef bool
	lit   uint32
	args  []*expr
	nodes int // size of the tree, to refuse one that would explode
}

// maxExprNodes bounds the size of one expression as a tree.
const maxExprNodes = 4096

func literal(v uint32) *expr { return &expr{lit: v, nodes: 1} }

func reference(spec int) *expr { return &expr{spec: spec, isRef: true, nodes: 1} }

// operate builds op(args...).
func operate(op uint16, args ...*expr) (*expr, error) {
	rule, ok := operators[op]
	if !ok {
		return nil, fmt.Errorf("operation %d on specialization constants is not supported in an array length", op)
	}
	if len(args) != rule.arity {
		return nil, corruptf("operation %d has %d operands, want %d", op, len(args), rule.arity)
	}
	e := &expr{op: op, args: args, nodes: 1}
	constant := true
	for _, a := range args {
		e.nodes += a.nodes
		constant = constant && a.op == 0 && !a.isRef
	}
	if e.nodes > maxExprNodes {
		return nil, fmt.Errorf("an array length is an expression of more than %d nodes", maxExprNodes)
	}
	if constant {
		return literal(e.eval(nil)), nil
	}
	return e, nil
}

// eval computes the expression with the given specialization constants. A
// division by zero is 0, as in the generated code.
func (e *expr) eval(spec []uint32) uint32 {
	switch {
	case e.isRef:
		return spec[e.spec]
	case e.op == 0:
		return e.lit
	}
	var v [3]uint32
	for i, a := range e.args {
		v[i] = a.eval(spec)
	}
	return operators[e.op].eval(v[0], v[1], v[2])
}

// goCode spells the expression in Go over a variable s of type []uint32.
func (e *expr) goCode() string {
	switch {
	case e.isRef:
		return fmt.Sprintf("s[%d]", e.spec)
	case e.op == 0:
		return fmt.Sprint(e.lit)
	}
	code := make([]any, len(e.args))
	for i, a := range e.args {
		code[i] = a.goCode()
	}
	return fmt.Sprintf(operators[e.op].code, code...)
}

// operator tells how to compute an operation and how to spell it in Go; the
// functions in the spelling are those of helpers, which the generator copies
// into the generated file where they are needed.
type operator struct {
	arity int
	code  string
	eval  func(a, b, c uint32) uint32
}

var operators = map[uint16]operator{
	opUConvert:        {1, "%s", func(a, _, _ uint32) uint32 { return a }},
	opSConvert:        {1, "%s", func(a, _, _ uint32) uint32 { return a }},
	opBitcast:         {1, "%s", func(a, _, _ uint32) uint32 { return a }},
	opSNegate:         {1, "(-%s)", func(a, _, _ uint32) uint32 { return -a }},
	opNot:             {1, "(^%s)", func(a, _, _ uint32) uint32 { return ^a }},
	opIAdd:            {2, "(%s + %s)", func(a, b, _ uint32) uint32 { return a + b }},
	opISub:            {2, "(%s - %s)", func(a, b, _ uint32) uint32 { return a - b }},
	opIMul:            {2, "(%s * %s)", func(a, b, _ uint32) uint32 { return a * b }},
	opUDiv:            {2, "udiv(%s, %s)", func(a, b, _ uint32) uint32 { return udiv(a, b) }},
	opUMod:            {2, "umod(%s, %s)", func(a, b, _ uint32) uint32 { return umod(a, b) }},
	opSDiv:            {2, "sdiv(%s, %s)", func(a, b, _ uint32) uint32 { return sdiv(a, b) }},
	opSRem:            {2, "srem(%s, %s)", func(a, b, _ uint32) uint32 { return srem(a, b) }},
	opSMod:            {2, "smod(%s, %s)", func(a, b, _ uint32) uint32 { return smod(a, b) }},
	opShiftLeft:       {2, "shl(%s, %s)", func(a, b, _ uint32) uint32 { return a << b }},
	opShiftRight:      {2, "shr(%s, %s)", func(a, b, _ uint32) uint32 { return a >> b }},
	opShiftRightArith: {2, "sar(%s, %s)", func(a, b, _ uint32) uint32 { return uint32(int32(a) >> b) }},
	opBitwiseAnd:      {2, "(%s & %s)", func(a, b, _ uint32) uint32 { return a & b }},
	opBitwiseOr:       {2, "(%s | %s)", func(a, b, _ uint32) uint32 { return a | b }},
	opBitwiseXor:      {2, "(%s ^ %s)", func(a, b, _ uint32) uint32 { return a ^ b }},
	opLogicalNot:      {1, "(1 ^ %s)", func(a, _, _ uint32) uint32 { return 1 ^ a }},
	opLogicalAnd:      {2, "(%s & %s)", func(a, b, _ uint32) uint32 { return a & b }},
	opLogicalOr:       {2, "(%s | %s)", func(a, b, _ uint32) uint32 { return a | b }},
	opLogicalEqual:    {2, "bit(%s == %s)", func(a, b, _ uint32) uint32 { return bit(a == b) }},
	opLogicalNotEqual: {2, "bit(%s != %s)", func(a, b, _ uint32) uint32 { return bit(a != b) }},
	opIEqual:          {2, "bit(%s == %s)", func(a, b, _ uint32) uint32 { return bit(a == b) }},
	opINotEqual:       {2, "bit(%s != %s)", func(a, b, _ uint32) uint32 { return bit(a != b) }},
	opUGreaterThan:    {2, "bit(%s > %s)", func(a, b, _ uint32) uint32 { return bit(a > b) }},
	opUGreaterEqual:   {2, "bit(%s >= %s)", func(a, b, _ uint32) uint32 { return bit(a >= b) }},
	opULessThan:       {2, "bit(%s < %s)", func(a, b, _ uint32) uint32 { return bit(a < b) }},
	opULessEqual:      {2, "bit(%s <= %s)", func(a, b, _ uint32) uint32 { return bit(a <= b) }},
	opSGreaterThan:    {2, "bit(signed(%s) > signed(%s))", func(a, b, _ uint32) uint32 { return bit(int32(a) > int32(b)) }},
	opSGreaterEqual:   {2, "bit(signed(%s) >= signed(%s))", func(a, b, _ uint32) uint32 { return bit(int32(a) >= int32(b)) }},
	opSLessThan:       {2, "bit(signed(%s) < signed(%s))", func(a, b, _ uint32) uint32 { return bit(int32(a) < int32(b)) }},
	opSLessEqual:      {2, "bit(signed(%s) <= signed(%s))", func(a, b, _ uint32) uint32 { return bit(int32(a) <= int32(b)) }},
	opSelect:          {3, "choose(%s, %s, %s)", func(a, b, c uint32) uint32 { return choose(a, b, c) }},
}

func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func choose(c, a, b uint32) uint32 {
	if c != 0 {
		return a
	}
	return b
}

func udiv(a, b uint32) uint32 {
	if b == 0 {
		return 0
	}
	return a / b
}

func umod(a, b uint32) uint32 {
	if b == 0 {
		return 0
	}
	return a % b
}

func sdiv(a, b uint32) uint32 {
	if b == 0 {
		return 0
	}
	return uint32(int32(a) / int32(b))
}

func srem(a, b uint32) uint32 {
	if b == 0 {
		return 0
	}
	return uint32(int32(a) % int32(b))
}

func smod(a, b uint32) uint32 {
	r := srem(a, b)
	if r != 0 && (int32(r) < 0) != (int32(b) < 0) {
		r += b
	}
	return r
}
