// Package train runs the training loop of a network on a task and keeps the folder of the run.
//
// In the order a reader meets them:
//
//   - [Config] is everything that decides a run: task, network, optimiser, length. It is saved in the run folder.
//   - [Run] trains (or resumes) in a [Folder] and reports what happens as [Event] values: [StartEvent], [NoticeEvent], [StepEvent],
//     [EvalEvent], [EndEvent].
//   - [Folder] names the files of a run: config.json, metrics.csv, checkpoint.safetensors, best.safetensors, curves.png,
//     gradients.txt and sessions.jsonl.
//   - [Folder.Read] returns the [State] in a folder: settings and checkpoint, which agree.
//   - [Evaluate] measures a network on a split of a task.
//
// # The folder is a transaction
//
// One process trains in a folder at a time: it holds the lock of the file .lock, which is empty otherwise. A checkpoint says how many
// bytes of metrics.csv belong to it, and their SHA-256; these are on disk before it is, and what follows them is of steps that will be
// done again. Settings, position and tensors have checksums too. Files are replaced as a whole, and a checkpoint only by one that has
// been read back. What a position still owes, such as an evaluation, is part of it. So whenever a process ends, the folder holds the
// state of its last checkpoint, and going on from there ends with the files of a run that nothing has disturbed.
//
// What a run computes depends on its Config and the device alone: the same Config twice on one device and driver gives the
// same metrics and checkpoint, bit for bit, resumed or not. Times are reported in events and never stored in these files, but in sessions.jsonl and in
// event files for TensorBoard, on which nothing depends: a failure to write them is no failure of the run.
package train
