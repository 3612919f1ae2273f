// Package train runs the training loop of a network on a task and keeps the folder of the run.
//
// In the order a reader meets them:
//
//   - [Config] is everything that decides a run: task, network, optimiser, length. It is saved in the run folder.
//   - [Run] trains (or resumes) in a [Folder] and reports what happens as [Event] values: [StepEvent], [EvalEvent], [EndEvent].
//   - [Folder] names the files of a run: config.json, metrics.csv, checkpoint.safetensors, curves.png.
//   - [Evaluate] measures a network on a split of a task.
//
// What a run computes depends on its Config and the device alone: the same Config twice on one device and driver gives the
// same metrics and checkpoint, bit for bit, resumed or not. Times are reported in events and never stored in these files.
package train
