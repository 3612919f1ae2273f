// Package memlimit tells how much memory this process can still get from the system: what is free, less what the control groups above it
// (versions 1 and 2, nested ones too) and its own limits take away.
package memlimit

import (
	"math"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Free returns the bytes that this process can still get before something ends it, untouched being bytes that it has been promised but
// has not written to yet, so that they count as free everywhere else. ok is false where nothing is known.
func Free(untouched int64) (bytes int64, ok bool) { return system{"/", limits}.free(untouched) }

// Total returns the bytes of the machine's memory, 0 where that is not known.
func Total() int64 {
	total, _ := system{"/", limits}.meminfo("MemTotal:")
	return total
}

// limit is one of the process' own limits on its address space, with what it uses of it.
type limit struct{ most, used int64 }

// system is a tree of files like that of /, and the process' own limits.
type system struct {
	root   string
	limits func(s system) []limit
}

const unknown = math.MaxInt64

func (s system) free(untouched int64) (bytes int64, ok bool) {
	bytes = unknown
	if free, ok := s.meminfo("MemAvailable:"); ok {
		bytes = min(bytes, free-untouched)
	}
	for _, dir := range s.groups() {
		if free, ok := s.groupFree(dir); ok {
			bytes = min(bytes, free-untouched)
		}
	}
	for _, l := range s.limits(s) {
		bytes = min(bytes, l.most-l.used)
	}
	if bytes == unknown {
		return 0, false
	}
	return max(bytes, 0), true
}

// groups returns the folders of the control groups that limit this process' memory: its own and those above, as far as they are
// mounted.
func (s system) groups() []string {
	var dirs []string
	paths := s.groupPaths()
	for line := range strings.Lines(s.read("proc/self/mountinfo")) {
		before, after, found := strings.Cut(line, " - ")
		mount, fs := strings.Fields(before), strings.Fields(after)
		if !found || len(mount) < 5 || len(fs) < 3 {
			continue
		}
		controller := ""
		switch {
		case fs[0] == "cgroup2":
		case fs[0] == "cgroup" && contains(fs[2], "memory"):
			controller = "memory"
		default:
			continue
		}
		group, in := paths[controller]
		if !in {
			continue
		}
		inner := strings.TrimPrefix(group, strings.TrimSuffix(mount[3], "/"))
		for dir := path.Join("/", inner); ; dir = path.Dir(dir) { // Linux' paths on every system: Wine shows these files, too
			dirs = append(dirs, path.Join(mount[4], dir))
			if dir == "/" {
				break
			}
		}
	}
	return dirs
}

// groupPaths returns the control groups of this process: by "memory" that of version 1, by "" that of version 2.
func (s system) groupPaths() map[string]string {
	paths := map[string]string{}
	for line := range strings.Lines(s.read("proc/self/cgroup")) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) != 3 {
			continue
		}
		switch {
		case part[0] == "0" && part[1] == "":
			paths[""] = part[2]
		case contains(part[1], "memory"):
			paths["memory"] = part[2]
		}
	}
	return paths
}

// groupFree returns what a control group has left: memory that only caches files counts as free.
func (s system) groupFree(dir string) (int64, bool) {
	for _, names := range [][3]string{{"memory.max", "memory.current", "inactive_file"}, {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"}} {
		most, ok1 := number(s.read(filepath.Join(dir, names[0]))) // version 2 says "max" where there is no limit
		used, ok2 := number(s.read(filepath.Join(dir, names[1])))
		if !ok1 || !ok2 {
			continue
		}
		cached := int64(0)
		for line := range strings.Lines(s.read(filepath.Join(dir, "memory.stat"))) {
			if rest, found := strings.CutPrefix(line, names[2]+" "); found {
				cached, _ = number(rest)
			}
		}
		return max(most-used+min(cached, used), 0), true
	}
	return 0, false
}

// meminfo reads one value of /proc/meminfo in bytes.
func (s system) meminfo(key string) (int64, bool) {
	for line := range strings.Lines(s.read("proc/meminfo")) {
		if rest, found := strings.CutPrefix(line, key); found {
			kib, ok := number(strings.TrimSuffix(strings.TrimSpace(rest), "kB"))
			return kib * 1024, ok
		}
	}
	return 0, false
}

func (s system) read(path string) string {
	text, err := os.ReadFile(filepath.Join(s.root, path))
	if err != nil {
		return ""
	}
	return string(text)
}

func number(text string) (int64, bool) {
	v, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return v, err == nil
}

// contains tells whether a list separated by commas has an entry.
func contains(list, entry string) bool {
	for e := range strings.SplitSeq(list, ",") {
		if e == entry {
			return true
		}
	}
	return false
}
