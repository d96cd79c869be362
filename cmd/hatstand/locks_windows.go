package main

// terminalSession tells terminals apart where that is possible.
func terminalSession() int { return 0 }
