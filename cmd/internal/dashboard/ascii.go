package dashboard

import "strings"

// replacements are characters of the screen that a terminal without Unicode lacks, each with one that takes as much room.
var replacements = map[rune]rune{
	'╭': '+', '╮': '+', '╰': '+', '╯': '+', '─': '-', '│': '|', '┤': '|', '┊': ':', '╌': '-',
	'▁': '.', '▂': '.', '▃': '-', '▄': '=', '▅': '=', '▆': '%', '▇': '%', '█': '#', '░': '.', '▒': '+', '▓': '%',
	'σ': 's', '‖': '|', '…': '.', '·': '-', '−': '-', '×': 'x', '●': 'o',
}

// toASCII replaces what is not ASCII.
func toASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 {
			return r
		}
		if r > 0x2800 && r <= 0x28ff {
			return '*'
		}
		if a, ok := replacements[r]; ok {
			return a
		}
		return '?'
	}, s)
}
