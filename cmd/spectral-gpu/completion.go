package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/posener/complete"
	"github.com/willabides/kongplete"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/experiment"
	"github.com/spectral-gpu/spectral-gpu/model/export"
)

type completionCmd struct {
	Shell string `arg:"" optional:"" enum:"bash,zsh,fish," default:"" help:"bash, zsh or fish; default that of $$SHELL."`
}

// completionScripts make a shell ask the program how a line goes on.
var completionScripts = map[string]string{
	"bash": "complete -C %[1]s spectral-gpu\n",
	"zsh":  "autoload -U +X bashcompinit && bashcompinit\ncomplete -C %[1]s spectral-gpu\n",
	"fish": `function __complete_spectral_gpu
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct)
    and set COMP_LINE "$COMP_LINE "
    %[1]s
end
complete -f -c spectral-gpu -a "(__complete_spectral_gpu)"
`,
}

// Run prints what the shell is to read at its start.
func (c *completionCmd) Run(e *env) error {
	shell := cmp.Or(c.Shell, filepath.Base(os.Getenv("SHELL")))
	script, ok := completionScripts[shell]
	if !ok {
		return fmt.Errorf("%w: completion for the shell %q; name bash, zsh or fish", errUsage, shell)
	}
	path, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, script, "'"+strings.ReplaceAll(path, "'", `'\\''`)+"'")
	return err
}

// completing tells whether a shell asks how a line goes on: it runs the program with that line in COMP_LINE.
func completing() bool { return os.Getenv("COMP_LINE") != "" }

// completeLine answers the shell. What a flag or an argument can be is said by its tag "predictor", by its enum, or by being a path.
func completeLine(parser *kong.Kong) error {
	cmd, err := kongplete.Command(parser, kongplete.WithPredictors(map[string]complete.Predictor{
		"folder":     complete.PredictDirs("*"),
		"task":       lazily(taskWords),
		"set":        lazily(data.SetNames),
		"check":      lazily(checkWords),
		"device":     lazily(deviceWords),
		"cell":       lazily(model.Cells),
		"activation": lazily(func() []string { return upTo(model.Activations(), "[") }),
		"init":       lazily(model.Inits),
		"inputinit":  lazily(model.InputInits),
		"schedule":   lazily(model.Schedules),
		"form":       lazily(func() []string { return words(model.Forms()) }),
		"experiment": lazily(experiment.Names),
		"format":     lazily(formatNames),
		"split":      complete.PredictSet("train", "valid", "test"),
		"optimizer":  complete.PredictSet("adam", "rmsprop", "sgd"),
		"unit":       complete.PredictSet(string(data.Character), string(data.Byte), string(data.Word)),
		"normalise":  complete.PredictSet(string(data.NormaliseNone), string(data.NormaliseTrain), string(data.NormaliseSequence)),
		"missing":    complete.PredictSet(string(data.MissingRefuse), string(data.MissingPad)),
		"header":     complete.PredictSet(string(data.HeaderYes), string(data.HeaderNo)),
		"where":      complete.PredictSet(data.LastStep.String(), data.MeanOverSteps.String()),
		"place":      lazily(data.Places),
		"initial":    complete.PredictSet("zero", "learned", "noise"),
	}))
	if err != nil {
		return err
	}
	completePaths(&cmd, parser.Model.Node)
	answer := complete.New(parser.Model.Name, cmd)
	answer.Out = parser.Stdout
	answer.Complete()
	return nil
}

// completePaths lets flags and arguments that are paths and have no predictor be completed by what is there.
func completePaths(cmd *complete.Command, n *kong.Node) {
	for _, f := range n.Flags {
		if isPath(f.Value) {
			cmd.GlobalFlags["--"+f.Name] = complete.PredictFiles("*")
		}
	}
	if slices.ContainsFunc(n.Positional, isPath) {
		others := cmd.Args
		cmd.Args = complete.PredictFunc(func(a complete.Args) []string {
			if found := others.Predict(a); len(found) > 0 {
				return found
			}
			return complete.PredictFiles("*").Predict(a)
		})
	}
	for _, child := range n.Children {
		sub := cmd.Sub[child.Name]
		completePaths(&sub, child)
		cmd.Sub[child.Name] = sub
	}
}

func isPath(v *kong.Value) bool {
	return strings.HasSuffix(v.Tag.Type, "path") && !v.Tag.Has("predictor") || v.Tag.Type == "existingfile"
}

func lazily(list func() []string) complete.Predictor {
	return complete.PredictFunc(func(complete.Args) []string { return list() })
}

// checkWords are the names of sets, and of tasks that read a file of the user's, up to the colon.
func checkWords() []string {
	return append(data.SetNames(), slices.DeleteFunc(taskWords(), func(name string) bool { return !data.ReadsOwn(name + "x") })...)
}

// taskWords are the names of tasks, those with an argument up to the colon.
func taskWords() []string {
	names := data.TaskNames()
	for i, name := range names {
		if before, _, ok := strings.Cut(name, ":"); ok {
			names[i] = before + ":"
		}
	}
	return names
}

// deviceWords are what --device takes without blanks.
func deviceWords() []string {
	out := []string{"auto", "cpu"}
	for _, d := range gpu.List().Devices {
		if d.Executor == "vulkan" {
			return append(out, "vulkan")
		}
	}
	return out
}

// upTo cuts what follows a mark off each word.
func upTo(list []string, mark string) []string {
	for i, w := range list {
		list[i], _, _ = strings.Cut(w, mark)
	}
	return list
}

func formatNames() []string {
	var out []string
	for _, f := range export.Formats() {
		out = append(out, f.Name)
	}
	return out
}

func words[T ~string](list []T) []string {
	var out []string
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}
