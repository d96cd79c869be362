package cache

import (
	"context"

	"hatstand/cache/backend"
	"hatstand/cache/internal/bus"
	"hatstand/cache/kwallet"
	"hatstand/cache/secretservice"
)

// backendTable has the backends in the order they are tried. keyctl forgets everything at shutdown, keys too.
func backendTable() []entry {
	return []entry{
		{
			name: "secret-service", tryToWrite: true,
			probe: func(ctx context.Context, o Options) (string, error) {
				return secretservice.New(bus.Address(o.Environ), ofSecretService(o)).Find(ctx)
			},
			open: func(ctx context.Context, o Options) (*backend.Opened, error) {
				return secretservice.Open(ctx, bus.Address(o.Environ), ofSecretService(o))
			},
		},
		{
			name: "kwallet",
			probe: func(ctx context.Context, o Options) (string, error) {
				return "", kwallet.New(bus.Address(o.Environ), ofKWallet(o)).Probe(ctx)
			},
			open: func(ctx context.Context, o Options) (*backend.Opened, error) {
				return kwallet.Open(ctx, bus.Address(o.Environ), ofKWallet(o))
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

// service is the name under which hatstand has its items.
const service = "hatstand"

// ofSecretService: the prefix makes our items recognisable in the desktop's own window, which shows an item's name.
func ofSecretService(o Options) secretservice.Options {
	return secretservice.Options{Collection: o.Collection, Prefix: "hatstand: ", NoPrompts: o.NoPrompts, Timeout: o.Timeout}
}

// ofKWallet: the default wallet, since another one would have a passphrase of its own.
func ofKWallet(o Options) kwallet.Options {
	return kwallet.Options{
		Wallet: "kdewallet", App: service, Folder: service, NoPrompts: o.NoPrompts, Timeout: o.Timeout,
	}
}
