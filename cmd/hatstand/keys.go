package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
	"hatstand/profiles"
)

func (a *parts) keysCommand() *cobra.Command {
	return ui.Group("keys", "Keep long-lived access keys in the keyring",
		a.keysAddCommand(), a.keysImportCommand(), a.keysListCommand(), a.keysRotateCommand(), a.keysRemoveCommand(), a.keysMigrateCommand())
}

func (a *parts) keyName(name string) error {
	if err := profiles.CheckName(name); err != nil {
		return &ui.UsageError{Reason: err.Error(), Next: "name the key as the profile that uses it"}
	}
	return nil
}

// sure asks before something is lost; where nobody can be asked, --yes has to say so. A no is an error, so that
// what a script does after it is not done.
func (a *parts) sure(yes bool, question string) error {
	if yes {
		return nil
	}
	if !a.ui().Interactive() {
		return &ui.UsageError{Reason: "this cannot be undone, and there is no terminal to ask on", Next: "say that you mean it: --yes"}
	}
	ok, err := a.ui().Confirm(question, false)
	if err == nil && !ok {
		err = mfa.ErrCancelled
	}
	return err
}

// notRemoved says what became of what was to be removed where a person said no.
func notRemoved(err error) error {
	if errors.Is(err, mfa.ErrCancelled) {
		return fmt.Errorf("%w: nothing was removed", err)
	}
	return err
}

func (a *parts) completeKey(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	store, err := a.keyring.Asking(prompt.Never).Open(cmd.Context())
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names, _ := store.ListKeys(cmd.Context())
	return names, cobra.ShellCompDirectiveNoFileComp
}
