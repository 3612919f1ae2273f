//go:build !cgo

package all

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { gpu.Register(leftOut{}) }

// leftOut stands for the Vulkan executor where there is no cgo: it says why there is none.
type leftOut struct{}

func (leftOut) Name() string { return "vulkan" }

// LeftOut is asked for by gpu.Built.
func (leftOut) LeftOut() error { return errLeftOut }

func (leftOut) Devices() ([]gpu.Info, []string, error) { return nil, nil, errLeftOut }

func (leftOut) Open(int, gpu.Options) (gpu.Executor, error) { return nil, errLeftOut }

var errLeftOut = fmt.Errorf("Vulkan was %w, which was made without cgo: install gcc and build again, with CGO_ENABLED=1", gpu.ErrNotBuilt)
