package memlimit

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

const gib = 1 << 30

func TestFree(t *testing.T) {
	const (
		meminfo = "MemTotal:       25165824 kB\nMemFree:  1 kB\nMemAvailable:   20971520 kB\n" // 24 and 20 GiB
		mount2  = "29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n"
		mount1  = "31 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n33 23 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	)
	for name, c := range map[string]struct {
		files     map[string]string
		limits    []limit
		untouched int64
		want      int64
		unknown   bool
	}{
		"nothing known":  {unknown: true},
		"no groups":      {files: map[string]string{"proc/meminfo": meminfo}, want: 20 * gib},
		"promised":       {files: map[string]string{"proc/meminfo": meminfo}, untouched: 5 * gib, want: 15 * gib},
		"all promised":   {files: map[string]string{"proc/meminfo": meminfo}, untouched: 50 * gib, want: 0},
		"own limit":      {files: map[string]string{"proc/meminfo": meminfo}, limits: []limit{{4 * gib, 1 * gib}}, untouched: gib, want: 3 * gib},
		"own limit over": {files: map[string]string{"proc/meminfo": meminfo}, limits: []limit{{4 * gib, 5 * gib}}, want: 0},
		"version 2, no limit": {files: map[string]string{"proc/meminfo": meminfo, "proc/self/mountinfo": mount2, "proc/self/cgroup": "0::/\n",
			"sys/fs/cgroup/memory.max": "max\n", "sys/fs/cgroup/memory.current": "1073741824\n"}, want: 20 * gib},
		"version 2, nested, the middle one is the least": {files: map[string]string{"proc/meminfo": meminfo, "proc/self/mountinfo": mount2, "proc/self/cgroup": "0::/a/b/c\n",
			"sys/fs/cgroup/a/memory.max": "8589934592\n", "sys/fs/cgroup/a/memory.current": "0\n",
			"sys/fs/cgroup/a/b/memory.max": "4294967296\n", "sys/fs/cgroup/a/b/memory.current": "2147483648\n", "sys/fs/cgroup/a/b/memory.stat": "anon 5\ninactive_file 1073741824\n",
			"sys/fs/cgroup/a/b/c/memory.max": "max\n", "sys/fs/cgroup/a/b/c/memory.current": "2147483648\n"}, untouched: gib / 2, want: 3*gib - gib/2},
		"version 2, a namespace whose group is not the mount's": {files: map[string]string{"proc/meminfo": meminfo, "proc/self/mountinfo": "29 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
			"proc/self/cgroup": "0::/docker/x\n", "sys/fs/cgroup/memory.max": "2147483648\n", "sys/fs/cgroup/memory.current": "1073741824\n"}, want: gib},
		"version 1, nested": {files: map[string]string{"proc/meminfo": meminfo, "proc/self/mountinfo": mount1, "proc/self/cgroup": "12:cpu,cpuacct:/z\n5:memory:/x/y\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n", "sys/fs/cgroup/memory/memory.usage_in_bytes": "123\n",
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "3221225472\n", "sys/fs/cgroup/memory/x/memory.usage_in_bytes": "2147483648\n", "sys/fs/cgroup/memory/x/memory.stat": "inactive_file 7\ntotal_inactive_file 536870912\n"},
			want: gib + gib/2},
		"both versions": {files: map[string]string{"proc/meminfo": meminfo, "proc/self/mountinfo": mount1 + "40 23 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", "proc/self/cgroup": "5:memory:/\n0::/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n", "sys/fs/cgroup/memory/memory.usage_in_bytes": "0\n"}, want: gib},
	} {
		root := t.TempDir()
		for path, text := range c.files {
			path = filepath.Join(root, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		got, ok := system{root, func(system) []limit { return c.limits }}.free(c.untouched)
		if got != c.want || ok == c.unknown {
			t.Errorf("%s: %.3f GiB, %t; want %.3f GiB", name, float64(got)/gib, ok, float64(c.want)/gib)
		}
	}
}

func TestFreeHere(t *testing.T) {
	free, ok := Free(0)
	if runtime.GOOS == "linux" && (!ok || free <= 0 || free > Total()) {
		t.Errorf("%d bytes free, %t, of %d", free, ok, Total())
	}
}
