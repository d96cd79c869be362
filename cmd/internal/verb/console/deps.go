// Package console has the verb console: sign in to the AWS console as a role, in a browser.
//
// All that can be checked is checked before a person is asked for a code. Whoever has the sign-in URL is signed in as
// the role for 15 minutes from when it was made: it is given to a browser, the clipboard or stdout as the user said,
// and to nothing else.
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
