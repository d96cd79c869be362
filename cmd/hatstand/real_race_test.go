//go:build race

package main

// raced tells whether the tests were built with the race detector; then so is the program they run.
const raced = true
