package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// instruction is one instruction of the disassembly.
type instruction struct {
	op   string // mnemonic: v_fmac_f32_e32
	text string // as printed, without the encoding
}

// block is a basic block: a run of instructions entered at its first and left
// at its last.
type block struct {
	label        string // BB3; empty where nothing jumps to it
	jump         string // label that the last instruction jumps to, if any
	instructions []instruction
}

var (
	labelLine  = regexp.MustCompile(`^(BB\d+):$`)
	repeatLine = regexp.MustCompile(`^\(then repeated (\d+) times\)$`)
	jumpText   = regexp.MustCompile(`^s_c?branch\S*\s+(BB\d+)$`)
)

// parseAssembly splits the disassembly that RADV gives into basic blocks. Its
// lines are labels ("BB3:"), instructions with their encoding after a semicolon,
// and "(then repeated 3 times)" for a line that occurs four times; constants
// follow the code.
func parseAssembly(text string) ([]block, error) {
	var blocks []block
	open := false // the last block can take another instruction
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, ";")
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "/* constant data */") {
			break
		}
		if line == "" {
			continue
		}
		if m := labelLine.FindStringSubmatch(line); m != nil {
			blocks, open = append(blocks, block{label: m[1]}), true
			continue
		}
		if m := repeatLine.FindStringSubmatch(line); m != nil {
			if err := repeat(blocks, m[1]); err != nil {
				return nil, fmt.Errorf("assembly line %d: %w", i+1, err)
			}
			continue
		}
		op, _, _ := strings.Cut(line, " ")
		if !knownOp(op) {
			return nil, fmt.Errorf("assembly line %d is no instruction: %q", i+1, line)
		}
		if !open {
			blocks, open = append(blocks, block{}), true
		}
		b := &blocks[len(blocks)-1]
		b.instructions = append(b.instructions, instruction{op, line})
		if m := jumpText.FindStringSubmatch(line); m != nil {
			b.jump, open = m[1], false
		}
	}
	if len(blocks) == 0 {
		return nil, fmt.Errorf("the assembly holds no instruction: is this Mesa built without a disassembler? It begins %q", text[:min(80, len(text))])
	}
	return blocks, nil
}

// repeat appends the last instruction some more times.
func repeat(blocks []block, times string) error {
	n, err := strconv.Atoi(times)
	if err != nil || n > 1e6 {
		return fmt.Errorf("an instruction repeated %s times", times)
	}
	if len(blocks) == 0 || len(blocks[len(blocks)-1].instructions) == 0 {
		return fmt.Errorf("nothing to repeat %s times", times)
	}
	b := &blocks[len(blocks)-1]
	for range n {
		b.instructions = append(b.instructions, b.instructions[len(b.instructions)-1])
	}
	return nil
}
