package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

func bytesOf(words []uint32) []byte {
	var code []byte
	for _, w := range words {
		code = binary.LittleEndian.AppendUint32(code, w)
	}
	return code
}

// FuzzReflect feeds damaged modules to the reflection: it may refuse them, it
// must not panic or hang. The corpus in testdata holds kernels compiled with
// names, whole and damaged; the compiled kernels of the package are added to it.
func FuzzReflect(f *testing.F) {
	compiled, err := filepath.Glob("../../shaders/spv/*.spv")
	if err != nil || len(compiled) == 0 {
		f.Fatalf("no compiled kernels: %v", err)
	}
	for _, path := range compiled[:min(4, len(compiled))] {
		code, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		for _, names := range []bool{true, false} {
			face, err := reflect(code, names)
			if err != nil {
				continue
			}
			if err := checkUse(code, face); err == nil && names && checkOffsets(face) == nil {
				// What passes every check must make valid Go.
				k := kernel{source: source{Path: "k.comp", Name: "k", Go: "K", Doc: "K."}, iface: *face, Code: code}
				if checkNames([]kernel{k}) == nil {
					if _, err := generate([]kernel{k}); err != nil {
						t.Error(err)
					}
				}
			}
		}
	})
}
