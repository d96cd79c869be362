//go:build unix

package cache

import (
	"context"

	"hatstand/cache/backend"
	"hatstand/cache/pass"
)

func passEntry() entry {
	options := func(o Options) pass.Options {
		return pass.Options{Environ: o.Environ, NoPrompts: o.NoPrompts, Terminal: o.Terminal}
	}
	return entry{
		name:  "pass",
		probe: func(ctx context.Context, o Options) (string, error) { return "", pass.Probe(ctx, options(o)) },
		open:  func(_ context.Context, o Options) (*backend.Opened, error) { return pass.Open(options(o)) },
	}
}
