package main

import (
	"github.com/spf13/cobra"

	"hatstand/profiles"
)

func (a *app) keysCommand() *cobra.Command {
	return group("keys", "Keep long-lived access keys in the keyring",
		a.keysAddCommand(), a.keysImportCommand(), a.keysListCommand(), a.keysRotateCommand(), a.keysRemoveCommand(), a.keysMigrateCommand())
}

func (a *app) keyName(name string) error {
	if err := profiles.CheckName(name); err != nil {
		return &usageError{reason: err.Error(), next: "name the key as the profile that uses it"}
	}
	return nil
}

// sure asks before something is lost; where nobody can be asked, --yes has to say so.
func (a *app) sure(yes bool, question string) (bool, error) {
	if yes {
		return true, nil
	}
	if !a.interactive() {
		return false, &usageError{reason: "this cannot be undone, and there is no terminal to ask on", next: "say that you mean it: --yes"}
	}
	return a.confirm(question)
}

func (a *app) completeKey(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	a.unasked = true
	store, err := a.store(cmd.Context())
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names, _ := store.ListKeys(cmd.Context())
	return names, cobra.ShellCompDirectiveNoFileComp
}
