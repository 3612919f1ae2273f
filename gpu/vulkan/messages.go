//go:build cgo

package vulkan

import (
	"fmt"
	"strings"
	"sync"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// keptMessages is how many errors of the validation layer Close quotes.
const keptMessages = 8

// messages are what the validation layer and the engine had to say. They are passed on when the device's lock is not held,
// so that the receiver may use the device.
type messages struct {
	mu       sync.Mutex
	pending  []gpu.Message // to pass on
	fresh    []gpu.Message // errors that no Run has returned yet
	errors   []gpu.Message // the first errors ever
	errCount int
}

func (m *messages) add(msg gpu.Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = append(m.pending, msg)
	if msg.Severity != "error" {
		return
	}
	m.errCount++
	if len(m.errors) < keptMessages {
		m.errors = append(m.errors, msg)
	}
	if len(m.fresh) < keptMessages {
		m.fresh = append(m.fresh, msg)
	}
}

// takeFresh returns the errors since the last time as an error, nil if there are none.
func (m *messages) takeFresh() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.fresh
	m.fresh = nil
	return messagesError(list, len(list))
}

// all returns every error so far as an error, nil if there was none.
func (m *messages) all() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return messagesError(m.errors, m.errCount)
}

func messagesError(list []gpu.Message, count int) error {
	if count == 0 {
		return nil
	}
	lines := make([]string, len(list))
	for i, msg := range list {
		lines[i] = "\n  " + msg.ID + ": " + msg.Text
	}
	return &gpu.Error{Op: "vulkan", Kind: gpu.ErrValidation, Msg: fmt.Sprintf("%d messages", count) + strings.Join(lines, "")}
}

// warn says something of the engine's own.
func (d *device) warn(text string) {
	d.messages.add(gpu.Message{Severity: "warning", Text: text})
}

// collect takes over what the validation layer has said during calls on this device.
func (d *device) collect() {
	if d.vk == nil || !d.opts.Validate {
		return
	}
	for _, msg := range d.vk.TakeMessages() {
		d.messages.add(msg)
	}
}

// deliver passes messages on to Options.OnMessage. The device's lock must not be held.
func (d *device) deliver() {
	d.messages.mu.Lock()
	list := d.messages.pending
	d.messages.pending = nil
	d.messages.mu.Unlock()
	if d.opts.OnMessage == nil {
		return
	}
	for _, msg := range list {
		d.opts.OnMessage(msg)
	}
}
