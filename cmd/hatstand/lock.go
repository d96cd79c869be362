package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/ui"
)

func (a *parts) lockCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lock",
		Short: "Lock the file keyring",
		Args:  ui.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.keyring.Open(cmd.Context())
			if err != nil {
				return err
			}
			err = s.Lock(cmd.Context())
			if errors.Is(err, cache.ErrNothingToLock) {
				_, err = fmt.Fprintf(a.Stdout, "The %s keyring is locked by the system, not by hatstand.\n", s.Backend())
				return err
			}
			if err != nil {
				return err
			}
			text := "The keyring is locked.\n"
			if a.Getenv("HATSTAND_FILE_PASSPHRASE") != "" {
				text += "HATSTAND_FILE_PASSPHRASE is set, and unlocks it again for the next command that has it.\n"
			}
			return a.ui().Print(text)
		},
	}
}
