// Package run has the verbs that hand a role's credentials to programs. What they print is for a program to read:
// it is built whole and written once, and nothing else goes to stdout.
package run

import (
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
)

// Deps are what these verbs use.
type Deps struct {
	UI       ui.Streams
	Targets  app.Targets
	Provider *provider.Provider
	Environ  func() []string
	GOOS     string
}
