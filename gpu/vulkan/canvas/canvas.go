//go:build cgo

package canvas

import (
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"unsafe"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// Canvas draws scenes on a device of its own. It serves one goroutine at a time.
type Canvas struct {
	inst    *platform.Instance
	phys    *platform.Physical
	family  uint32
	dev     *platform.Device
	surface platform.Handle // 0 where nothing is shown; not its own
	chain   *platform.Swapchain
	stale   bool // the images no longer suit the window

	module, setLayout, layout, pipeline, pool, set, commands platform.Handle
	run                                                      *platform.Submission
	command                                                  platform.CommandBuffer
	fence                                                    platform.Handle
	buffers                                                  [4]buffer // by binding number

	shapes, tiles []uint32 // reused
	width, height int      // of the last scene
	swapped       bool     // its pixels begin with blue
	err           error    // of the validation layer
}

// buffer is a buffer of its own memory that the host sees.
type buffer struct {
	handle, memory platform.Handle
	mapped         unsafe.Pointer
	bytes          int64
}

// Instance returns the process' Vulkan instance, under the validation layer where SPECTRAL_VALIDATE=1 says so: what surfaces are made with.
func Instance() (*platform.Instance, error) {
	inst, _, err := platform.Open(os.Getenv("SPECTRAL_VALIDATE") == "1")
	return inst, err
}

// Open opens the best device that draws, and where there is a surface (0: none), shows images in its window. The surface stays the caller's, who
// destroys it after Close. Errors: gpu.ErrNoDevice where no device can.
func Open(inst *platform.Instance, surface platform.Handle) (*Canvas, error) {
	devices, _, err := inst.Devices()
	if err != nil {
		return nil, err
	}
	c := &Canvas{inst: inst, surface: surface, stale: true}
	if c.phys, c.family = choose(devices, surface); c.phys == nil {
		why := "no Vulkan device computes"
		if surface != 0 {
			why = "no Vulkan device that computes can show images in this window (VK_KHR_swapchain)"
		}
		return nil, &gpu.Error{Op: "open a canvas", Kind: gpu.ErrNoDevice, Msg: why}
	}
	if err := c.start(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// choose takes the device that draws fastest, and a queue family of it that computes and, where there is a surface, presents.
func choose(devices []*platform.Physical, surface platform.Handle) (best *platform.Physical, family uint32) {
	rank := map[uint32]int{2: 3, 1: 2, 3: 1} // VkPhysicalDeviceType: discrete, integrated, virtual; a software device is 0
	for _, p := range devices {
		if best != nil && rank[p.Type] <= rank[best.Type] {
			continue
		}
		for i, f := range p.Families {
			if f.Flags&platform.Compute != 0 && f.Count > 0 && (surface == 0 || p.Presents(uint32(i), surface)) {
				best, family = p, uint32(i)
				break
			}
		}
	}
	return best, family
}

// Name is the device's.
func (c *Canvas) Name() string { return c.phys.Name }

// made keeps the first failure of calls that make objects.
type made struct{ err error }

func (m *made) get(call string, f func() (platform.Handle, platform.Result)) platform.Handle {
	if m.err != nil {
		return 0
	}
	h, r := f()
	m.err = platform.Error(call, r, "")
	return h
}

func (c *Canvas) start() error {
	var r platform.Result
	if c.dev, r = platform.CreateDevice(c.phys, c.family, c.surface != 0); r != platform.Success {
		return platform.Error("vkCreateDevice", r, "%s", c.phys.Name)
	}
	k := (*shaders.Draw)(nil).Kernel()
	var m made
	c.module = m.get("vkCreateShaderModule", func() (platform.Handle, platform.Result) { return c.dev.CreateShaderModule(k.SPIRV()) })
	c.setLayout = m.get("vkCreateDescriptorSetLayout", func() (platform.Handle, platform.Result) { return c.dev.CreateSetLayout(len(k.Bindings)) })
	c.layout = m.get("vkCreatePipelineLayout", func() (platform.Handle, platform.Result) { return c.dev.CreatePipelineLayout(c.setLayout, k.PushBytes) })
	c.pipeline = m.get("vkCreateComputePipelines", func() (platform.Handle, platform.Result) {
		return c.dev.CreatePipeline(0, c.module, c.layout, nil, nil)
	})
	c.set = m.get("vkAllocateDescriptorSets", func() (platform.Handle, platform.Result) {
		pool, sets, r := c.dev.CreateSets(len(k.Bindings), []platform.Handle{c.setLayout})
		c.pool = pool
		return sets[0], r
	})
	c.commands = m.get("vkCreateCommandPool", func() (platform.Handle, platform.Result) { return c.dev.CreateCommandPool(c.family) })
	c.fence = m.get("vkCreateFence", c.dev.CreateFence)
	if m.err != nil {
		return m.err
	}
	if c.command, r = c.dev.AllocateCommandBuffer(c.commands); r != platform.Success {
		return platform.Error("vkAllocateCommandBuffers", r, "")
	}
	if c.run, r = platform.NewSubmission(0, 0, 0); r != platform.Success {
		return platform.Error("calloc", r, "")
	}
	c.run.SetObjects(c.command, c.fence, 0)
	if c.surface != 0 {
		if c.chain, r = c.dev.NewSwapchain(c.phys, c.family, c.surface); r != platform.Success {
			return platform.Error("vkCreateSwapchainKHR", r, "%s", c.phys.Name)
		}
	}
	return c.collect()
}

// collect takes the messages of the validation layer; errors among them are returned, now and by Close.
func (c *Canvas) collect() error {
	return c.report(append(c.inst.TakeMessages(), c.dev.TakeMessages()...))
}

func (c *Canvas) report(list []gpu.Message) error {
	for _, m := range list {
		if m.Severity == "error" {
			c.err = errors.Join(c.err, fmt.Errorf("validation layer: %s: %s", m.ID, m.Text))
		}
	}
	return c.err
}

// Close destroys what the canvas has made. Its error is what the validation layer has said, if anything.
func (c *Canvas) Close() error {
	if c.dev == nil {
		return c.err
	}
	if c.chain != nil {
		c.chain.Free()
	}
	for i := range c.buffers {
		c.release(&c.buffers[i])
	}
	if c.run != nil {
		c.run.Free()
	}
	for _, o := range []struct {
		kind   platform.Kind
		handle platform.Handle
	}{{platform.Fence, c.fence}, {platform.CommandPool, c.commands}, {platform.DescriptorPool, c.pool}, {platform.Pipeline, c.pipeline},
		{platform.PipelineLayout, c.layout}, {platform.SetLayout, c.setLayout}, {platform.ShaderModule, c.module}} {
		if o.handle != 0 {
			c.dev.Destroy(o.kind, o.handle)
		}
	}
	_ = c.collect()
	last := c.dev.Close()
	c.dev = nil
	return c.report(last)
}

func (c *Canvas) release(b *buffer) {
	if b.handle != 0 {
		c.dev.Destroy(platform.Buffer, b.handle)
	}
	if b.memory != 0 {
		c.dev.Destroy(platform.Memory, b.memory) // unmaps
	}
	*b = buffer{}
}

// hold makes a buffer large enough for bytes; what it held may be lost.
func (c *Canvas) hold(b *buffer, bytes int64) error {
	if b.bytes > 0 && bytes <= b.bytes {
		return nil
	}
	c.release(b)
	size := (max(bytes, 4096)*5/4 + 255) / 256 * 256 // some where there is nothing: a binding needs a buffer
	var needs platform.Needs
	var r platform.Result
	if b.handle, needs, r = c.dev.CreateBuffer(size); r != platform.Success {
		return platform.Error("vkCreateBuffer", r, "%d bytes", size)
	}
	kind, ok := c.memory(needs.TypeBits)
	if !ok {
		return &gpu.Error{Op: "open a canvas", Kind: gpu.ErrUnsupported, Msg: "no memory that host and device both see"}
	}
	if b.memory, r = c.dev.AllocateMemory(needs.Size, kind); r != platform.Success {
		return platform.Error("vkAllocateMemory", r, "%d bytes", needs.Size)
	}
	if r = c.dev.BindBuffer(b.handle, b.memory); r != platform.Success {
		return platform.Error("vkBindBufferMemory", r, "")
	}
	if b.mapped, r = c.dev.Map(b.memory); r != platform.Success {
		return platform.Error("vkMapMemory", r, "")
	}
	b.bytes = size
	return nil
}

// memory chooses a type that the host sees without flushing; every device has one. The host reads some of it: cached is better.
func (c *Canvas) memory(typeBits uint32) (kind uint32, ok bool) {
	const need = platform.HostVisible | platform.HostCoherent
	for _, also := range []uint32{platform.HostCached, 0} {
		for i, t := range c.phys.Memory {
			if typeBits>>i&1 != 0 && t.Flags&(need|also) == need|also {
				return uint32(i), true
			}
		}
	}
	return 0, false
}

// words is the first n words of a buffer.
func (b *buffer) words(n int) []uint32 { return unsafe.Slice((*uint32)(b.mapped), n) }

// Draw draws a scene; Image returns it.
func (c *Canvas) Draw(s *Scene) error { return c.draw(s, false) }

func (c *Canvas) draw(s *Scene, blueFirst bool) error {
	if s.Width < 1 || s.Height < 1 || s.Width > 1<<14 || s.Height > 1<<14 {
		return &gpu.Error{Op: "draw", Kind: gpu.ErrShape, Msg: fmt.Sprintf("a picture of %d × %d pixels; want 1 to %d each way", s.Width, s.Height, 1<<14)}
	}
	c.shapes, c.tiles = s.words(c.shapes[:0]), s.bin(c.tiles[:0])
	c.width, c.height, c.swapped = s.Width, s.Height, blueFirst
	for i, words := range []int{len(c.shapes), len(c.tiles), len(s.data), s.Width * s.Height} {
		if err := c.hold(&c.buffers[i], 4*int64(words)); err != nil {
			return err
		}
	}
	copy(c.buffers[0].words(len(c.shapes)), c.shapes)
	copy(c.buffers[1].words(len(c.tiles)), c.tiles)
	for i, v := range s.data {
		c.buffers[2].words(len(s.data))[i] = math.Float32bits(v)
	}
	if err := c.record(s); err != nil {
		return err
	}
	if r := c.dev.Run(c.run); r != platform.Success {
		return platform.Error(c.run.Failed(), r, "%s", c.phys.Name)
	}
	return c.collect()
}

// record writes the commands of a scene.
func (c *Canvas) record(s *Scene) error {
	var list []platform.Descriptor
	for i, b := range c.buffers {
		list = append(list, platform.Descriptor{Set: c.set, Buffer: b.handle, Size: b.bytes, Binding: i})
	}
	c.dev.WriteDescriptors(list)
	across, down := s.tiles()
	k := shaders.Draw{Push: shaders.DrawPush{Width: uint32(s.Width), Height: uint32(s.Height), TilesX: uint32(across), Background: uint32(s.Background)}}
	if c.swapped {
		k.Push.Swap = 1
	}
	d := k.Dispatch(uint32(across), uint32(down), 1)
	var l platform.Commands
	l.Dispatch(c.pipeline, c.layout, c.set, d.Push, d.Groups)
	l.Barrier(platform.KernelsWrite, platform.HostReads)
	return platform.Error("vkEndCommandBuffer", c.dev.Record(c.run, &l, true), "")
}

// Image returns the scene that was drawn last.
func (c *Canvas) Image() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, c.width, c.height))
	for i, w := range c.buffers[3].words(c.width * c.height) {
		r, g, b := byte(w), byte(w>>8), byte(w>>16)
		if c.swapped {
			r, b = b, r
		}
		copy(img.Pix[4*i:], []byte{r, g, b, 255})
	}
	return img
}

