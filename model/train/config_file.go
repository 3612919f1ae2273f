package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// config.json is the settings as indented JSON whose last field is the SHA-256 of all bytes before that field.

// configFile is what config.json holds.
type configFile struct {
	Config
	Version string `json:"version,omitempty"` // of the program that wrote it; no setting, and compared with nothing
	SHA256  string `json:"sha256,omitempty"`  // "" in files of earlier versions
}

// sumField begins the checksum's line.
const sumField = "  \"sha256\": \""

func encodeConfig(c Config) ([]byte, error) {
	text, err := json.MarshalIndent(configFile{Config: c, Version: model.Version()}, "", "  ")
	if err != nil {
		return nil, err
	}
	covered := append(bytes.TrimSuffix(text, []byte("\n}")), ",\n"...)
	return append(covered, sumLine(covered)...), nil
}

// sumLine is the end of a file that begins with covered.
func sumLine(covered []byte) string {
	sum := sha256.Sum256(covered)
	return sumField + hex.EncodeToString(sum[:]) + "\"\n}\n"
}

// decodeConfig reads the content of a config.json. It refuses unknown fields and what the checksum contradicts. warning is "" unless
// there is no checksum.
func decodeConfig(content []byte) (c Config, warning string, err error) {
	var file configFile
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return Config{}, "", err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Config{}, "", errors.New("something follows the settings")
	}
	if err := file.Check(); err != nil {
		return Config{}, "", err
	}
	at := bytes.LastIndex(content, []byte(sumField))
	if file.SHA256 == "" && at < 0 {
		return file.Config, "has no checksum, as in earlier versions: damage to it would not be noticed", nil
	}
	if at < 0 || string(content[at:]) != sumLine(content[:at]) {
		return Config{}, "", errors.New("it was changed or damaged: its last line is not the SHA-256 of what is before it. " +
			"The settings of a run stay as they are; its length alone can be raised, by --resume --steps or --epochs")
	}
	return file.Config, "", nil
}

// writeConfig writes the settings of a run that begins or goes on.
func (f Folder) writeConfig(files atomicfile.FS, c Config) error {
	content, err := encodeConfig(c)
	if err != nil {
		return err
	}
	return atomicfile.Write(files, f.Config(), atomicfile.Bytes(content), nil)
}

// ReadConfig returns the settings of the run in the folder. Errors: model.ErrConfig, or those of the file system.
func (f Folder) ReadConfig() (Config, error) {
	c, _, err := f.readConfig(atomicfile.OS{})
	return c, err
}

func (f Folder) readConfig(files atomicfile.FS) (c Config, warning string, err error) {
	content, err := files.ReadFile(f.Config())
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, "", fmt.Errorf("%w: %s is no run folder: it has no config.json", model.ErrConfig, f.Dir)
	}
	if err != nil {
		return Config{}, "", err
	}
	if c, warning, err = decodeConfig(content); err != nil {
		return Config{}, "", fmt.Errorf("%w: %s: %w", model.ErrConfig, f.Config(), err)
	}
	if warning != "" {
		warning = f.Config() + " " + warning
	}
	return c, warning, nil
}

// sameRun compares settings but for the length of the run, which may be raised; the error names what differs. a and b say where the
// settings are from.
func sameRun(a string, x Config, b string, y Config) error {
	fields := func(c Config) (map[string]string, []string) {
		c.Steps, c.Epochs, c.Optimizer.Horizon = 0, 0, 0
		text, err := json.Marshal(c)
		if err != nil {
			return map[string]string{"settings": err.Error()}, []string{"settings"}
		}
		return flatten("", text)
	}
	fx, names := fields(x)
	fy, more := fields(y)
	var diffs []string
	seen := map[string]bool{}
	for _, name := range append(names, more...) {
		if !seen[name] && fx[name] != fy[name] {
			diffs = append(diffs, fmt.Sprintf("%s is %s in %s and %s in %s", name, orAbsent(fx[name]), a, orAbsent(fy[name]), b))
		}
		seen[name] = true
	}
	if diffs == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", model.ErrConfig, strings.Join(diffs, "; "))
}

func orAbsent(v string) string {
	if v == "" {
		return "absent"
	}
	return v
}

// flatten returns the fields of a JSON object by their path, and the paths in order.
func flatten(prefix string, text []byte) (map[string]string, []string) {
	fields, names := map[string]string{}, []string{}
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return map[string]string{prefix: string(text)}, []string{prefix}
	}
	for dec.More() {
		key, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			break
		}
		name, _ := key.(string)
		if prefix != "" {
			name = prefix + "." + name
		}
		inner, order := flatten(name, value)
		for _, n := range order {
			fields[n] = inner[n]
		}
		names = append(names, order...)
	}
	return fields, names
}
