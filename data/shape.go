package data

import "fmt"

// Shape returns the Spec of a task without reading its data where length, input and output are known beforehand, as those of published
// sets are; of other tasks it is that of Open, whose errors it has. Only Name, Length, Input, Output, Stream, Metric and the sizes hold.
func Shape(name string, c Config) (Spec, error) {
	source, arg, err := find(name)
	if err != nil {
		return Spec{}, err
	}
	if source.Shape == nil {
		t, err := Open(name, c)
		if err != nil {
			return Spec{}, err
		}
		return t.Spec(), t.Close()
	}
	err = c.check(source.Options)
	var s Spec
	if err == nil {
		s, err = source.Shape(arg, c)
	}
	if err == nil {
		err = s.Check()
	}
	if err != nil {
		return Spec{}, fmt.Errorf("task %s: %w", name, err)
	}
	return s, nil
}
