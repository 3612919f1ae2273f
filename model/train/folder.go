package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Folder is the folder of a run.
type Folder struct{ Dir string }

// Config is the run's settings, Metrics its numbers at every step, Checkpoint its last saved state, Best
// the state with the best result on the validation split, Curves its picture.
func (f Folder) Config() string     { return filepath.Join(f.Dir, "config.json") }
func (f Folder) Metrics() string    { return filepath.Join(f.Dir, "metrics.csv") }
func (f Folder) Checkpoint() string { return filepath.Join(f.Dir, "checkpoint.safetensors") }
func (f Folder) Best() string       { return filepath.Join(f.Dir, "best.safetensors") }
func (f Folder) Curves() string     { return filepath.Join(f.Dir, "curves.png") }

// GradientsFile holds the gradients through time where they are recorded.
func (f Folder) GradientsFile() string { return filepath.Join(f.Dir, "gradients.txt") }

// lockFile is locked by the process that trains in the folder.
func (f Folder) lockFile() string { return filepath.Join(f.Dir, ".lock") }

// files lists what a run writes, what says the most about it first.
func (f Folder) files() []string {
	return []string{f.Checkpoint(), f.Best(), f.Config(), f.Metrics(), f.Curves(), f.GradientsFile()}
}

// NewFolder makes a folder parent/name, or parent/name-2 and so on where there is one of that name: no two callers get the same.
func NewFolder(parent, name string) (Folder, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return Folder{}, fmt.Errorf("%w: the run folder cannot be made: %w", model.ErrConfig, err)
	}
	dir := filepath.Join(parent, name)
	for i := 2; ; i++ {
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			return Folder{Dir: dir}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return Folder{}, fmt.Errorf("%w: the run folder cannot be made: %w", model.ErrConfig, err)
		}
		dir = filepath.Join(parent, name+"-"+strconv.Itoa(i))
	}
}

// holdsRun tells whether there is a run in the folder.
func (f Folder) holdsRun() bool {
	for _, path := range []string{f.Config(), f.Checkpoint()} {
		if _, err := os.Lstat(path); err == nil {
			return true
		}
	}
	return false
}

// claim makes the folder if need be and locks it.
func (f Folder) claim(files atomicfile.FS) (*atomicfile.FileLock, error) {
	if err := files.MkdirAll(f.Dir); err != nil {
		return nil, fmt.Errorf("%w: the run folder cannot be made: %w", model.ErrConfig, err)
	}
	lock, err := atomicfile.Lock(f.lockFile())
	if errors.Is(err, atomicfile.ErrLocked) {
		return nil, fmt.Errorf("%w: the run folder %s is %w; wait for its end, or name another --out", model.ErrConfig, f.Dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the run folder %s cannot be locked: %w", model.ErrConfig, f.Dir, err)
	}
	return lock, nil
}

// sweep removes temporary files of writers that were killed. The caller holds the lock.
func (f Folder) sweep(files atomicfile.FS) error {
	for _, path := range f.files() {
		if err := atomicfile.Sweep(files, path, 0); err != nil {
			return err
		}
	}
	return nil
}

// clear removes the run in the folder: first its state, so that what is left of it can never be taken for that of another run.
func (f Folder) clear(files atomicfile.FS) error {
	for _, path := range append(f.files(), f.events()...) {
		err := files.Remove(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = files.SyncDir(f.Dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
