//go:build window && cgo

package livewindow

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"
	"unsafe"

	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/spectral-gpu/spectral-gpu/cmd/internal/picture"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/canvas"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// The window system wants all its calls from the thread that the program began with: main stays on it.
func init() { runtime.LockOSThread() }

// calls are those for that thread.
var calls = make(chan func())

// Main runs f in a goroutine of its own while the calling one, which is main's, serves windows. It returns what f does.
func Main(f func() int) int {
	done := make(chan int, 1)
	go func() { done <- f() }()
	for {
		select {
		case call := <-calls:
			call()
		case code := <-done:
			return code
		}
	}
}

// onMain runs f in the goroutine of Main, and waits.
func onMain(f func()) {
	done := make(chan struct{})
	calls <- func() {
		defer close(done)
		f()
	}
	<-done
}

// Times of the window: between two looks at the run, between two pictures where nothing is new but the time, between two pictures at the most
// where drawing is slow, and how long a message stays.
const (
	interval = 250 * time.Millisecond
	refresh  = time.Second
	slowest  = 2 * time.Second
	tells    = 6 * time.Second
)

// ErrNoWindow means that no window can be shown here. It is a gpu.ErrNoDevice.
var ErrNoWindow error = noWindow{}

type noWindow struct{}

func (noWindow) Error() string { return "no window" }
func (noWindow) Unwrap() error { return gpu.ErrNoDevice }

// Source is what is shown: a watch.Watcher.
type Source interface {
	Poll()
	Board() *watch.Board
}

// window is an open window.
type window struct {
	src     Source
	glfw    *glfw.Window
	canvas  *canvas.Canvas
	painter picture.Painter

	view  picture.View
	told  time.Time // when the message came
	dirty bool      // there is something new to draw
	known [3]int64  // how far the board was when that was found out
	drawn time.Time
	step  int64         // of the last picture
	took  time.Duration // for the last picture
	shown func(*window) // of tests: called after every picture; may be nil
}

// Usable tells why there can be no window, as far as that is known beforehand. Its error is ErrNoWindow.
func Usable() error {
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" {
		return fmt.Errorf("%w: there is no display (DISPLAY is not set); over ssh, 'watch RUN --terminal' shows the same", ErrNoWindow)
	}
	return nil
}

// Run shows src until its user closes the window or ctx ends; Main has to be under way. Errors: ErrNoWindow where there is no display or no
// swapchain, and what the validation layer says where it is on.
func Run(ctx context.Context, src Source) (err error) {
	onMain(func() { err = run(ctx, src, nil) })
	return err
}

func run(ctx context.Context, src Source, shown func(*window)) (err error) {
	if err := Usable(); err != nil {
		return err
	}
	w := &window{src: src, shown: shown, dirty: true}
	done, err := w.open()
	defer func() { err = errors.Join(err, done()) }()
	if err != nil {
		return err
	}
	return w.loop(ctx)
}

// open makes the window, its surface and its canvas; done takes back what there is of them.
func (w *window) open() (done func() error, err error) {
	done = func() error { return nil }
	defer func() { // the library panics where it was not initialised, as with a display that is not there
		if e := recover(); e != nil {
			err = fmt.Errorf("%w: display %q: %v; 'watch RUN --terminal' shows the same", ErrNoWindow, os.Getenv("DISPLAY"), e)
		}
	}()
	if err := glfw.Init(); err != nil {
		return done, fmt.Errorf("%w: %w", ErrNoWindow, err)
	}
	glfw.WindowHint(glfw.ClientAPI, glfw.NoAPI)
	if w.glfw, err = glfw.CreateWindow(1280, 800, "spectral-gpu · "+filepath.Base(w.src.Board().Dir), nil, nil); err != nil {
		return done, fmt.Errorf("%w: %w", ErrNoWindow, err)
	}
	done = func() error {
		w.glfw.Destroy()
		glfw.Terminate()
		return nil
	}
	inst, err := canvas.Instance()
	if err != nil {
		return done, fmt.Errorf("%w: %w", ErrNoWindow, err)
	}
	surface, err := surfaceOf(w.glfw, inst)
	if err != nil {
		return done, fmt.Errorf("%w: Vulkan cannot draw in windows of this display: %w", ErrNoWindow, err)
	}
	bare := done
	done = func() error {
		inst.DestroySurface(surface)
		return bare()
	}
	if w.canvas, err = canvas.Open(inst, surface); err != nil {
		return done, fmt.Errorf("%w: %w", ErrNoWindow, err)
	}
	closed := done
	done = func() error { return errors.Join(w.canvas.Close(), closed()) }
	w.glfw.SetKeyCallback(func(_ *glfw.Window, key glfw.Key, _ int, action glfw.Action, _ glfw.ModifierKey) {
		if action == glfw.Press {
			w.key(key)
		}
	})
	w.glfw.SetFramebufferSizeCallback(func(*glfw.Window, int, int) {
		w.canvas.Resized()
		w.dirty = true
	})
	w.glfw.SetRefreshCallback(func(*glfw.Window) { w.dirty = true })
	return done, nil
}

