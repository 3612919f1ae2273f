package nn

import "fmt"

// Sequential is layers one after the other. The parameters of layer i are named "i.…", those of a layer made by Named by its name.
type Sequential []Layer

type named struct {
	Layer
	name string
}

// Named gives a layer of a Sequential the name under which its parameters are saved.
func Named(name string, l Layer) Layer { return named{l, name} }

// scopeName returns the name of layer i.
func (s Sequential) scopeName(i int) string {
	if n, ok := s[i].(named); ok {
		return n.name
	}
	return fmt.Sprint(i)
}

// Each calls f with every layer and its name, in order, until one fails.
func (s Sequential) Each(f func(name string, l Layer) error) error {
	for i, l := range s {
		if n, ok := l.(named); ok {
			l = n.Layer
		}
		if err := f(s.scopeName(i), l); err != nil {
			return err
		}
	}
	return nil
}

// Declare implements Layer.
func (s Sequential) Declare(p *Params, in Shape) (Shape, error) {
	for i, l := range s {
		var err error
		if in, err = p.declare(s.scopeName(i), l, in); err != nil {
			return in, err
		}
	}
	return in, nil
}

// Plan implements Layer.
func (s Sequential) Plan(p *Plan, x Flow) (Pass, error) {
	pass := sequentialPass{in: x}
	for i, l := range s {
		q, err := l.Plan(p.Scope(s.scopeName(i)), x)
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", s.scopeName(i), err)
		}
		pass.each = append(pass.each, q)
		x = q.Out()
	}
	return pass, nil
}

type sequentialPass struct {
	in   Flow
	each []Pass
}

func (s sequentialPass) Out() Flow {
	if len(s.each) == 0 {
		return s.in
	}
	return s.each[len(s.each)-1].Out()
}

func (s sequentialPass) Forward(r *Record) {
	for _, p := range s.each {
		p.Forward(r)
	}
}

func (s sequentialPass) Backward(r *Record) {
	for i := len(s.each) - 1; i >= 0; i-- {
		s.each[i].Backward(r)
	}
}
