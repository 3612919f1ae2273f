package main

type inspectCmd struct{}

func (c *inspectCmd) Run() error { return errUsage }
