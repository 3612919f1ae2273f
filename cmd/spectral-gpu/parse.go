package main

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// newParser makes the parser of a command line. What --help prints goes to stdout; it calls exit afterwards.
func newParser(c *cli, stdout, stderr io.Writer, exit func(code int)) (*kong.Kong, error) {
	return kong.New(c, kong.Name("spectral-gpu"), kong.Writers(stdout, stderr), kong.Exit(exit),
		kong.Description(describeProgram()), vars(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Help(printHelp),
		kong.NamedMapper("path", notEmpty("path")), kong.NamedMapper("existingfile", notEmpty("existingfile")))
}

// notEmpty is kong's mapper of a kind of path, which takes "" for the current folder: here it is refused, for it stands where a variable of a
// script had no value.
func notEmpty(kind string) kong.Mapper {
	kongs := kong.NewRegistry().RegisterDefaults()
	return kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
		for _, token := range ctx.Scan.PeekAll() {
			if token.Value == "" {
				return errors.New("the path is empty; name one, or leave it out")
			}
			if target.Kind() != reflect.Slice || ctx.Value.Flag != nil || !token.IsValue() {
				break
			}
		}
		return kongs.ForNamedType(kind, target.Type()).Decode(ctx, target)
	})
}

// joinNegative makes one word of a flag and a negative number behind it, which would be read as another flag. A negative number that no
// flag asks for is refused.
func joinNegative(args []string) ([]string, error) {
	var out []string
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...), nil
		}
		_, err := strconv.ParseFloat(arg, 64)
		switch {
		case err != nil || !strings.HasPrefix(arg, "-"):
			out = append(out, arg)
		case len(out) > 0 && out[len(out)-1] == args[i-1] && strings.HasPrefix(args[i-1], "--") && !strings.Contains(args[i-1], "="):
			out[len(out)-1] += "=" + arg
		default:
			return nil, fmt.Errorf("the number %s belongs to no flag", arg)
		}
	}
	return out, nil
}

// asWord writes the value of a flag as it is given: lists and shares with commas.
func asWord(v any) string {
	switch v := reflect.ValueOf(v); v.Kind() {
	case reflect.Slice:
		words := make([]string, v.Len())
		for i := range words {
			words[i] = asWord(v.Index(i).Interface())
		}
		return listed(words)
	case reflect.Struct:
		words := make([]string, v.NumField())
		for i := range words {
			words[i] = asWord(v.Field(i).Interface())
		}
		return listed(words)
	case reflect.String:
		return listed([]string{v.String()})
	}
	return fmt.Sprint(v)
}

func listed(words []string) string {
	if text := strings.Join(words, ","); text != "" {
		return text
	}
	return "none"
}
