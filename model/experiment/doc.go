// Package experiment runs experiments that are files: settings of runs, what varies among them, what they are to show, and what others have
// published. An Experiment (Load, Read) has Variants; Run trains each with every seed in a folder of its own, several beside each other, and goes
// on where it was stopped; the Report that it returns has the numbers, the Claims with whether they held, and writes itself as a table or as HTML.
//
// A file is TOML; a key that is not described here is an error:
//
//	title, about   texts
//	seeds          runs of every variant, with the seeds 1, 2, …
//	gradients      true measures ‖dL/dh_t‖ at the start and at every evaluation
//	[base]         settings of all runs, by the names of the flags of spectral-gpu train; task, steps and epochs too
//	[[variants]]   a name, and settings; none stands for one variant without settings
//	[[grid]]       an axis: a setting with its values, or a name of its own with options, each a label and settings. Every variant is run at
//	               every combination
//	[[adjust]]     settings set for the variants that match
//	[[continue]]   variants that begin with the best state of another one's run; see Continuation
//	[[claims]]     see Claim
//	[[published]]  see Published
//	[[pictures]]   see Picture
//	[quick]        the short form: seeds, keep (the values that remain of each axis, and of name), set (settings, over all others)
//
// Sweep makes an experiment of a task and the values of some of its settings: with the task's own defaults, and with runs that fail one by one.
//
// Settings are applied in this order: base, variant, grid, adjust, quick. Those that are given nowhere are the paper's (model.DefaultConfig,
// model.DefaultOptimizer), whatever the task's own defaults are.
package experiment
