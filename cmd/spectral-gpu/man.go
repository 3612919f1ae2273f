package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/spectral-gpu/spectral-gpu/model"
)

type manCmd struct{}

// Run prints the manual page that the help is made of, as man reads it.
func (c *manCmd) Run(e *env, k *kong.Context) error {
	p := &page{out: bufio.NewWriter(e.stdout)}
	p.write(k.Model)
	return p.out.Flush()
}

// page writes a manual page with the macros of man(7).
type page struct{ out *bufio.Writer }

// line writes a macro with its arguments.
func (p *page) line(macro string, args ...string) {
	p.out.WriteString(macro)
	for _, a := range args {
		fmt.Fprintf(p.out, " \"%s\"", strings.ReplaceAll(escaped(a), `"`, `\(dq`))
	}
	p.out.WriteByte('\n')
}

// text writes a paragraph.
func (p *page) text(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			p.line(".PP")
			continue
		}
		io.WriteString(p.out, escaped(line)+"\n")
	}
}

// escaped keeps what roff would read as its own.
func escaped(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

func (p *page) write(app *kong.Application) {
	p.line(".TH", "SPECTRAL-GPU", "1", "", "spectral-gpu "+model.Version(), "User commands")
	p.line(".SH", "NAME")
	p.text("spectral-gpu - train and run spectral recurrent networks")
	p.line(".SH", "SYNOPSIS")
	p.text("spectral-gpu COMMAND [ARGUMENTS] [FLAGS]")
	p.line(".SH", "DESCRIPTION")
	p.text(app.Help)
	p.line(".SH", "COMMANDS")
	for _, leaf := range app.Leaves(true) {
		p.command(leaf)
	}
	p.line(".SH", "ENVIRONMENT")
	for _, v := range variables {
		p.item(v.name, v.help)
	}
}

// command describes one that takes arguments: those of a group have its name before theirs.
func (p *page) command(n *kong.Node) {
	p.line(".SS", n.FullPath()+arguments(n))
	p.text(n.Help)
	for _, a := range n.Positional {
		p.item(a.Summary(), a.Help)
	}
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			if f.Name != "help" {
				p.item(flagTitle(f), flagHelp(f))
			}
		}
	}
}

func arguments(n *kong.Node) (text string) {
	for _, a := range n.Positional {
		text += " " + a.Summary()
	}
	return text
}

func (p *page) item(title, help string) {
	p.line(".TP")
	p.line(".B", title)
	p.text(cmp.Or(help, title))
}

func flagTitle(f *kong.Flag) string {
	name := "--" + f.Name
	if f.Tag.Negatable != "" {
		name = "--[no-]" + f.Name
	}
	if f.IsBool() {
		return name
	}
	return name + "=" + strings.Trim(f.FormatPlaceHolder(), `"`)
}

func flagHelp(f *kong.Flag) string {
	text := f.Help
	if f.HasDefault && f.Default != "" && !f.IsBool() {
		text += " Default: " + f.Default + "."
	}
	return text
}
