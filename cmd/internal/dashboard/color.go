package dashboard

import (
	"charm.land/lipgloss/v2"
)

// color is what something is drawn in: of the terminal's own sixteen, so that its theme holds. Nothing is told by color alone.
type color uint8

const (
	plain color = iota
	faint
	blue
	orange
	green
	red
	bold
)

var styles = map[color]lipgloss.Style{
	faint:  lipgloss.NewStyle().Foreground(lipgloss.BrightBlack),
	blue:   lipgloss.NewStyle().Foreground(lipgloss.BrightBlue),
	orange: lipgloss.NewStyle().Foreground(lipgloss.BrightYellow),
	green:  lipgloss.NewStyle().Foreground(lipgloss.BrightGreen),
	red:    lipgloss.NewStyle().Foreground(lipgloss.BrightRed),
	bold:   lipgloss.NewStyle().Bold(true),
}

func (c color) paint(s string) string {
	if c == plain || s == "" {
		return s
	}
	return styles[c].Render(s)
}
