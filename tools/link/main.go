//go:build linux

// Command link is a network between network namespaces of this machine, with a bandwidth and a delay that real ones have: for measuring how ranks train over
// networks (docs/distributed.md), on kernels that lack netem. As root:
//
//	go build -o /tmp/link ./tools/link && /tmp/link -nodes 2 -rate 1000 -delay 100us
//
// makes the namespaces rank0, rank1, …, each with the name of a host of its own, and an interface net0 of the address 10.77.0.1, 10.77.0.2, … in it, and passes
// packets between them until it is stopped; the namespaces go with it. Every node has a port that sends at most so many Mbit/s, and behind it a line that
// takes the delay. Packets are carried by this process, which needs a core for some Gbit/s.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func main() {
	nodes := flag.Int("nodes", 2, "namespaces, 2 to 200")
	rate := flag.Float64("rate", 1000, "Mbit/s that a node sends at most, headers of IP included")
	delay := flag.Duration("delay", 0, "of every packet, beside the time that sending it takes")
	mtu := flag.Int("mtu", 1500, "bytes of a packet at most")
	flag.Parse()
	if err := run(*nodes, *rate*1e6/8, *delay, *mtu); err != nil {
		fmt.Fprintln(os.Stderr, "link:", err)
		os.Exit(1)
	}
}

func run(nodes int, rate float64, delay time.Duration, mtu int) error {
	if nodes < 2 || nodes > 200 || !(rate > 0) || delay < 0 || mtu < 576 || mtu > 65535 {
		return fmt.Errorf("%d nodes, %g bytes a second, %v, packets of %d bytes; want 2 … 200 nodes, a rate above 0, a delay of 0 or more and 576 … 65535 bytes", nodes, rate, delay, mtu)
	}
	defer func() {
		for i := range nodes {
			_ = exec.Command("ip", "netns", "del", name(i)).Run()
		}
	}()
	ports := make([]*port, nodes)
	for i := range ports {
		file, err := open(i, mtu)
		if err != nil {
			return err
		}
		ports[i] = &port{file: file, rate: rate, delay: delay, arrivals: make(chan packet, 1<<14)}
	}
	for _, p := range ports {
		go p.read(ports, mtu)
		go p.write()
	}
	fmt.Println("ready")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	return nil
}

// name is that of a node's namespace.
func name(i int) string { return fmt.Sprintf("rank%d", i) }

// open makes a namespace with an interface whose packets are read from and written to the file.
func open(i, mtu int) (*os.File, error) {
	_ = exec.Command("ip", "netns", "del", name(i)).Run()
	if out, err := exec.Command("ip", "netns", "add", name(i)).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("ip netns add %s: %w: %s", name(i), err, out)
	}
	file, err := tunnel(i)
	if err != nil {
		return nil, err
	}
	for _, args := range [][]string{{"link", "set", "lo", "up"}, {"addr", "add", fmt.Sprintf("10.77.0.%d/24", i+1), "dev", "net0"},
		{"link", "set", "net0", "up", "mtu", fmt.Sprint(mtu), "txqueuelen", "1000"}} {
		if out, err := exec.Command("ip", append([]string{"-n", name(i)}, args...)...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("ip %v in %s: %w: %s", args, name(i), err, out)
		}
	}
	return file, nil
}

// tunnel opens the interface net0 in a namespace.
func tunnel(i int) (*os.File, error) {
	type result struct {
		file *os.File
		err  error
	}
	done := make(chan result)
	go func() { // on a thread that ends with it, being in another namespace
		runtime.LockOSThread()
		file, err := tunnelHere(i)
		done <- result{file, err}
	}()
	r := <-done
	return r.file, r.err
}

func tunnelHere(i int) (*os.File, error) {
	space, err := os.Open("/var/run/netns/" + name(i))
	if err != nil {
		return nil, err
	}
	defer space.Close()
	if err := unix.Setns(int(space.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("namespace %s: %w", name(i), err)
	}
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	request, err := unix.NewIfreq("net0")
	if err != nil {
		return nil, err
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TUNSETIFF, uintptr(unsafe.Pointer(request))); errno != 0 {
		return nil, fmt.Errorf("interface of %s: %w", name(i), errno)
	}
	return os.NewFile(uintptr(fd), name(i)), nil
}

// packet is on its way until a moment.
type packet struct {
	at   time.Time
	data []byte
}

// port is a node's connection.
type port struct {
	file     *os.File
	rate     float64 // bytes a second
	delay    time.Duration
	free     time.Time // when what was sent before has left
	arrivals chan packet
	heard    time.Time // when what has arrived before was there as a whole
}

// read takes packets that the node sends, at its rate, and puts them on their way.
func (p *port) read(ports []*port, mtu int) {
	buf := make([]byte, mtu+64)
	for {
		n, err := p.file.Read(buf)
		if err != nil {
			return
		}
		if n < 20 || buf[0]>>4 != 4 || buf[16] != 10 || buf[17] != 77 {
			continue // not IPv4 of this network
		}
		to := int(buf[19]) - 1
		if to < 0 || to >= len(ports) {
			continue
		}
		now := time.Now()
		if p.free.Before(now) {
			p.free = now
		}
		p.free = p.free.Add(time.Duration(float64(n) / p.rate * float64(time.Second)))
		ports[to].arrivals <- packet{p.free.Add(p.delay), append([]byte(nil), buf[:n]...)}
		// The port holds a few packets, as one of a network card does; what more the node sends waits in the queue of its interface.
		wait(p.free.Add(-queue))
	}
}

// queue is how much time a port's own packets take.
const queue = 500 * time.Microsecond

// write gives the node the packets that have arrived, those of one sender in their order, and those of all together at its rate.
func (p *port) write() {
	for k := range p.arrivals {
		p.heard = p.heard.Add(time.Duration(float64(len(k.data)) / p.rate * float64(time.Second)))
		if p.heard.Before(k.at) {
			p.heard = k.at
		}
		wait(p.heard)
		_, _ = p.file.Write(k.data)
	}
}

// wait returns at a moment: more exactly than a timer of Go's, which may be late by a millisecond.
func wait(until time.Time) {
	for d := time.Until(until); d > 0; d = time.Until(until) {
		if d > 30*time.Microsecond {
			t := unix.NsecToTimespec(int64(d - 20*time.Microsecond))
			_ = unix.Nanosleep(&t, nil)
		}
	}
}
