package ui

// Survey reads the console's keys itself.

func pauseOf(int) func() bool { return func() bool { return false } }

func readKeys(int) error { return nil }
