package chart

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"
)

// role is what a colour is for.
type role uint8

const (
	ink     role = iota // texts
	rule                // axes and limits
	grid                // lines behind the curves
	series              // curves, by number
	muted               // raw numbers behind a curve
	fill                // bands
	filled              // the stronger ones
	surface             // what is behind everything
)

// Colours of curves, of a similar weight and told apart by people who see fewer colours (after Okabe & Ito); the page's dark ones are lighter.
var (
	light = []string{"#1f6fb4", "#d4691c", "#2a8f68", "#b5468b", "#8a6d00", "#4f5bc4", "#b23a3a", "#3f8fa8"}
	dark  = []string{"#6db3f2", "#f59b5b", "#5fcaa0", "#e58cc3", "#d9bf4a", "#a3aaf5", "#f08a8a", "#7fcfe6"}
)

// Colors is how many colours there are; more curves begin again, dashed.
func Colors() int { return len(light) }

// Variables returns the CSS declarations of the colours that SVG pictures name, for a light or a dark page.
func Variables(darkPage bool) string {
	colors, rest := light, "--ink:#1c2127;--rule:#8b939c;--grid:#e6e9ed;--surface:#ffffff;"
	if darkPage {
		colors, rest = dark, "--ink:#e4e7eb;--rule:#79828c;--grid:#2c323a;--surface:#171b21;"
	}
	var b strings.Builder
	b.WriteString(rest)
	for i, c := range colors {
		fmt.Fprintf(&b, "--c%d:%s;", i, c)
	}
	return b.String()
}

// theme says what a colour is on a kind of canvas.
type theme func(r role, number int) color.Color

// paper is the theme of pictures that stand for themselves.
func paper(r role, number int) color.Color {
	switch r {
	case ink:
		return hex("#1c2127", 255)
	case rule:
		return hex("#8b939c", 255)
	case grid:
		return hex("#e6e9ed", 255)
	case surface:
		return color.White
	}
	return hex(light[number%len(light)], map[role]uint8{series: 255, muted: 80, fill: 45, filled: 95}[r])
}

func hex(s string, alpha uint8) color.Color {
	v, _ := strconv.ParseUint(s[1:], 16, 32)
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: alpha}
}

// marker is the red part of the colours that stand for a role in an SVG picture until they are replaced: nothing else is drawn with it.
const marker = 0x0b

// stand is the theme of SVG pictures: colours that name roles.
func stand(r role, number int) color.Color {
	return color.NRGBA{R: marker, G: uint8(r), B: uint8(number % len(light)), A: 255}
}

// css says in the page's terms what a colour of stand is.
func css(r role, number int) string {
	switch r {
	case ink:
		return "var(--ink)"
	case rule:
		return "var(--rule)"
	case grid:
		return "var(--grid)"
	case surface:
		return "none"
	case series:
		return fmt.Sprintf("var(--c%d)", number)
	}
	share := map[role]int{muted: 32, fill: 18, filled: 36}[r]
	return fmt.Sprintf("color-mix(in srgb,var(--c%d) %d%%,transparent)", number, share)
}
