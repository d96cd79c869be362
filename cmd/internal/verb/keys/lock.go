package keys

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/ui"
)

// Lock is the verb lock.
func Lock(d Deps) *cobra.Command {
	return &cobra.Command{
		Use:   "lock",
		Short: "Lock the file keyring",
		Long: `Locks the file keyring: the next command that needs it asks for the passphrase
again. The other keyrings are locked by the system, not by hatstand.`,
		Args: ui.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := d.Keyring.Open(cmd.Context())
			if err != nil {
				return err
			}
			err = s.Lock(cmd.Context())
			if errors.Is(err, cache.ErrNothingToLock) {
				_, err = fmt.Fprintf(d.World.Stdout, "The %s keyring is locked by the system, not by hatstand.\n", s.Backend())
				return err
			}
			if err != nil {
				return err
			}
			text := "The keyring is locked.\n"
			if d.World.Getenv("HATSTAND_FILE_PASSPHRASE") != "" {
				text += "HATSTAND_FILE_PASSPHRASE is set, and unlocks it again for the next command that has it.\n"
			}
			return d.World.Streams().Print(text)
		},
	}
}