// Size is how large a scene has to be for Present, 0 × 0 while the window is hidden; width and height are the window's own idea of it in pixels,
// which counts where the window system has none.
func (c *Canvas) Size(width, height int) (int, int, error) {
	if c.stale {
		if r := c.chain.Build(width, height); r != platform.Success {
			return 0, 0, platform.Error("vkCreateSwapchainKHR", r, "%s", c.phys.Name)
		}
		c.stale = false
	}
	w, h, _ := c.chain.Size()
	c.stale = w == 0 || h == 0
	return w, h, c.collect()
}

// Resized says that the window has another size.
func (c *Canvas) Resized() { c.stale = true }

// Present draws a scene of Size and shows it. shown is false where the window system took no image, or one of another size: try again.
func (c *Canvas) Present(s *Scene) (shown bool, err error) {
	w, h, blue := c.chain.Size()
	if s.Width != w || s.Height != h {
		c.stale = true
		return false, nil
	}
	if err := c.draw(s, blue); err != nil {
		return false, err
	}
	switch r := c.chain.Present(c.buffers[3].handle); r {
	case platform.Success:
		return true, c.collect()
	case platform.Suboptimal:
		c.stale = true
		return true, c.collect()
	case platform.NotReady, platform.Timeout:
		return false, c.collect()
	case platform.OutOfDate:
		c.stale = true
		return false, c.collect()
	default:
		return false, platform.Error("vkQueuePresentKHR", r, "%s", c.phys.Name)
	}
}
