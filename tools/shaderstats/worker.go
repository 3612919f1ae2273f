package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// work compiles the named kernels, all where there are no names, on the family
// that the environment names, and prints a familyRun as JSON.
func work(names []string, out io.Writer) error {
	d, err := openRADV()
	if err != nil {
		return err
	}
	defer d.close()
	r := familyRun{Driver: d.info}
	for _, k := range selected(names) {
		for _, spec := range k.Variants() {
			c, err := d.compile(k, spec)
			if err != nil {
				return fmt.Errorf("%s, %s, on %s: %w", k.Name, variantName(k, spec), d.name, err)
			}
			r.Compiled = append(r.Compiled, c)
		}
	}
	return json.NewEncoder(out).Encode(r)
}

// selected returns the kernels of some names, all where there are no names.
func selected(names []string) []*shaders.Kernel {
	if len(names) == 0 {
		return shaders.Kernels()
	}
	var list []*shaders.Kernel
	for _, name := range names {
		list = append(list, shaders.Lookup(name))
	}
	return list
}
