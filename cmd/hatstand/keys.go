package main

import (
	"github.com/spf13/cobra"

	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
)

func (a *parts) keysCommand() *cobra.Command {
	return ui.Group("keys", "Keep long-lived access keys in the keyring",
		a.keysAddCommand(), a.keysImportCommand(), a.keysListCommand(), a.keysRotateCommand(), a.keysRemoveCommand(), a.keysMigrateCommand())
}

func (a *parts) completeKey(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	store, err := a.keyring.Asking(prompt.Never).Open(cmd.Context())
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names, _ := store.ListKeys(cmd.Context())
	return names, cobra.ShellCompDirectiveNoFileComp
}
