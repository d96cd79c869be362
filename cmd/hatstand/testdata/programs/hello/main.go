// Hello is the least that a Go process costs.
package main

import "os"

func main() { os.Stdout.WriteString("hello\n") }