// surfaceOf makes the window's surface.
func surfaceOf(w *glfw.Window, inst *platform.Instance) (platform.Handle, error) {
	// What comes back is the address, as a number, of a variable that nothing refers to any more: no collection until it has been read.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	address, err := w.CreateWindowSurface((*byte)(inst.Pointer()), nil)
	if err != nil {
		return 0, err
	}
	return platform.Handle(**(**uint64)(unsafe.Pointer(&address))), nil
}

// key does what a key stands for.
func (w *window) key(key glfw.Key) {
	switch key {
	case glfw.KeySpace, glfw.KeyP:
		w.view.Paused, w.dirty = !w.view.Paused, true
	case glfw.KeyS:
		path, err := w.save()
		if err != nil {
			w.tell("not saved: " + err.Error())
		} else {
			w.tell("saved as " + path)
		}
	case glfw.KeyQ, glfw.KeyEscape:
		w.glfw.SetShouldClose(true)
	}
}

func (w *window) tell(message string) { w.view.Message, w.told, w.dirty = message, time.Now(), true }

// save writes what the window shows into the run's folder.
func (w *window) save() (string, error) {
	path := filepath.Join(w.src.Board().Dir, fmt.Sprintf("window-%d.png", w.step))
	img := w.canvas.Image()
	if img.Rect.Empty() {
		return "", errors.New("there is no picture yet")
	}
	return path, writePNG(path, img)
}

func writePNG(path string, img image.Image) error {
	return atomicfile.Write(atomicfile.OS{}, path, func(out io.Writer) error { return png.Encode(out, img) }, nil)
}

// loop looks at the run and draws, until the window is closed or ctx ends.
func (w *window) loop(ctx context.Context) error {
	looked := time.Time{}
	for !w.glfw.ShouldClose() && ctx.Err() == nil {
		now := time.Now()
		if !w.view.Paused && now.Sub(looked) >= interval {
			looked = now
			w.look(now)
		}
		if w.view.Message != "" && now.Sub(w.told) > tells {
			w.view.Message, w.dirty = "", true
		}
		if w.dirty {
			if err := w.draw(); err != nil {
				return err
			}
		}
		glfw.WaitEventsTimeout(interval.Seconds() / 4)
	}
	return nil
}

// look asks for what is new. Pictures of it take a quarter of the time at most where they take less than a second, for a device that draws
// slowly is the processor that trains.
func (w *window) look(now time.Time) {
	w.src.Poll()
	b := w.src.Board()
	w.view.Now = now
	if now.Sub(w.drawn) < min(3*w.took, slowest) {
		return
	}
	is := [3]int64{b.Step, b.Saved, int64(len(b.Gradients) + len(b.Evals))}
	w.dirty = w.dirty || is != w.known || now.Sub(w.drawn) > refresh
	w.known = is
}

// draw shows the board. A hidden window shows nothing until it is no longer.
func (w *window) draw() error {
	start := time.Now()
	width, height, err := w.canvas.Size(w.glfw.GetFramebufferSize())
	if err != nil || width == 0 || height == 0 {
		return err
	}
	scale, _ := w.glfw.GetContentScale()
	w.view.Width, w.view.Height, w.view.Scale = width, height, float64(scale)
	scene, err := w.painter.Draw(w.src.Board(), w.view)
	if err != nil {
		return err
	}
	shown, err := w.canvas.Present(scene)
	if err != nil || !shown {
		return err
	}
	w.dirty, w.drawn, w.took, w.step = false, time.Now(), time.Since(start), w.src.Board().Step
	if w.shown != nil {
		w.shown(w)
	}
	return nil
}
