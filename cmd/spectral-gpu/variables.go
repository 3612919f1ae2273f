package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// variable is an environment variable that the program heeds.
type variable struct{ name, help string }

// variables is the one table of them: --help, the manual page and the README show it.
var variables = []variable{
	{"SPECTRAL_DATA", "the data directory where --data is not given"},
	{"SPECTRAL_CPU", "the form of the CPU executor: generic (portable), avx2, avx512 or neon; else the fastest that the processor has"},
	{"SPECTRAL_VALIDATE", "1 opens every Vulkan device under the validation layer with synchronisation validation"},
	{"SPECTRAL_SYNC", "full puts a barrier before every dispatch: tells whether a wrong result is a missing barrier"},
	{"SPECTRAL_CUT", "everywhere has ranks send gradients in pieces also where little is computed meanwhile: tells whether a fault is one of pieces"},
	{"SPECTRAL_PROFILE", "a name, such as `v3d`, `adreno` or `amd-apu`, lets devices describe themselves with that device's limits and memory, where those are less (`go run ./tools/drivers`)"},
	{"SPECTRAL_FORCE_STAGING", "1 treats memory that host and device share as separate"},
	{"SPECTRAL_FORCE_NONCOHERENT", "1 treats memory that host and device share as one that has to be flushed"},
	{"SPECTRAL_VULKAN_LIBRARY", "the file of the Vulkan loader, in place of those that are looked for"},
	{"VULKAN_SDK", "on macOS, where the Vulkan SDK is"},
	{"VK_DRIVER_FILES", "manifests of the Vulkan drivers to use, in place of those that are installed; VK_ICD_FILENAMES is its older name"},
	{"XDG_CACHE_HOME", "on Linux, the folder of caches (data sets, compiled kernels, tuning); else ~/.cache"},
	{"HTTPS_PROXY", "the proxy of data fetch"},
	{"TERM", "dumb prints lines in place of the progress bar, and watch --terminal wants another"},
	{"NO_COLOR", "anything shows watch --terminal without colours"},
	{"DISPLAY", "the X11 display that windows are shown on"},
}

// printHelp is kong's help, followed where it is that of the program by the variables.
func printHelp(o kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(o, ctx); err != nil || ctx.Selected() != nil {
		return err
	}
	fmt.Fprintln(ctx.Stdout, "\nEnvironment variables:")
	for _, v := range variables {
		if _, err := fmt.Fprintf(ctx.Stdout, "  %s\n%s", v.name, folded(v.help, "      ", 80)); err != nil {
			return err
		}
	}
	return nil
}

// folded breaks a text into lines of at most so many characters, each behind the indent.
func folded(text, indent string, width int) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		switch n := utf8.RuneCountInString(word); {
		case column == 0:
			b.WriteString(indent + word)
			column = len(indent) + n
		case column+1+n > width:
			b.WriteString("\n" + indent + word)
			column = len(indent) + n
		default:
			b.WriteString(" " + word)
			column += 1 + n
		}
	}
	return b.String() + "\n"
}
