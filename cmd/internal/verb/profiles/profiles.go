// Package profiles is the verbs about the profiles in the AWS files: list, adopt, release, profiles add and profiles
// sync. All but list change the config file, whole or not at all. None of them sends anything, except that list --at
// and profiles sync ask IAM Identity Center what a person may use. None of them shows a secret.
package profiles

import (
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/overview"
	"hatstand/cmd/internal/provider"
)

// Deps are what these verbs use.
type Deps struct {
	World    app.World
	Settings *app.Settings
	Targets  app.Targets
	Files    awsfile.Editor
	Keyring  *provider.Keyring
	Provider *provider.Provider
	Overview overview.Overview
}
