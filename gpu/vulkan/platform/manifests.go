//go:build cgo

package platform

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// driverReport says which driver manifests (ICD files) the Vulkan loader finds. For people who wonder why their device is not listed.
func driverReport() []string {
	if runtime.GOOS == "windows" && manifestVariable() == "" {
		return []string{`drivers are those in the registry under HKLM\SOFTWARE\Khronos\Vulkan\Drivers and of the display adapters`}
	}
	var report []string
	for _, m := range manifests() {
		report = append(report, m.text())
	}
	if len(report) == 0 {
		return []string{"no driver manifest (*.json) in " + strings.Join(manifestDirs(), ", ") +
			": install your GPU's Vulkan driver (Debian: mesa-vulkan-drivers)"}
	}
	return report
}

// badManifests describes the manifests that are there and cannot be read as such.
func badManifests() []string {
	var bad []string
	for _, m := range manifests() {
		if m.err != nil && !errors.Is(m.err, fs.ErrNotExist) {
			bad = append(bad, m.file+": "+m.err.Error())
		}
	}
	return bad
}

// manifest is a file that names a driver, or why it does not.
type manifest struct {
	file, named  string // named: by which variable, "" where it was found
	library, api string
	err          error
}

func (m manifest) text() string {
	prefix := m.file + ": "
	if m.named != "" {
		prefix = m.named + " names " + prefix
	}
	switch {
	case errors.Is(m.err, fs.ErrNotExist):
		return prefix + "not there"
	case m.err != nil:
		return prefix + m.err.Error()
	}
	return prefix + "driver " + m.library + ", Vulkan " + m.api
}

// manifestVariable is the variable that names manifests instead of everything else, "" for none.
func manifestVariable() string {
	for _, name := range []string{"VK_DRIVER_FILES", "VK_ICD_FILENAMES"} {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}

// manifests reads the driver manifests that the Vulkan loader reads, by its own rules: the files or folders that VK_DRIVER_FILES or
// VK_ICD_FILENAMES name, or vulkan/icd.d in the system's and the user's folders.
func manifests() []manifest {
	named := manifestVariable()
	paths := manifestDirs()
	if named != "" {
		paths = filepath.SplitList(os.Getenv(named))
	}
	var list []manifest
	for _, p := range paths {
		files := []string{p}
		st, err := os.Stat(p)
		switch {
		case err != nil && named == "":
			continue
		case err == nil && st.IsDir():
			files, _ = filepath.Glob(filepath.Join(p, "*.json"))
		}
		for _, f := range files {
			m := manifest{file: f, named: named}
			content, err := os.ReadFile(f)
			if m.err = err; err == nil {
				m.library, m.api, m.err = decodeManifest(content)
			}
			list = append(list, m)
		}
	}
	return list
}

// decodeManifest returns the library that a manifest names and the version of Vulkan.
func decodeManifest(content []byte) (library, api string, err error) {
	var m struct {
		ICD struct {
			Library string `json:"library_path"`
			API     string `json:"api_version"`
		}
	}
	if err := json.Unmarshal(content, &m); err != nil {
		return "", "", fmt.Errorf("not a manifest: %w", err)
	}
	if m.ICD.Library == "" {
		return "", "", errors.New("not a manifest: it names no library (ICD.library_path)")
	}
	return m.ICD.Library, m.ICD.API, nil
}

// manifestDirs are the folders that the loader searches.
func manifestDirs() []string {
	home, _ := os.UserHomeDir()
	config := filepath.SplitList(envOr("XDG_CONFIG_HOME", filepath.Join(home, ".config")))
	config = append(config, filepath.SplitList(envOr("XDG_CONFIG_DIRS", "/etc/xdg"))...)
	config = append(config, "/etc")
	config = append(config, filepath.SplitList(envOr("XDG_DATA_HOME", filepath.Join(home, ".local/share")))...)
	config = append(config, filepath.SplitList(envOr("XDG_DATA_DIRS", "/usr/local/share:/usr/share"))...)
	if runtime.GOOS == "darwin" {
		config = append(config, "/opt/homebrew/etc", "/opt/homebrew/share", "/usr/local/etc")
	}
	var dirs []string
	for _, c := range config {
		if d := filepath.Join(c, "vulkan/icd.d"); !slices.Contains(dirs, d) {
			dirs = append(dirs, d)
		}
	}
	return dirs
}

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}
