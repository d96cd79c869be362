// Package run has the verbs that hand a role's credentials to programs: credential-process, exec and env. The output of
// credential-process and env is for programs to read: it is built whole and written once, and nothing else goes to
// stdout. A command that exec starts gets the credentials of its profile, and none of those that were in hatstand's own
// environment.
package run

import (
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
)

// Deps are what these verbs use.
type Deps struct {
	World    app.World
	UI       ui.Streams
	Settings *app.Settings
	Targets  app.Targets
	Logs     *app.Log
	Provider *provider.Provider
}
