package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	. "github.com/mmcloughlin/avo/build"
)

// generators writes a file's functions, by the name that -kernel gives.
var generators = map[string]func(){
	"multiply512": func() { multiply(avx512) },
	"multiply256": func() { multiply(avx2) },
	"narrow512":   func() { multiply(avx512Half) },
	"vector":      vector,
	"lstm":        lstm,
	"gru":         gru,
}

func main() {
	kernel := flag.String("kernel", "", "what to generate; neon is written to the file that -to names, the others to that of -out")
	to := flag.String("to", "", "file of neon")
	flag.Parse()
	if *kernel == "neon" {
		if err := os.WriteFile(*to, []byte(neon()), 0o666); err != nil {
			fmt.Fprintf(os.Stderr, "asmgen: %v\n", err)
			os.Exit(1)
		}
		return
	}
	generate, ok := generators[*kernel]
	if !ok {
		var names []string
		for name := range generators {
			names = append(names, name)
		}
		slices.Sort(names)
		fmt.Fprintf(os.Stderr, "asmgen: -kernel %q; it is one of %s\n", *kernel, strings.Join(names, ", "))
		os.Exit(2)
	}
	ConstraintExpr("amd64")
	generate()
	Generate()
}
