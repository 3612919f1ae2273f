package data

import (
	"fmt"
	"os"
	"path/filepath"
)

// DirVariable is the environment variable that names the data directory.
const DirVariable = "SPECTRAL_DATA"

// Dir returns the data directory: the given one (from --data), else the one that $SPECTRAL_DATA names, else
// spectral-gpu/data in the user's cache directory. It need not exist.
func Dir(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	if dir := os.Getenv(DirVariable); dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w: no data directory: %w; name one with --data DIR or $%s", ErrConfig, err, DirVariable)
	}
	return filepath.Join(cache, "spectral-gpu", "data"), nil
}
