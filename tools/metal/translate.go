package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// The words of SPIR-V that specialise reads (Khronos, "SPIR-V Specification", sections 2.3 and 3).
const (
	headerWords     = 5
	opSpecTrue      = 48
	opSpecFalse     = 49
	opSpecConstant  = 50
	opFunction      = 54
	opDecorate      = 71
	decorationSpec  = 1
	metalVersion    = "20100" // of macOS 10.14
	wordsOfDecorate = 4
)

// specialise returns a kernel's code with a variant's constants as its defaults.
func specialise(k *shaders.Kernel, spec []uint32) ([]byte, error) {
	code := k.SPIRV()
	value := map[uint32]uint32{} // by SpecId
	for i, s := range k.Spec {
		value[s.ID] = spec[i]
	}
	ids := map[uint32]uint32{} // SpecId by result
	for at := headerWords; at < len(code); {
		n, op := int(code[at]>>16), code[at]&0xffff
		if n == 0 || at+n > len(code) {
			return nil, fmt.Errorf("corrupt SPIR-V at word %d", at)
		}
		switch op {
		case opFunction:
			n = len(code) - at
		case opDecorate:
			if n == wordsOfDecorate && code[at+2] == decorationSpec {
				ids[code[at+1]] = code[at+3]
			}
		case opSpecTrue, opSpecFalse:
			op = opSpecFalse - min(value[ids[code[at+2]]], 1)
			code[at] = code[at]&^0xffff | op
		case opSpecConstant:
			if id, ok := ids[code[at+2]]; ok {
				code[at+3] = value[id]
			}
		}
		at += n
	}
	return binary.Append(nil, binary.LittleEndian, code)
}

// translate returns the code in Metal's language.
func translate(ctx context.Context, tool string, code []byte) (string, error) {
	f, err := os.CreateTemp("", "metal-*.spv")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(code)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", err
	}
	var text, complaint bytes.Buffer
	c := exec.CommandContext(ctx, tool, "--msl", "--msl-version", metalVersion, f.Name())
	c.Stdout, c.Stderr = &text, &complaint
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("spirv-cross: %w: %s", err, bytes.TrimSpace(complaint.Bytes()))
	}
	return text.String(), nil
}
