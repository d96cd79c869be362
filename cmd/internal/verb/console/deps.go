// Package console has the verb console: sign in to the AWS console as a role, in a browser.
//
// Whatever can be refused is refused before a person is asked for a code. The sign-in URL, which is worth the role's
// credentials for 15 minutes, reaches a browser, the clipboard or stdout as the user said, and nothing else.
package console

import (
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
)

// Deps are what the verb uses.
type Deps struct {
	World    app.World
	UI       ui.Streams
	Settings *app.Settings
	Targets  app.Targets
	Logs     *app.Log
	Clients  *app.HTTPClients
	Provider *provider.Provider
}

// A command is one run of the verb.
type command struct{ Deps }
