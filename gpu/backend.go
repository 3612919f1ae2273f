package gpu

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Backend is a family of devices: an executor package registers one with [Register].
type Backend interface {
	// Name is "vulkan", "cpu" or "fake".
	Name() string
	// Devices lists what this backend can open now. The report says what was looked for and found (loader, drivers), for
	// people who wonder why their device is not there; it is filled whether or not err is nil.
	Devices() (devices []Info, report []string, err error)
	// Open opens the device with the given Info.Index.
	Open(index int, opts Options) (Executor, error)
}

// Executor is one opened device as an executor package implements it. Users hold a [Device] instead.
type Executor interface {
	Info() Info
	// Alloc returns zeroed memory of the given number of 32-bit words.
	Alloc(name string, words int, usage Usage) (Memory, error)
	// Compile records well-formed operations.
	Compile(ops []Op, opts CompileOptions) (Executable, error)
	Close() error
}

// Memory is a buffer's memory on an executor.
type Memory interface {
	// Host is the slice that the host fills before, or reads after, a run; nil for DeviceOnly memory.
	Host() []float32
	Write(off int, src []float32) error
	Read(off int, dst []float32) error
	Free()
}

// Executable is a recorded program on an executor.
type Executable interface {
	Run() error
	Stats() Stats
	// Plan says in words how each operation is carried out (kernel, tile, split).
	Plan() []string
	// Times returns the device seconds of each operation in the last run; nil without CompileOptions.Timestamps.
	Times() []time.Duration
	Close()
}

// Stats counts what one run of a program does.
type Stats struct {
	Submits    int // queue submissions
	Dispatches int // kernel launches
	Copies     int // transfers between host and device memory
	Barriers   int
}

// CompileOptions are the options of Device.CompileWith.
type CompileOptions struct {
	Name       string
	Timestamps bool // measure every operation (Program.Times)
}

// Kind is what sort of device it is.
type Kind string

// Kinds of devices, best first.
const (
	DiscreteGPU   Kind = "discrete"
	IntegratedGPU Kind = "integrated"
	VirtualGPU    Kind = "virtual"
	SoftwareGPU   Kind = "software" // a Vulkan driver that runs on the processor (lavapipe, SwiftShader)
	CPU           Kind = "cpu"      // this project's own CPU executor
	Fake          Kind = "fake"     // checks everything, computes nothing
)

// Info describes a device.
type Info struct {
	Index      int    // position in List, as accepted by Open
	Executor   string // the backend: "vulkan", "cpu", "fake"
	Name       string
	Kind       Kind
	Driver     string // driver name and version
	API        string // e.g. "Vulkan 1.3.230"
	UUID       string // device and driver identity, key of caches
	Memory     int64  // bytes of the device-local heap, 0 unknown
	Unified    bool   // host and device share memory; no copies are made
	Subgroup   int    // lanes, 0 unknown
	Shared     int    // bytes of shared memory of a work group
	Invocation int    // largest number of invocations of a work group
	Note       string // a warning or a quirk that is worked around
}

// Options are the options of Open.
type Options struct {
	// Validate turns on the Vulkan validation layer with synchronisation validation. SPECTRAL_VALIDATE=1 does the same.
	Validate bool
	// OnMessage receives the messages of the validation layer and warnings of the engine; nil drops warnings and keeps
	// validation errors for Device.Close to return. It may use the device, but not compile on it.
	OnMessage func(Message)
	// Threads bounds the threads of the CPU executor; 0 means all.
	Threads int
	// CacheDir holds the pipeline cache and the tuning results; "" means the user's cache directory, "off" none.
	CacheDir string
	// Tuning says whether kernels' tiles are chosen by what was measured on the device; the zero value takes estimates.
	Tuning Tuning
}

// Message is something the engine or the validation layer has to say.
type Message struct {
	Severity string // "error", "warning", "info"
	ID       string // the validation rule, e.g. "SYNC-HAZARD-READ-AFTER-WRITE"
	Text     string
}

var registry struct {
	sync.Mutex
	backends []Backend
}

// Register makes a backend known to Open and List. Executor packages call it from init; the name must be new.
func Register(b Backend) {
	registry.Lock()
	defer registry.Unlock()
	for _, o := range registry.backends {
		if o.Name() == b.Name() {
			panic(fmt.Sprintf("gpu: backend %q registered twice", b.Name()))
		}
	}
	registry.backends = append(registry.backends, b)
	// A fixed order, whatever the order of imports: vulkan before cpu before anything else.
	slices.SortStableFunc(registry.backends, func(a, b Backend) int {
		return strings.Compare(backendOrder(a.Name()), backendOrder(b.Name()))
	})
}

func backendOrder(name string) string {
	switch name {
	case "vulkan":
		return "0"
	case "cpu":
		return "1"
	}
	return "2" + name
}

func backends() []Backend {
	registry.Lock()
	defer registry.Unlock()
	return slices.Clone(registry.backends)
}
