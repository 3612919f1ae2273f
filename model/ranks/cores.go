package ranks

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Allowed returns the list of cores that this process may run on, "" where the system does not tell.
func Allowed() string {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if list, ok := strings.CutPrefix(lines.Text(), "Cpus_allowed_list:"); ok {
			return strings.TrimSpace(list)
		}
	}
	return ""
}

// coreList reads a list such as 0-3,8; nil where it is none.
func coreList(text string) (cores []int) {
	for part := range strings.SplitSeq(text, ",") {
		low, high, ranged := strings.Cut(part, "-")
		from, err := strconv.Atoi(low)
		to := from
		if ranged && err == nil {
			to, err = strconv.Atoi(high)
		}
		if err != nil || from < 0 || to < from || to > 1<<16 {
			return nil
		}
		for c := from; c <= to; c++ {
			cores = append(cores, c)
		}
	}
	return cores
}

// online returns the cores of the machine.
func online() []int {
	text, _ := os.ReadFile("/sys/devices/system/cpu/online")
	cores := coreList(strings.TrimSpace(string(text)))
	for len(cores) == 0 || len(cores) < runtime.NumCPU() {
		cores = append(cores, len(cores))
	}
	return cores
}
