package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

type generateCmd struct {
	RunFolder   string  `arg:"" name:"run" help:"Folder of a run of a task of texts, or its checkpoint." type:"path"`
	Prompt      string  `help:"How the text begins; default behind a line end."`
	Length      int     `help:"Tokens to draw: characters, bytes or words." default:"500"`
	Temperature float64 `help:"Below 1 the probable becomes more so; 0 takes the most probable token each time." default:"1"`
	Top         int     `help:"Draw among this many of the most probable tokens; 0 draws among all." default:"0" placeholder:"N"`
	Seed        uint64  `help:"The same seed gives the same text on the same device." default:"1"`
	deviceFlags
}

func (c *generateCmd) Run(ctx context.Context, e *env) (err error) {
	if c.Length < 1 || !(c.Temperature >= 0) || c.Top < 0 {
		return fmt.Errorf("%w: --length %d --temperature %g --top %d; want at least 1, 0 and 0", errUsage, c.Length, c.Temperature, c.Top)
	}
	dev, err := c.open(e, gpu.TuningStored)
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	p, err := openPredictor(dev, e, c.RunFolder)
	if err != nil {
		return err
	}
	defer p.Close()
	tokens, err := p.Encoding.Tokenizer()
	if err != nil {
		return fmt.Errorf("%w: %s is no run of a task of texts: %w", errUsage, c.RunFolder, err)
	}
	prompt, err := c.tokens(tokens)
	if err != nil {
		return err
	}
	g, err := p.Generator(prompt, c.Seed)
	if err != nil {
		return err
	}
	defer g.Close()
	g.Temperature, g.Top = c.Temperature, c.Top
	return c.write(ctx, bufio.NewWriter(e.stdout), g, tokens)
}

// tokens returns those of the prompt; without one, a line end or, where the vocabulary has none, its first token.
func (c *generateCmd) tokens(t *data.Tokenizer) ([]int32, error) {
	if c.Prompt != "" {
		return t.Tokens("--prompt", []byte(c.Prompt))
	}
	if end, err := t.Tokens("", []byte("\n")); err == nil {
		return end, nil
	}
	return []int32{0}, nil
}

// write prints the prompt and what is drawn, token by token.
func (c *generateCmd) write(ctx context.Context, out *bufio.Writer, g *model.Generator, t *data.Tokenizer) error {
	added := []byte(c.Prompt)
	var last []byte // of the text, as much as tells whether a blank comes next
	for range c.Length {
		out.Write(added)
		if err := errors.Join(ctx.Err(), out.Flush()); err != nil {
			return err
		}
		if len(added) > 0 {
			last = added[len(added)-1:]
		}
		token, err := g.Next()
		if err != nil {
			return err
		}
		added = t.Append(last[:len(last):len(last)], token)[len(last):]
	}
	out.Write(added)
	out.WriteByte('\n')
	return out.Flush()
}
