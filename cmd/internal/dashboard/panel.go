package dashboard

import (
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/spectral-gpu/spectral-gpu/model/axis"
)

// panel is a frame with a title around lines of text.
type panel struct {
	title string
	key   string // what the colours stand for, on the right of the title
	w, h  int    // with the frame
	body  []string
}

// inside is the room for the body.
func inside(w, h int) (int, int) { return w - 4, h - 2 }

// lines returns the panel, h lines of w cells.
func (p panel) lines() []string {
	iw, ih := inside(p.w, p.h)
	head := "─ " + p.title + " "
	tail := ""
	if p.key != "" {
		tail = " " + p.key + " ─"
	}
	if width(head)+width(tail) > p.w-2 {
		tail = ""
	}
	head = cut(head, p.w-2)
	out := []string{faint.paint("╭") + faint.paint("─ ") + strings.TrimPrefix(head, "─ ") +
		faint.paint(strings.Repeat("─", p.w-2-width(head)-width(tail))) + strings.TrimSuffix(tail, "─") + faint.paint(strings.Repeat("─", min(1, len(tail)))+"╮")}
	for i := range ih {
		line := ""
		if i < len(p.body) {
			line = cut(p.body[i], iw)
		}
		out = append(out, faint.paint("│")+" "+line+strings.Repeat(" ", max(0, iw-width(line)))+" "+faint.paint("│"))
	}
	return append(out, faint.paint("╰"+strings.Repeat("─", p.w-2)+"╯"))
}

// width is the number of cells that text takes.
func width(s string) int { return lipgloss.Width(s) }

// cut returns at most w cells of text.
func cut(s string, w int) string {
	if width(s) <= w {
		return s
	}
	if w <= 0 {
		return ""
	}
	return lipgloss.NewStyle().MaxWidth(w).Render(s)
}

// frame puts round numbers on the left of a canvas, at most so many of them and each in the row where it lies, and two labels below it.
func frame(c *canvas, y axis.Axis, most int, left, right string) []string {
	labels := map[int]string{}
	for _, t := range y.Ticks(max(1, min(c.h/3, most))) {
		row := c.row4(y.At(t.Value)) / 4
		if t.Label != "" && row >= 0 && row < c.h {
			labels[row] = fitted(t)
		}
	}
	var out []string
	for i := range c.h {
		label, tick := labels[i], "│"
		if label != "" {
			tick = "┤"
		}
		out = append(out, faint.paint(strings.Repeat(" ", labelWidth-width(label))+label+tick)+c.row(i))
	}
	gap := max(1, c.w-width(left)-width(right))
	return append(out, faint.paint(strings.Repeat(" ", labelWidth+1)+left+strings.Repeat(" ", gap)+right))
}

// canvasIn is the canvas that frame fits into a panel.
func canvasIn(w, h int) *canvas {
	iw, ih := inside(w, h)
	return newCanvas(iw-labelWidth-1, ih-1)
}

// beside joins blocks of equally many lines.
func beside(blocks ...[]string) []string {
	out := make([]string, len(blocks[0]))
	for i := range out {
		for j, b := range blocks {
			if j > 0 {
				out[i] += " "
			}
			out[i] += b[i]
		}
	}
	return out
}
