package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/internal/atomicfile"
)

// Folder is the folder of a run.
type Folder struct{ Dir string }

// Config is the run's settings, Metrics its numbers at every step, Checkpoint its last saved state, Curves its picture.
func (f Folder) Config() string     { return filepath.Join(f.Dir, "config.json") }
func (f Folder) Metrics() string    { return filepath.Join(f.Dir, "metrics.csv") }
func (f Folder) Checkpoint() string { return filepath.Join(f.Dir, "checkpoint.safetensors") }
func (f Folder) Curves() string     { return filepath.Join(f.Dir, "curves.png") }

// Create makes the folder. A folder that holds a run already is refused unless overwrite is set. Errors: model.ErrConfig, or those
// of the file system.
func (f Folder) Create(overwrite bool) error {
	if _, err := os.Stat(f.Config()); err == nil && !overwrite {
		return fmt.Errorf("%w: %s holds a run already; go on with --resume, replace it with --overwrite, or name another --out", model.ErrConfig, f.Dir)
	}
	if err := os.MkdirAll(f.Dir, 0o755); err != nil {
		return fmt.Errorf("%w: the run folder cannot be made: %w", model.ErrConfig, err)
	}
	probe, err := os.CreateTemp(f.Dir, ".probe-*")
	if err != nil {
		return fmt.Errorf("%w: the run folder %s cannot be written: %w", model.ErrConfig, f.Dir, err)
	}
	probe.Close()
	return os.Remove(probe.Name())
}

// start writes the settings of a run that begins or goes on.
func (f Folder) start(c Config) error {
	return atomicfile.Write(f.Config(), func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(c)
	})
}

// ReadConfig returns the settings of the run in the folder.
func (f Folder) ReadConfig() (Config, error) {
	raw, err := os.ReadFile(f.Config())
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf("%w: %s is no run folder: it has no config.json", model.ErrConfig, f.Dir)
	}
	if err != nil {
		return Config{}, err
	}
	var c Config
	if err := json.Unmarshal(raw, &c); err != nil {
		return Config{}, fmt.Errorf("%w: %s: %w", model.ErrConfig, f.Config(), err)
	}
	return c, nil
}
