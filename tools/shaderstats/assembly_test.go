package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixture reads an assembly of testdata, as RADV gave it.
func fixture(t *testing.T, name string) []block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := parseAssembly(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

// shape writes blocks as label:instructions>jump.
func shape(blocks []block) string {
	var parts []string
	for _, b := range blocks {
		s := b.label + ":"
		for _, in := range b.instructions {
			s += " " + in.op
		}
		if b.jump != "" {
			s += " >" + b.jump
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " | ")
}

func TestParseAssembly(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"one block", "BB0:\n\ts_endpgm      ; bf810000\n", "BB0: s_endpgm"},
		{"a jump ends a block", "BB0:\n\tv_mov_b32_e32 v0, 0 ; 7e000280\n\ts_cbranch_scc1 BB2 ; bfa2002d\n\tv_nop ; 0\nBB2:\n\ts_endpgm ; 0\n",
			"BB0: v_mov_b32_e32 s_cbranch_scc1 >BB2 | : v_nop | BB2: s_endpgm"},
		{"every kind of jump", "BB0:\n\ts_branch BB0 ; 0\n\ts_cbranch_execz BB0 ; 0\n\ts_cbranch_vccnz BB0 ; 0\n",
			"BB0: s_branch >BB0 | : s_cbranch_execz >BB0 | : s_cbranch_vccnz >BB0"},
		{"repetition", "BB0:\n\ts_nop 0 ; bf800000\n\t(then repeated 2 times)\n\ts_endpgm ; 0\n", "BB0: s_nop s_nop s_nop s_endpgm"},
		{"labels in a row", "BB0:\nBB1:\n\ts_endpgm ; 0\nBB2:\n", "BB0: | BB1: s_endpgm | BB2:"},
		{"what the disassembler does not know", "BB0:\n\t(invalid instruction) ; 12345678\n\ts_endpgm ; 0\n", "BB0: (invalid s_endpgm"},
		{"constants after the code", "BB0:\n\ts_endpgm ; 0\n\n/* constant data */\n[000000] 00000001 00000002\n", "BB0: s_endpgm"},
		{"no label first", "\ts_endpgm ; 0", ": s_endpgm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			blocks, err := parseAssembly(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := shape(blocks); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestParseAssemblyRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "holds no instruction"},
		{"a message", "Shader disassembly is not supported in the current configuration\n", "line 1 is no instruction"},
		{"something between", "BB0:\n\ts_nop 0 ; 0\n\tmov eax, 0 ; 0\n", "line 3 is no instruction"},
		{"nothing to repeat", "BB0:\n\t(then repeated 3 times)\n", "line 2: nothing to repeat"},
		{"too many repetitions", "BB0:\n\ts_nop 0 ; 0\n\t(then repeated 99999999999999999999 times)\n", "repeated 99999999999999999999 times"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if blocks, err := parseAssembly(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("blocks %s, error %v, want one with %q", shape(blocks), err, c.want)
			}
		})
	}
}
