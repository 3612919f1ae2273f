//go:build !cgo

package main

import (
	"errors"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// radv stands for a device of the RADV driver, which takes cgo to open.
type radv struct{ name, info string }

var errNoCgo = errors.New("shaderstats was built without cgo: install a C compiler and build with CGO_ENABLED=1")

func openRADV() (*radv, error) { return nil, errNoCgo }

func (*radv) close() {}

func (*radv) compile(*shaders.Kernel, []uint32) (compiled, error) { return compiled{}, errNoCgo }
