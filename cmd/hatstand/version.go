package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"hatstand/cmd/internal/ui"

	"github.com/spf13/cobra"
)

func (a *parts) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  ui.AtMost(0),
		RunE:  func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

func (a *parts) printVersion() error {
	version := "(devel)"
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		version = b.Main.Version
	}
	_, err := fmt.Fprintf(a.Stdout, "hatstand %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
	return err
}
