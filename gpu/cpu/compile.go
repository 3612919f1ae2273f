package cpu

import (
	"fmt"
	"reflect"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// task is how one operation is carried out: phases one after another, and the same in words.
type task struct {
	phases []phase
	plan   string
	chain  *chain // of which this is the first operation
}

// forms holds the CPU form of every operation type.
var forms = map[reflect.Type]func(c *compiler, op gpu.Op) (task, error){}

// implement makes f the CPU form of operations of type O. Each operation's file calls it from init.
func implement[O gpu.Op](f func(c *compiler, op O) (task, error)) {
	forms[reflect.TypeFor[O]()] = func(c *compiler, op gpu.Op) (task, error) { return f(c, op.(O)) }
}

// compiler is what the form of an operation may use while it prepares a task.
type compiler struct {
	kernels *kernels
	threads int
	arena   *arena
	shared  *sharing // while the items of a repetition are prepared
	alone   bool     // while a chain is: one worker carries out all tiles of an item
}

// Compile implements gpu.Executor.
func (e *executor) Compile(ops []gpu.Op, opts gpu.CompileOptions) (gpu.Executable, error) {
	c := &compiler{kernels: e.kernels, threads: e.pool.threads, arena: &arena{}}
	x := &executable{exec: e, arena: c.arena}
	var err error
	if x.tasks, x.plan, err = c.tasks(ops, opts.Timestamps); err != nil {
		return nil, err
	}
	x.dispatches = working(x.tasks)
	if err := c.arena.allocate(opts.Name); err != nil {
		return nil, err
	}
	if opts.Timestamps {
		x.times = make([]time.Duration, len(ops))
	}
	return x, nil
}

// working counts the tasks that have something to do.
func working(tasks []task) (n int) {
	for _, t := range tasks {
		if len(t.phases) > 0 {
			n++
		}
	}
	return n
}

// tasks prepares the operations, and says in words how each is carried out.
func (c *compiler) tasks(ops []gpu.Op, timed bool) (tasks []task, plan []string, err error) {
	for i := 0; i < len(ops); i++ {
		op := ops[i]
		if n := c.chainLength(ops[i:]); n > 1 {
			c.arena.reset()
			list, err := c.chain(ops[i:i+n], timed)
			if err != nil {
				return nil, nil, fmt.Errorf("operation %d, %s: %w", i, op.Name(), err)
			}
			for j, t := range list {
				tasks, plan = append(tasks, t), append(plan, ops[i+j].Name()+": "+t.plan)
			}
			i += n - 1
			continue
		}
		form, ok := forms[reflect.TypeOf(op)]
		if !ok {
			return nil, nil, &gpu.Error{Op: op.Name(), Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf("the CPU executor has no form of %T", op)}
		}
		c.arena.reset()
		t, err := form(c, op)
		if err != nil {
			return nil, nil, fmt.Errorf("operation %d, %s: %w", i, op.Name(), err)
		}
		tasks, plan = append(tasks, t), append(plan, op.Name()+": "+t.plan)
	}
	return tasks, plan, nil
}

// executable implements gpu.Executable.
type executable struct {
	exec       *executor
	arena      *arena
	tasks      []task
	plan       []string
	times      []time.Duration
	dispatches int
}

// Run implements gpu.Executable.
func (x *executable) Run() error {
	x.exec.run.Lock()
	defer x.exec.run.Unlock()
	if x.exec.pool.closed.Load() {
		return &gpu.Error{Op: "run", Kind: gpu.ErrClosed, Msg: "device " + x.exec.info.Name}
	}
	for i := 0; i < len(x.tasks); i++ {
		t := &x.tasks[i]
		if x.times == nil {
			x.runTask(t)
			continue
		}
		start := time.Now()
		x.runTask(t)
		x.times[i] = time.Since(start)
		if t.chain != nil {
			t.chain.times(x.times[i:], x.exec.pool.threads)
			i += len(t.chain.ops) - 1
		}
	}
	return nil
}

func (x *executable) runTask(t *task) {
	for j := range t.phases {
		x.exec.pool.run(&t.phases[j])
	}
}

// Stats implements gpu.Executable: a run is one submission, an operation with work to do is one dispatch.
func (x *executable) Stats() gpu.Stats { return gpu.Stats{Submits: 1, Dispatches: x.dispatches} }

// Plan implements gpu.Executable.
func (x *executable) Plan() []string { return x.plan }

// Scratch returns the bytes of the program's scratch memory.
func (x *executable) Scratch() int64 { return 4 * int64(x.arena.most) }

// Times implements gpu.Executable.
func (x *executable) Times() []time.Duration { return x.times }

// Close implements gpu.Executable.
func (x *executable) Close() {
	x.tasks, x.arena.words = nil, nil
	promised.remove(x.arena.promise)
}
