package cache

import (
	"context"

	"hatstand/cache/backend"
	"hatstand/cache/internal/desktop"
)

// table has the backends in the order they are tried. keyctl forgets everything when the machine stops, keys included.
func table() []entry {
	return []entry{
		{
			name: "secret-service", tryToWrite: true,
			probe: func(ctx context.Context, o Options) (string, error) {
				return desktop.ProbeSecretService(ctx, ofDesktop(o))
			},
			open: func(ctx context.Context, o Options) (*backend.Opened, error) {
				return desktop.OpenSecretService(ctx, ofDesktop(o))
			},
		},
		{
			name:  "kwallet",
			probe: func(ctx context.Context, o Options) (string, error) { return desktop.ProbeKWallet(ctx, ofDesktop(o)) },
			open: func(ctx context.Context, o Options) (*backend.Opened, error) {
				return desktop.OpenKWallet(ctx, ofDesktop(o))
			},
		},
		passEntry(),
		fileEntry(),
		{name: "keyctl", probe: probeKeyctl, open: openKeyctl, tryToWrite: true, onlyByName: true},
	}
}

func probeKeyctl(ctx context.Context, o Options) (string, error) {
	_, err := openKeyctl(ctx, o)
	return "", err
}

func ofDesktop(o Options) desktop.Options {
	return desktop.Options{Collection: o.Collection, Unasked: o.Unasked, Timeout: o.Timeout}
}
