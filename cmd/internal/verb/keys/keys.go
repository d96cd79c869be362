// Package keys is the verbs about long-lived access keys: keys add, import, export, list, rotate, remove and
// migrate, and lock.
//
// They print no secret; keys export writes one into a file, and asks first. A stored key is replaced or removed only
// where somebody said so, since AWS never shows its secret again, and never while another process changes keys.
package keys

import (
	"errors"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/cmd/internal/verb/keys/keyimport"
)

// Deps are what these verbs use.
type Deps struct {
	World    app.World
	Settings *app.Settings
	Logs     *app.Log
	Locks    *app.LockFolder
	Targets  app.Targets
	Files    awsfile.Editor
	Prompts  *prompt.Prompts
	Keyring  *provider.Keyring
	Users    *iamuser.Users
}

// Command is the verb keys.
func Command(d Deps) *cobra.Command {
	return ui.Group("keys", "Keep long-lived access keys in the keyring",
		newAdd(d), keyimport.Command(keyimport.Deps{
			World: d.World, Settings: d.Settings, Targets: d.Targets, Files: d.Files,
			Prompts: d.Prompts, Keyring: d.Keyring, Users: d.Users,
		}), newExport(d), newList(d), newRotate(d), newRemove(d), newMigrate(d))
}

// complete completes the name of a stored key.
func (d Deps) complete(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	store, err := d.Keyring.Asking(prompt.Never).Open(cmd.Context())
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names, _ := store.ListKeys(cmd.Context())
	return names, cobra.ShellCompDirectiveNoFileComp
}

func isA[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
