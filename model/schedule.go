package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The schedules of the learning rate. All but steps and plateau are multiplied by LRDecay after every epoch.
const (
	Constant    = "constant"    // LR
	Cosine      = "cosine"      // from LR to 0 over Horizon steps (Loshchilov & Hutter 2017)
	Exponential = "exponential" // LR · LRDecay^epoch
	Steps       = "steps"       // LR · LRDecay for every one of Milestones that is past
	Plateau     = "plateau"     // LR · LRDecay for every Plateau evaluations on the validation split in a row that were no better
)

// Schedules lists the schedules.
func Schedules() []string { return []string{Constant, Cosine, Exponential, Steps, Plateau} }

// warmupShare is the largest part of a run that the warm-up takes: it is shortened where the run is short.
const warmupShare = 10

// Rate returns the learning rate of the step that follows a position.
func (o Optimizer) Rate(p Position) float64 {
	step := p.Step + 1
	lr := o.LR
	switch o.Schedule {
	case Steps:
		for _, at := range o.milestones() {
			if p.Epoch >= at {
				lr *= o.LRDecay
			}
		}
	case Plateau:
		lr *= math.Pow(o.LRDecay, float64(p.History.Drops))
	default:
		lr *= math.Pow(o.LRDecay, float64(p.Epoch))
	}
	if o.Schedule == Cosine && o.Horizon > 0 {
		done := math.Min(1, float64(step-1)/float64(o.Horizon))
		lr *= (1 + math.Cos(math.Pi*done)) / 2
	}
	if w := o.warmup(); step < w {
		lr *= float64(step) / float64(w)
	}
	return lr
}

// warmup returns the steps over which the rate rises.
func (o Optimizer) warmup() int64 {
	if o.Horizon > 0 {
		return min(o.Warmup, o.Horizon/warmupShare)
	}
	return o.Warmup
}

// milestones returns the epochs of Milestones, which have been checked.
func (o Optimizer) milestones() []int {
	list, _ := parseMilestones(o.Milestones)
	return list
}

func parseMilestones(s string) ([]int, error) {
	var list []int
	for _, field := range strings.Split(s, ",") {
		epoch, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || epoch < 1 {
			return nil, fmt.Errorf("%w: milestones %q; want epochs from 1 on, such as 50,62", ErrConfig, s)
		}
		list = append(list, epoch)
	}
	return list, nil
}

func (o Optimizer) checkSchedule() error {
	if !slices.Contains(Schedules(), o.Schedule) {
		return fmt.Errorf("%w: schedule %q; there are %s", ErrConfig, o.Schedule, join(Schedules()))
	}
	if o.Plateau < 0 {
		return fmt.Errorf("%w: a plateau of %d evaluations; want 0 or more", ErrConfig, o.Plateau)
	}
	if (o.Schedule == Steps) != (o.Milestones != "") {
		return fmt.Errorf("%w: schedule %s with milestones %q; the schedule steps has milestones, the others have none", ErrConfig, o.Schedule, o.Milestones)
	}
	if o.Milestones == "" {
		return nil
	}
	_, err := parseMilestones(o.Milestones)
	return err
}
