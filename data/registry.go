package data

import (
	"fmt"
	"strings"
	"sync"
)

// Source declares a task: how it is listed and how it is opened.
type Source struct {
	Name      string // without its argument, e.g. "mnist", "ucr"
	Argument  string // what stands behind the colon in the name of a task, e.g. "NAME" in ucr:NAME; "" where nothing does
	Summary   string // one line
	Set       string // the Set whose files it reads; "" where it reads none or the user's own
	Generated bool   // needs no files
	Options   []Option

	// Open opens the task. arg is what stands behind the colon, never "" where Argument is not.
	Open func(arg string, c Config) (Task, error)

	// Shape returns the specification without the data; nil where it takes the data to know it.
	Shape func(arg string, c Config) (Spec, error)
}

// title is how the task is asked for: its name, and what its argument is.
func (s Source) title() string {
	if s.Argument == "" {
		return s.Name
	}
	return s.Name + ":" + s.Argument
}

// own tells whether it reads a file of the user's.
func (s Source) own() bool { return s.Set == "" && !s.Generated }

// registry holds the tasks that Open knows, in the order in which they are shown.
var registry = struct {
	sync.Mutex
	sources []Source
}{sources: []Source{adding, copying, mnist, permutedMNIST, ptb, ptbCharacters, text, ucr, table, series}}

// Register makes a task known to Open, List and TaskNames. The error matches ErrConfig: a name that is taken, empty or
// holds a colon or blank, or nothing that opens it.
func Register(s Source) error {
	registry.Lock()
	defer registry.Unlock()
	if s.Name == "" || strings.ContainsAny(s.Name, ": \t\r\n") || s.Open == nil {
		return fmt.Errorf("%w: a task registered as %q; it needs a name without colon or blank, and a function that opens it", ErrConfig, s.Name)
	}
	for _, other := range registry.sources {
		if other.Name == s.Name {
			return fmt.Errorf("%w: a task %q is registered already", ErrConfig, s.Name)
		}
	}
	registry.sources = append(registry.sources, s)
	return nil
}

// sources returns the tasks that Open knows.
func sources() []Source {
	registry.Lock()
	defer registry.Unlock()
	return registry.sources[:len(registry.sources):len(registry.sources)]
}

// TaskNames lists the names that Open knows, with what an argument is for those that take one: "ucr:NAME".
func TaskNames() []string {
	var all []string
	for _, s := range sources() {
		all = append(all, s.title())
	}
	return all
}

// find splits the name of a task and finds what declares it. The error matches ErrUnknownTask.
func find(task string) (s Source, arg string, err error) {
	name, arg, hasArg := strings.Cut(task, ":")
	for _, s := range sources() {
		switch {
		case s.Name != name:
		case s.Argument == "" && hasArg:
			return s, "", fmt.Errorf("%w %q; %s takes nothing behind a colon", ErrUnknownTask, task, name)
		case s.Argument != "" && arg == "":
			return s, "", fmt.Errorf("%w %q; it needs an argument: %s", ErrUnknownTask, task, s.title())
		default:
			return s, arg, nil
		}
	}
	return Source{}, "", fmt.Errorf("%w %q; the tasks are %s", ErrUnknownTask, task, strings.Join(TaskNames(), ", "))
}

// ReadsOwn tells whether there is a task of this name, its argument included, that reads a file of the user's: Open is then what checks it.
func ReadsOwn(task string) bool {
	s, _, err := find(task)
	return err == nil && s.own()
}
