//go:build cgo

package platform

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// driverReport says which driver manifests (ICD files) the Vulkan loader finds, by its own rules: the files or folders that
// VK_DRIVER_FILES or VK_ICD_FILENAMES name instead of everything else, or vulkan/icd.d in the system's and the user's folders.
// For people who wonder why their device is not listed.
func driverReport() []string {
	for _, name := range []string{"VK_DRIVER_FILES", "VK_ICD_FILENAMES"} {
		if list := os.Getenv(name); list != "" {
			return manifestReport(filepath.SplitList(list), name+" names ")
		}
	}
	if runtime.GOOS == "windows" {
		return []string{`drivers are those in the registry under HKLM\SOFTWARE\Khronos\Vulkan\Drivers and of the display adapters`}
	}
	dirs := manifestDirs()
	report := manifestReport(dirs, "")
	report = slices.DeleteFunc(report, func(s string) bool { return strings.HasSuffix(s, notThere) })
	if len(report) == 0 {
		return []string{"no driver manifest (*.json) in " + strings.Join(dirs, ", ") +
			": install your GPU's Vulkan driver (Debian: mesa-vulkan-drivers)"}
	}
	return report
}

const notThere = ": not there"

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

// manifestReport describes each manifest in a list of files and folders.
func manifestReport(paths []string, prefix string) []string {
	var report []string
	for _, p := range paths {
		files := []string{p}
		if st, err := os.Stat(p); err != nil {
			report = append(report, prefix+p+notThere)
			continue
		} else if st.IsDir() {
			files, _ = filepath.Glob(filepath.Join(p, "*.json"))
		}
		for _, f := range files {
			report = append(report, prefix+f+": "+manifestText(f))
		}
	}
	return report
}

// manifestText names the library that a manifest points to.
func manifestText(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	var m struct {
		ICD struct {
			Library string `json:"library_path"`
			API     string `json:"api_version"`
		}
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return "not a manifest: " + err.Error()
	}
	return "driver " + m.ICD.Library + ", Vulkan " + m.ICD.API
}
