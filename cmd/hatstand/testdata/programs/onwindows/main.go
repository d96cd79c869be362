// Command onwindows does inside of Windows what a test cannot do from outside: it starts programs with variables that
// Wine keeps for itself, is a command that hatstand runs, and looks into the Credential Manager.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"

	"github.com/danieljoos/wincred"
)

func main() {
	switch args := os.Args[2:]; os.Args[1] {
	case "with": // NAME=VALUE ... PROGRAM [ARGUMENT ...]
		with(args)
	case "exit": // with a code
		code, err := strconv.Atoi(args[0])
		check(err)
		os.Exit(code)
	case "show": // the arguments, then the variables of a prefix
		for _, a := range args[1:] {
			fmt.Println(a)
		}
		environ := os.Environ()
		slices.Sort(environ)
		for _, v := range environ {
			if strings.HasPrefix(v, args[0]) {
				fmt.Println(v)
			}
		}
	case "interrupted": // waits for Ctrl-C
		c := make(chan os.Signal, 1)
		signal.Notify(c, os.Interrupt)
		fmt.Println("waiting")
		<-c
		fmt.Println("interrupted")
		os.Exit(7)
	case "items": // each item of the Credential Manager, and how many bytes it has
		all, err := wincred.List()
		check(err)
		for _, c := range all {
			fmt.Println(c.TargetName, len(c.CredentialBlob))
		}
	}
}

func with(args []string) {
	for strings.Contains(args[0], "=") {
		name, value, _ := strings.Cut(args[0], "=")
		check(os.Setenv(name, value))
		args = args[1:]
	}
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // it is the program's
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(exit.ExitCode())
	}
	check(err)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
}
