package data

import "fmt"

// Open opens the named task, whose name may carry an argument behind a colon. Errors match ErrUnknownTask, ErrConfig,
// ErrNotFound (its files are not where they should be) or ErrCorrupt (they are, but cannot be used).
func Open(name string, c Config) (Task, error) {
	source, arg, err := find(name)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (Task, error) { return nil, fmt.Errorf("task %s: %w", name, err) }
	if err := c.check(source.Options); err != nil {
		return fail(err)
	}
	t, err := source.Open(arg, c)
	if err != nil {
		return fail(err)
	}
	if err := t.Spec().Check(); err != nil {
		t.Close()
		return fail(err)
	}
	return t, nil
}
