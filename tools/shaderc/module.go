package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A SPIR-V module is a header of five words and a stream of instructions;
// the first word of an instruction holds its length in words (high half) and
// its opcode (low half). Khronos, "SPIR-V Specification", section 2.3.
const (
	spirvMagic  = 0x07230203
	headerWords = 5

	// maxBound is the universal limit on result ids (specification, 2.17).
	maxBound = 4_194_303
)

// errCorrupt is the class of every error about a malformed binary.
var errCorrupt = errors.New("corrupt SPIR-V")

func corruptf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errCorrupt, fmt.Sprintf(format, args...))
}

// instruction is one decoded instruction: its opcode and operand words.
type instruction struct {
	op   uint16
	args []uint32
}

// memberKey names one member of a struct type.
type memberKey struct {
	id, member uint32
}

// decorations maps a decoration to its operand words.
type decorations map[uint32][]uint32

// variable is a module-scope OpVariable.
type variable struct {
	id, pointer, class uint32
}

// module is the part of a SPIR-V module that describes a kernel's interface:
// everything before the function bodies, indexed by result id.
type module struct {
	names       map[uint32]string
	memberNames map[memberKey]string
	decor       map[uint32]decorations
	memberDecor map[memberKey]decorations
	types       map[uint32]instruction // OpType*, args without the result id
	consts      map[uint32]constant
	vars        []variable
	localSize   [3]uint32
	entries     []entryPoint
	body        bodyUses
}

// entryPoint is an OpEntryPoint.
type entryPoint struct {
	model uint32
	name  string
}

// constant is an OpConstant* or OpSpecConstant*, args after the result id.
type constant struct {
	instruction
	typ uint32
}

// parseModule decodes a little-endian SPIR-V binary. It never panics: every
// malformed input is an error of class errCorrupt.
func parseModule(code []byte) (*module, error) {
	if len(code)%4 != 0 || len(code) < 4*headerWords {
		return nil, corruptf("%d bytes is not a header of 20 bytes followed by whole words", len(code))
	}
	words := make([]uint32, len(code)/4)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(code[4*i:])
	}
	if words[0] != spirvMagic {
		return nil, corruptf("magic number %#08x, want %#08x", words[0], uint32(spirvMagic))
	}
	if words[3] > maxBound {
		return nil, corruptf("id bound %d exceeds the limit of %d", words[3], maxBound)
	}
	m := &module{
		names:       map[uint32]string{},
		memberNames: map[memberKey]string{},
		decor:       map[uint32]decorations{},
		memberDecor: map[memberKey]decorations{},
		types:       map[uint32]instruction{},
		consts:      map[uint32]constant{},
		body:        bodyUses{roots: map[uint32]uint32{}, access: map[uint32]access{}},
	}
	if err := m.decode(words[headerWords:]); err != nil {
		return nil, err
	}
	return m, nil
}

// decode walks the instruction stream.
func (m *module) decode(words []uint32) error {
	inBody := false
	for at := 0; at < len(words); {
		n, op := int(words[at]>>16), uint16(words[at])
		if n == 0 || at+n > len(words) {
			return corruptf("instruction at word %d (opcode %d) claims %d words, %d are left",
				at+headerWords, op, n, len(words)-at)
		}
		ins := instruction{op: op, args: words[at+1 : at+n]}
		if op == opFunction {
			inBody = true
		}
		if inBody {
			m.body.note(ins)
		} else if err := m.declare(ins); err != nil {
			return fmt.Errorf("instruction at word %d: %w", at+headerWords, err)
		}
		at += n
	}
	return nil
}

// declare records one instruction of the module's declarative part.
func (m *module) declare(ins instruction) error {
	need := minOperands[ins.op]
	if len(ins.args) < need {
		return corruptf("opcode %d has %d operand words, want at least %d", ins.op, len(ins.args), need)
	}
	a := ins.args
	switch op := ins.op; {
	case op == opEntryPoint:
		name, _ := literalString(a[2:])
		m.entries = append(m.entries, entryPoint{model: a[0], name: name})
	case op == opExecutionMode && a[1] == modeLocalSize:
		if len(a) < 5 {
			return corruptf("LocalSize has %d sizes, want 3", len(a)-2)
		}
		m.localSize = [3]uint32(a[2:5])
	case op == opName:
		m.names[a[0]], _ = literalString(a[1:])
	case op == opMemberName:
		m.memberNames[memberKey{a[0], a[1]}], _ = literalString(a[2:])
	case op == opDecorate:
		addDecoration(m.decor, a[0], a[1], a[2:])
	case op == opMemberDecorate:
		addDecoration(m.memberDecor, memberKey{a[0], a[1]}, a[2], a[3:])
	case op >= opTypeVoid && op <= opTypeFunction:
		if _, ok := m.types[a[0]]; ok {
			return corruptf("type %d is defined twice", a[0])
		}
		m.types[a[0]] = instruction{op: op, args: a[1:]}
	case op >= opConstantTrue && op <= opSpecConstantOp:
		if _, ok := m.consts[a[1]]; ok {
			return corruptf("constant %d is defined twice", a[1])
		}
		m.consts[a[1]] = constant{instruction{op: op, args: a[2:]}, a[0]}
	case op == opVariable:
		m.vars = append(m.vars, variable{pointer: a[0], id: a[1], class: a[2]})
	}
	return nil
}

func addDecoration[K comparable](all map[K]decorations, key K, what uint32, operands []uint32) {
	if all[key] == nil {
		all[key] = decorations{}
	}
	all[key][what] = operands
}

// value returns the single operand of a decoration.
func (d decorations) value(what uint32) (uint32, bool) {
	operands, ok := d[what]
	if !ok || len(operands) == 0 {
		return 0, false
	}
	return operands[0], true
}

// has tells whether a decoration is present.
func (d decorations) has(what uint32) bool {
	_, ok := d[what]
	return ok
}

// literalString decodes a nul-terminated UTF-8 string packed four bytes a word
// and returns the words after it. A string that does not end is cut at the end
// of the instruction.
func literalString(words []uint32) (string, []uint32) {
	var text []byte
	for i, w := range words {
		for range 4 {
			if byte(w) == 0 {
				return string(text), words[i+1:]
			}
			text = append(text, byte(w))
			w >>= 8
		}
	}
	return string(text), nil
}
